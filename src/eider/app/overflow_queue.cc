#include "eider/app/overflow_queue.h"

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
#include "eider/source/s3_event.h"

namespace eider::app {
namespace {

// Memory of queries, and what the temporary disk has left.
std::uint64_t SpillBytes(const config::Config::Engine& engine) {
  std::error_code none;  // then there is no disk
  const auto disk = std::filesystem::space(engine.temp_directory, none);
  return engine.memory_limit_bytes + (none ? 0 : disk.available);
}

}  // namespace

Result<std::unique_ptr<OverflowQueue>> OverflowQueue::Open(Session& session) {
  Program& program = session.program;
  const config::Config& config = program.loaded().config;
  if (config.overflow.empty()) return nullptr;
  if (config.ledger.type == config::LedgerType::kNone) {
    return Fail(Code::kUnsupported,
                "overflow: files that are handed on are HELD in the ledger, and none is kept; "
                "configure ledger.type (sqlite, postgres or dynamodb)");
  }
  auto queue = program.FindQueue(config.overflow);
  if (!queue) return Fail("overflow", std::move(queue).error());
  if (queue->is_fifo()) {
    return Fail(Code::kUnsupported,
                fmt::format("overflow: {} is a FIFO queue; name a standard one", config.overflow));
  }
  return std::make_unique<OverflowQueue>(*std::move(queue), program);
}

Result<std::optional<std::string>> OverflowQueue::HandOn(const ledger::Claim& claim,
                                                         const pipeline::Plan& plan,
                                                         TimePoint end) {
  const config::Config::Engine& engine = program_.loaded().config.engine;
  const pipeline::LoadRoom room{.time_left = end - program_.clock().Now(),
                                .spill_bytes = SpillBytes(engine),
                                .threads = engine.threads};
  const auto why = pipeline::WhyTooMuch(claim, plan, room, speeds_, engine::KeepsRows);
  if (!why) return std::nullopt;
  if (const Status sent = queue_.Add(source::S3EventOf(claim.file), {}); !sent) {
    return Fail(fmt::format("it is too much for this function ({}), and cannot be handed on", *why),
                sent.error());
  }
  return fmt::format("{}queue {}: {}", pipeline::kHandedOn, queue_.name(), *why);
}

}  // namespace eider::app
