// Which failures another attempt may not meet, with the same file and the same route.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "eider/base/result.h"

namespace eider::pipeline {

inline constexpr std::array kMayPass = {
    Code::kConflict,  Code::kOutcomeUnknown,   Code::kUnavailable, Code::kDenied,
    Code::kCancelled, Code::kDeadlineExceeded, Code::kOutOfMemory};

inline bool MayPass(Code code) {
  return std::ranges::find(kMayPass, code) != kMayPass.end();
}

// By the code's name, as a ledger keeps it.
inline bool MayPass(std::string_view code_name) {
  return std::ranges::find(kMayPass, code_name, CodeName) != kMayPass.end();
}

}  // namespace eider::pipeline
