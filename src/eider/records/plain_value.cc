#include "eider/records/plain_value.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "eider/records/text_scan.h"

namespace eider::records {
namespace {

std::int64_t AppendDigits(std::int64_t number, std::string_view digits) {
  for (const char c : digits) number = number * 10 + (c - '0');
  return number;
}

std::optional<std::int32_t> TakeDays(std::string_view& text) {
  CalendarDay day;
  if (!TakeDate(text, day) || day.year == 0) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(day.year),
                                         std::chrono::month(static_cast<unsigned>(day.month)),
                                         std::chrono::day(static_cast<unsigned>(day.day)));
  return std::chrono::sys_days(date).time_since_epoch().count();
}

}  // namespace

std::optional<std::int64_t> PlainInteger(std::string_view text) {
  constexpr std::size_t kDigitsMax = 18;  // fit 64 bits, whatever they are
  const bool is_negative = TakeLetter(text, '-');
  const std::string_view digits = TakeDigits(text);
  if (!text.empty() || digits.empty() || digits.size() > kDigitsMax) return std::nullopt;
  const std::int64_t number = AppendDigits(0, digits);
  return is_negative ? -number : number;
}

std::optional<double> PlainDouble(std::string_view text) {
  // A double holds the digits and the power of ten, so that their quotient is rounded once.
  constexpr auto kPowers = std::to_array<double>(
      {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15});
  const bool is_negative = TakeLetter(text, '-');
  const std::string_view whole = TakeDigits(text);
  TakeLetter(text, '.');
  const std::string_view fraction = TakeDigits(text);
  const std::size_t digits = whole.size() + fraction.size();
  if (!text.empty() || digits == 0 || digits >= kPowers.size()) return std::nullopt;
  const std::int64_t number = AppendDigits(AppendDigits(0, whole), fraction);
  const double value = static_cast<double>(number) / kPowers[fraction.size()];
  return is_negative ? -value : value;
}

std::optional<bool> PlainBoolean(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

std::optional<std::int32_t> PlainDate(std::string_view text) {
  const auto days = TakeDays(text);
  return text.empty() ? days : std::nullopt;
}

std::optional<std::int64_t> PlainTimestamp(std::string_view text) {
  constexpr std::int64_t kDayMicroseconds = 86'400'000'000;
  const auto days = TakeDays(text);
  if (!days) return std::nullopt;
  std::int64_t time = 0;
  if (!text.empty()) {
    if (!TakeLetter(text, ' ') && !TakeLetter(text, 'T')) return std::nullopt;
    if (!TakeTime(text, time) || !text.empty()) return std::nullopt;
  }
  return *days * kDayMicroseconds + time;
}

}  // namespace eider::records
