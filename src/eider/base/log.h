// The program's log: to standard error, so that standard output stays for results.
//
// There is no global logger: whoever logs is handed one.
#pragma once

#include <memory>
#include <string_view>

#include <spdlog/logger.h>

#include "eider/base/result.h"

namespace eider {

// "trace", "debug", "info", "warning", "error" or "off". Errors: kInvalid.
Result<spdlog::level::level_enum> ParseLogLevel(std::string_view text);

// A logger that writes lines "2026-11-23T10:00:00.123Z warning <text>". Safe for several threads.
std::unique_ptr<spdlog::logger> NewLogger(spdlog::level::level_enum level);

// A logger that writes nothing. For tests.
std::unique_ptr<spdlog::logger> NewSilentLogger();

}  // namespace eider
