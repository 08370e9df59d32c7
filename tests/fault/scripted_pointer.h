// A table pointer whose swaps fail as a script says, over a real one.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "eider/base/result.h"
#include "eider/catalog/table_pointer.h"

namespace eider::fault {

enum class SwapFault : std::uint8_t {
  kNone,
  kConflict,        // refused; nothing happened
  kUnavailable,     // surely not applied
  kUnknownApplied,  // applied, but the answer got lost
  kUnknownLost,     // not applied, and nobody can tell
};

// The script is borrowed: each swap takes its first fault; an empty script is kNone.
class ScriptedPointer final : public catalog::TablePointer {
 public:
  ScriptedPointer(std::unique_ptr<catalog::TablePointer> inner, std::deque<SwapFault>& script)
      : inner_(std::move(inner)), script_(script) {}

  Result<std::string> Read(const iceberg::TableName& table) override { return inner_->Read(table); }

  Status Create(const iceberg::TableName& table, const std::string& location,
                const iceberg::TableMetadata& metadata) override {
    return inner_->Create(table, location, metadata);
  }

  Status Swap(const catalog::PointerMove& move) override {
    SwapFault fault = SwapFault::kNone;
    if (!script_.empty()) {
      fault = script_.front();
      script_.pop_front();
    }
    switch (fault) {
      case SwapFault::kNone:
        return inner_->Swap(move);
      case SwapFault::kConflict:
        return Fail(Code::kConflict, "scripted conflict");
      case SwapFault::kUnavailable:
        return Fail(Code::kUnavailable, "scripted outage");
      case SwapFault::kUnknownLost:
        return Fail(Code::kOutcomeUnknown, "scripted time-out");
      case SwapFault::kUnknownApplied:
        break;
    }
    EIDER_CHECK(inner_->Swap(move));
    return Fail(Code::kOutcomeUnknown, "scripted time-out after success");
  }

  Status Drop(const iceberg::TableName& table, const std::string& expected) override {
    return inner_->Drop(table, expected);
  }

  Result<std::vector<iceberg::TableName>> List() override { return inner_->List(); }

 private:
  std::unique_ptr<catalog::TablePointer> inner_;
  std::deque<SwapFault>& script_;
};

}  // namespace eider::fault
