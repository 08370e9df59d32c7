#include "eider/app/time_text.h"

#include <chrono>
#include <string>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "eider/base/clock.h"

namespace eider::app {

std::string TimeText(TimePoint time) {
  return fmt::format("{:%F %T}", std::chrono::floor<std::chrono::seconds>(time));
}

std::string IsoSeconds(TimePoint time) {
  return fmt::format("{:%FT%TZ}", std::chrono::floor<std::chrono::seconds>(time));
}

std::string IsoMillis(TimePoint time) {
  return fmt::format("{:%FT%T}.{:03}Z", std::chrono::floor<std::chrono::seconds>(time),
                     UnixMillis(time) % 1000);
}

}  // namespace eider::app
