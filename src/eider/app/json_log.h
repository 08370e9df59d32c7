// The log as JSON lines, each with the invocation that it belongs to; and as lines for people.
#pragma once

#include <memory>
#include <string>

#include <spdlog/formatter.h>

namespace eider::app {

// The ids of what is being worked on; empty ones are left out of the lines.
struct LogContext {
  std::string request_id;
  std::string trace_id;
};

// `{"time":"2026-11-23T10:00:00.123Z","level":"warning","request_id":…,"message":…}`, for
// spdlog::logger::set_formatter.
std::unique_ptr<spdlog::formatter> NewJsonLogFormatter(LogContext context);

// `2026-11-23T10:00:00.123Z warning …`, the form of NewLogger, with the text as the console shows
// text from outside.
std::unique_ptr<spdlog::formatter> NewConsoleLogFormatter();

}  // namespace eider::app
