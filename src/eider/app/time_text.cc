#include "eider/app/time_text.h"

#include <time.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "eider/base/clock.h"

namespace eider::app {
namespace {

// Of "15m" and the like; nothing: it is none.
std::optional<Milliseconds> AgoOf(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  constexpr std::int64_t kCountMax = 1'000'000;
  const bool is_one_letter = end + 1 == text.data() + text.size();
  if (error != std::errc() || count < 0 || count > kCountMax || !is_one_letter) return std::nullopt;
  switch (*end) {
    case 's':
      return std::chrono::seconds(count);
    case 'm':
      return std::chrono::minutes(count);
    case 'h':
      return std::chrono::hours(count);
    case 'd':
      return std::chrono::days(count);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string TimeText(TimePoint time) {
  return fmt::format("{:%F %T}", std::chrono::floor<std::chrono::seconds>(time));
}

std::string IsoSeconds(TimePoint time) {
  return fmt::format("{:%FT%TZ}", std::chrono::floor<std::chrono::seconds>(time));
}

Result<TimePoint> ParseTime(std::string_view text, TimePoint now) {
  if (const auto ago = AgoOf(text)) return now - *ago;
  std::string whole(text);
  std::ranges::replace(whole, ' ', 'T');
  if (whole.ends_with('Z')) whole.pop_back();
  for (const char* format : {"%FT%T", "%FT%R", "%F"}) {
    std::tm fields{};
    const char* const end = ::strptime(whole.c_str(), format, &fields);
    if (end == nullptr || *end != '\0') continue;
    const std::time_t seconds = ::timegm(&fields);
    return TimePoint(std::chrono::seconds(seconds));
  }
  return Fail(Code::kInvalid,
              fmt::format("must be a time in UTC, such as 2024-01-31, 2024-01-31T10:00:00Z or 12h "
                          "(ago): '{}'",
                          text));
}

}  // namespace eider::app
