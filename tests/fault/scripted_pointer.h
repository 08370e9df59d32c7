// A table pointer whose swaps fail as a script says, over a real one.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

#include "eider/base/result.h"
#include "eider/catalog/table_pointer.h"
#include "eider/catalog/testing/forwarding_table_pointer.h"

namespace eider::fault {

enum class SwapFault : std::uint8_t {
  kNone,
  kConflict,        // refused; nothing happened
  kUnavailable,     // surely not applied
  kUnknownApplied,  // applied, but the answer got lost
  kUnknownLost,     // not applied, and nobody can tell
};

// The script is borrowed: each swap takes its first fault; an empty script is kNone.
class ScriptedPointer final : public catalog::ForwardingTablePointer {
 public:
  ScriptedPointer(std::unique_ptr<catalog::TablePointer> inner, std::deque<SwapFault>& script)
      : ForwardingTablePointer(std::move(inner)), script_(script) {}

  Status Swap(const catalog::PointerMove& move) override {
    SwapFault fault = SwapFault::kNone;
    if (!script_.empty()) {
      fault = script_.front();
      script_.pop_front();
    }
    switch (fault) {
      case SwapFault::kNone:
        return inner().Swap(move);
      case SwapFault::kConflict:
        return Fail(Code::kConflict, "scripted conflict");
      case SwapFault::kUnavailable:
        return Fail(Code::kUnavailable, "scripted outage");
      case SwapFault::kUnknownLost:
        return Fail(Code::kOutcomeUnknown, "scripted time-out");
      case SwapFault::kUnknownApplied:
        break;
    }
    EIDER_CHECK(inner().Swap(move));
    return Fail(Code::kOutcomeUnknown, "scripted time-out after success");
  }

 private:
  std::deque<SwapFault>& script_;
};

}  // namespace eider::fault
