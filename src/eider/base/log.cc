#include "eider/base/log.h"

#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "eider/base/result.h"

namespace eider {

Result<spdlog::level::level_enum> ParseLogLevel(std::string_view text) {
  const auto level = spdlog::level::from_str(std::string(text));
  if (level == spdlog::level::off && text != "off") {
    return Fail(Code::kInvalid,
                fmt::format("no log level (trace, debug, info, warning, error, off): '{}'", text));
  }
  return level;
}

std::unique_ptr<spdlog::logger> NewLogger(spdlog::level::level_enum level) {
  auto log =
      std::make_unique<spdlog::logger>("eider", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  log->set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v",
                                                                 spdlog::pattern_time_type::utc));
  log->set_level(level);
  return log;
}

std::unique_ptr<spdlog::logger> NewSilentLogger() {
  return std::make_unique<spdlog::logger>("silent",
                                          std::make_shared<spdlog::sinks::null_sink_mt>());
}

}  // namespace eider
