#include "eider/aws/time_text.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace eider::aws {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// The digits at `offset`, all of them, or nothing.
std::optional<int> Digits(std::string_view text, std::size_t offset, std::size_t count) {
  if (offset + count > text.size()) return std::nullopt;
  const char* first = text.data() + offset;
  int value = 0;
  const auto [end, error] = std::from_chars(first, first + count, value);
  if (error != std::errc() || end != first + count || value < 0) return std::nullopt;
  return value;
}

std::optional<std::chrono::sys_days> Day(std::optional<int> year, std::optional<int> month,
                                         std::optional<int> day) {
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

// "12:36:00" at `offset`.
std::optional<seconds> TimeOfDay(std::string_view text, std::size_t offset) {
  const auto hour = Digits(text, offset, 2);
  const auto minute = Digits(text, offset + 3, 2);
  const auto second = Digits(text, offset + 6, 2);
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  return hours(*hour) + minutes(*minute) + seconds(*second);
}

// "Z" or "+02:00": what to take off to be in UTC.
std::optional<seconds> ZoneOffset(std::string_view zone) {
  if (zone == "Z") return seconds(0);
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-')) return std::nullopt;
  const auto hour = Digits(zone, 1, 2);
  const auto minute = Digits(zone, 4, 2);
  if (!hour || !minute) return std::nullopt;
  const seconds offset = hours(*hour) + minutes(*minute);
  return zone[0] == '+' ? offset : -offset;
}

}  // namespace

std::string AmzDate(TimePoint time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<seconds>(time - day));
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<TimePoint> ParseHttpDate(std::string_view text) {
  // Sun, 30 Aug 2015 12:36:00 GMT
  // 0    5  8   12   17
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  int month = 0;
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (text.substr(8, 3) == kMonths[i]) month = static_cast<int>(i) + 1;
  }
  const auto day = Day(Digits(text, 12, 4), month, Digits(text, 5, 2));
  const auto time = TimeOfDay(text, 17);
  if (!day || !time) return std::nullopt;
  return TimePoint(*day + *time);
}

std::optional<TimePoint> ParseIsoTime(std::string_view text) {
  // 2015-08-30T12:36:00
  // 0    5  8  11
  if (text.size() < 20 || text[10] != 'T') return std::nullopt;
  const auto day = Day(Digits(text, 0, 4), Digits(text, 5, 2), Digits(text, 8, 2));
  const auto time = TimeOfDay(text, 11);
  std::size_t zone = 19;
  if (text[zone] == '.') zone = text.find_first_not_of("0123456789", zone + 1);
  if (zone == std::string_view::npos) return std::nullopt;
  const auto offset = ZoneOffset(text.substr(zone));
  if (!day || !time || !offset) return std::nullopt;
  return TimePoint(*day + *time - *offset);
}

}  // namespace eider::aws
