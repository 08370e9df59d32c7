#include "eider/app/overflow.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "eider/config/config.h"
#include "eider/engine/kept_rows.h"
#include "eider/pipeline/kept_whole.h"

namespace eider::app {
namespace {

// Memory of queries, and what the temporary disk has left.
std::uint64_t SpillBytes(const config::Config::Engine& engine) {
  std::error_code none;  // then there is no disk
  const auto disk = std::filesystem::space(engine.temp_directory, none);
  return engine.memory_limit_bytes + (none ? 0 : disk.available);
}

// Pieces of a file, each of which a machine, or a function, reads in seconds.
int PiecesOf(const FileRef& file, Cuts cuts) {
  constexpr std::uint64_t kMachineBytes = 256U << 20U;
  constexpr std::uint64_t kFunctionBytes = 64U << 20U;
  constexpr std::uint64_t kPiecesMin = 2;
  constexpr std::uint64_t kPiecesMax = 10'000;
  const std::uint64_t bytes = cuts == Cuts::kAlways ? kFunctionBytes : kMachineBytes;
  return static_cast<int>(std::clamp(file.size_bytes / bytes + 1, kPiecesMin, kPiecesMax));
}

}  // namespace

Result<std::unique_ptr<Overflow>> Overflow::Open(Session& session) {
  Program& program = session.program;
  const config::Config& config = program.loaded().config;
  if (config.overflow.empty()) return nullptr;
  if (config.ledger.type == config::LedgerType::kNone) {
    return Fail(Code::kUnsupported,
                "overflow: files that are handed on are HELD in the ledger, and none is kept; "
                "configure ledger.type (sqlite, postgres or dynamodb)");
  }
  auto target = program.OpenOverflow();
  if (!target) return Fail("overflow", std::move(target).error());
  return std::make_unique<Overflow>(*std::move(target), program);
}

Result<std::optional<std::string>> Overflow::HandOn(const Call& call, const ledger::Claim& claim,
                                                    const pipeline::Plan& plan) {
  const config::Config::Engine& engine = program_.loaded().config.engine;
  const pipeline::LoadRoom room{.time_left = call.end - program_.clock().Now(),
                                .spill_bytes = SpillBytes(engine),
                                .threads = engine.threads};
  const auto why = pipeline::WhyTooMuch(claim, plan, room, speeds_, engine::KeepsRows);
  if (!why) return std::nullopt;
  const std::string too_much = fmt::format("it is too much for this function ({})", *why);
  int pieces = 0;
  if (target_->cuts() != Cuts::kNever) {
    const std::string whole = pipeline::WhyKeptWhole(call.services, claim.file, plan);
    if (whole.empty()) pieces = PiecesOf(claim.file, target_->cuts());
    if (pieces == 0 && target_->cuts() == Cuts::kAlways) {
      return Fail(Code::kUnsupported,
                  fmt::format("{}, and cannot be cut into pieces for it: {}; name a queue, job "
                              "queue or state machine as overflow, or load it by `eider run`",
                              too_much, whole));
    }
  }
  if (const Status sent = target_->Send(claim.file, pieces, call.queue); !sent) {
    return Fail(too_much + ", and cannot be handed on", sent.error());
  }
  return fmt::format("{}{}{}: {}", pipeline::kHandedOn, target_->name(),
                     pieces == 0 ? "" : fmt::format(" in {} pieces", pieces), *why);
}

}  // namespace eider::app
