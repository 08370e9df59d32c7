// Ways out that errors of several rooms name.
#pragma once

#include <string_view>

namespace eider {

inline constexpr std::string_view kRaiseProcessMemory =
    "raise engine.process_memory_limit (in Lambda the function's memory)";

}  // namespace eider
