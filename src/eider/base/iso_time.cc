#include "eider/base/iso_time.h"

#include <chrono>
#include <string>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace eider {

std::string IsoMillis(TimePoint time) {
  return fmt::format("{:%FT%T}.{:03}Z", std::chrono::floor<std::chrono::seconds>(time),
                     UnixMillis(time) % 1000);
}

}  // namespace eider
