// Formatters of spdlog: one that writes objects, and one for people.
#include "eider/app/json_log.h"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/chrono.h>
#include <spdlog/details/log_msg.h>

#include "eider/app/console.h"
#include "eider/app/json_line.h"
#include "eider/base/clock.h"
#include "eider/base/iso_time.h"
#include "eider/codec/json_line.h"
#include "eider/codec/shortened_text.h"

namespace eider::app {
namespace {

// With milliseconds, which fmt leaves out.
class JsonLogFormatter final : public spdlog::formatter {
 public:
  explicit JsonLogFormatter(LogContext context) : context_(std::move(context)) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) override {
    JsonLine json = {{"time", IsoMillis(std::chrono::floor<Milliseconds>(message.time))}};
    const auto level = spdlog::level::to_string_view(message.level);
    json["level"] = std::string_view(level.data(), level.size());
    if (!context_.request_id.empty()) json["request_id"] = context_.request_id;
    if (!context_.trace_id.empty()) json["trace_id"] = context_.trace_id;
    json["message"] = codec::ShortMessage({message.payload.data(), message.payload.size()});
    const std::string text = codec::JsonLineText(json) + "\n";
    line.append(text.data(), text.data() + text.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonLogFormatter>(context_);
  }

 private:
  LogContext context_;
};

class ConsoleLogFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) override {
    const auto level = spdlog::level::to_string_view(message.level);
    fmt::format_to(fmt::appender(line), "{} {} {}\n",
                   IsoMillis(std::chrono::floor<Milliseconds>(message.time)),
                   std::string_view(level.data(), level.size()),
                   PrintableMessage({message.payload.data(), message.payload.size()}));
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<ConsoleLogFormatter>();
  }
};

}  // namespace

std::unique_ptr<spdlog::formatter> NewConsoleLogFormatter() {
  return std::make_unique<ConsoleLogFormatter>();
}

std::unique_ptr<spdlog::formatter> NewJsonLogFormatter(LogContext context) {
  return std::make_unique<JsonLogFormatter>(std::move(context));
}

}  // namespace eider::app
