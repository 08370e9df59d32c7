// A formatter of spdlog that writes objects.
#include "eider/app/json_log.h"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/chrono.h>
#include <spdlog/details/log_msg.h>

#include "eider/app/json_line.h"

namespace eider::app {
namespace {

class JsonLogFormatter final : public spdlog::formatter {
 public:
  explicit JsonLogFormatter(LogContext context) : context_(std::move(context)) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) override {
    const auto time = std::chrono::floor<std::chrono::milliseconds>(message.time);
    JsonLine json = {{"time", fmt::format("{:%FT%T}Z", time)}};
    const auto level = spdlog::level::to_string_view(message.level);
    json["level"] = std::string_view(level.data(), level.size());
    if (!context_.request_id.empty()) json["request_id"] = context_.request_id;
    if (!context_.trace_id.empty()) json["trace_id"] = context_.trace_id;
    json["message"] = std::string_view(message.payload.data(), message.payload.size());
    const std::string text = json.dump(-1, ' ', false, JsonLine::error_handler_t::replace) + "\n";
    line.append(text.data(), text.data() + text.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonLogFormatter>(context_);
  }

 private:
  LogContext context_;
};

}  // namespace

std::unique_ptr<spdlog::formatter> NewJsonLogFormatter(LogContext context) {
  return std::make_unique<JsonLogFormatter>(std::move(context));
}

}  // namespace eider::app
