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

// Pieces of a file, each of which a machine reads in seconds.
int PiecesOf(const FileRef& file) {
  constexpr std::uint64_t kPieceBytes = 256U << 20U;
  constexpr std::uint64_t kPiecesMin = 2;
  constexpr std::uint64_t kPiecesMax = 1'000;
  return static_cast<int>(std::clamp(file.size_bytes / kPieceBytes + 1, kPiecesMin, kPiecesMax));
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

Result<std::optional<std::string>> Overflow::HandOn(const pipeline::Services& services,
                                                    const ledger::Claim& claim,
                                                    const pipeline::Plan& plan, TimePoint end) {
  const config::Config::Engine& engine = program_.loaded().config.engine;
  const pipeline::LoadRoom room{.time_left = end - program_.clock().Now(),
                                .spill_bytes = SpillBytes(engine),
                                .threads = engine.threads};
  const auto why = pipeline::WhyTooMuch(claim, plan, room, speeds_, engine::KeepsRows);
  if (!why) return std::nullopt;
  int pieces = 0;
  if (target_->cuts()) {
    if (pipeline::WhyKeptWhole(services, claim.file, plan).empty()) pieces = PiecesOf(claim.file);
  }
  if (const Status sent = target_->Send(claim.file, pieces); !sent) {
    return Fail(fmt::format("it is too much for this function ({}), and cannot be handed on", *why),
                sent.error());
  }
  return fmt::format("{}{}{}: {}", pipeline::kHandedOn, target_->name(),
                     pieces == 0 ? "" : fmt::format(" in {} pieces", pieces), *why);
}

}  // namespace eider::app
