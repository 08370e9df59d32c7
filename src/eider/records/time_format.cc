// Directives of strptime, without those whose fields say nothing new or depend on a locale.
#include "eider/records/time_format.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/records/text_scan.h"
#include "eider/records/text_type.h"

namespace eider::records {
namespace {

constexpr std::size_t kFormatBytesMax = 100;
constexpr std::string_view kDirectives = "YymdbBaAHIMSfpz";
constexpr std::string_view kDigitDirectives = "YymdHIMSf";
constexpr std::size_t kMicroDigits = 6;
constexpr std::size_t kShortName = 3;  // letters of Jan and Mon

constexpr auto kMonths =
    std::to_array<std::string_view>({"january", "february", "march", "april", "may", "june", "july",
                                     "august", "september", "october", "november", "december"});
constexpr auto kDays = std::to_array<std::string_view>(
    {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"});

// Directives that say the same field.
constexpr auto kFields =
    std::to_array<std::string_view>({"Yy", "mbB", "d", "aA", "HI", "M", "S", "f", "p", "z"});

bool IsAmong(char letter, std::string_view letters) {
  return letters.find(letter) != std::string_view::npos;
}

std::unexpected<Error> Senseless(std::string_view format, const std::string& why) {
  return Fail(Code::kInvalid, fmt::format("the format '{}' {}", format, why));
}

// The place of the name at the beginning of the text, whole or by its first three letters.
template <std::size_t kCount>
std::optional<int> TakeName(const std::array<std::string_view, kCount>& names, bool is_short,
                            std::string_view& text) {
  for (std::size_t i = 0; i < kCount; ++i) {
    const std::string_view name = is_short ? names[i].substr(0, kShortName) : names[i];
    if (!EqualsIgnoringCase(text.substr(0, name.size()), name)) continue;
    text.remove_prefix(name.size());
    return static_cast<int>(i);
  }
  return std::nullopt;
}

// Two digits, or one where none follows and `is_fixed` does not ask for both.
bool TakePair(std::string_view& text, bool is_fixed, int& value) {
  const bool has_one = !text.empty() && IsDigit(text[0]) && (text.size() < 2 || !IsDigit(text[1]));
  return TakeNumber(text, !is_fixed && has_one ? 1 : 2, value);
}

// Microseconds of the digits behind a second's point; further digits must be zeros.
bool TakeFraction(std::string_view& text, bool is_fixed, std::string& digits) {
  std::string_view taken;
  if (is_fixed) {
    int ignored = 0;
    taken = text.substr(0, kMicroDigits);
    if (!TakeNumber(text, kMicroDigits, ignored)) return false;
  } else {
    taken = TakeDigits(text);
  }
  if (taken.empty()) return false;
  const std::string_view kept = taken.substr(0, kMicroDigits);
  digits = kept;
  return taken.substr(kept.size()).find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

struct TimeFormat::Fields {
  int year = 0;
  int month = 0;
  int day = 0;
  std::optional<int> day_of_week = {};  // from Sunday, 0
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::string fraction = {};
  std::optional<bool> is_afternoon = {};
  std::string zone = {};

  // An hour of twelve with its half of the day becomes one of 24; false: there is no such hour.
  bool SetHour() {
    if (!is_afternoon) return hour <= 23;
    if (hour < 1 || hour > 12) return false;
    hour = hour % 12 + (*is_afternoon ? 12 : 0);
    return true;
  }

  bool IsThatDayOfWeek() const {
    if (!day_of_week) return true;
    namespace chrono = std::chrono;
    const chrono::year_month_day date{chrono::year(year),
                                      chrono::month(static_cast<unsigned>(month)),
                                      chrono::day(static_cast<unsigned>(day))};
    const chrono::weekday weekday{chrono::sys_days(date)};
    return weekday.c_encoding() == static_cast<unsigned>(*day_of_week);
  }
};

Result<TimeFormat> TimeFormat::Parse(std::string_view text) {
  if (text.size() > kFormatBytesMax) {
    return Senseless(text.substr(0, kFormatBytesMax),
                     fmt::format("is longer than {} bytes", kFormatBytesMax));
  }
  TimeFormat format;
  format.text_ = text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      format.items_.push_back({.letter = text[i]});
      continue;
    }
    const char directive = ++i < text.size() ? text[i] : '\0';
    if (directive == '%') {
      format.items_.push_back({.letter = '%'});
    } else if (directive != '\0' && IsAmong(directive, kDirectives)) {
      format.items_.push_back({.directive = directive});
    } else {
      return Senseless(text, fmt::format("has a directive that is none of %{}: '{}'",
                                         fmt::join(kDirectives, ", %"), text.substr(i - 1, 2)));
    }
  }
  for (std::size_t i = 0; i + 1 < format.items_.size(); ++i) {
    const Item& next = format.items_[i + 1];
    format.items_[i].is_fixed =
        next.directive == '\0' ? IsDigit(next.letter) : IsAmong(next.directive, kDigitDirectives);
  }
  EIDER_CHECK(format.Check());
  return format;
}

bool TimeFormat::Has(char directive) const {
  return std::ranges::find(items_, directive, &Item::directive) != items_.end();
}

Status TimeFormat::Check() const {
  for (const std::string_view field : kFields) {
    const auto count = std::ranges::count_if(items_, [&](const Item& item) {
      return item.directive != '\0' && IsAmong(item.directive, field);
    });
    if (count > 1)
      return Senseless(text_, fmt::format("says %{} twice", fmt::join(field, " or %")));
  }
  const bool has_year = Has('Y') || Has('y');
  const bool has_month = Has('m') || Has('b') || Has('B');
  if (!has_year || !has_month || !Has('d')) {
    return Senseless(text_,
                     "says no whole date: it needs a year (%Y or %y), a month (%m, %b or %B) "
                     "and a day (%d)");
  }
  if (Has('I') != Has('p')) {
    return Senseless(text_, "has %I without %p, or %p without %I: an hour of twelve needs both");
  }
  const bool has_hour = Has('H') || Has('I');
  if (Has('M') != has_hour || (Has('S') && !has_hour) || (Has('f') && !Has('S'))) {
    return Senseless(text_,
                     "says half a time: hour and minute belong together, before a second "
                     "stands a minute, before %f a second");
  }
  if (Has('z') && !has_hour) return Senseless(text_, "has an offset (%z) and no hour");
  return {};
}

bool TimeFormat::Take(const Item& item, std::string_view& text, Fields& fields) {
  constexpr int kCenturyTurn = 69;  // POSIX: 69 to 99 are of the twentieth century
  const bool is_fixed = item.is_fixed;
  switch (item.directive) {
    case '\0':
      return TakeLetter(text, item.letter);
    case 'Y':
      return TakeNumber(text, 4, fields.year);
    case 'y':
      if (!TakeNumber(text, 2, fields.year)) return false;
      fields.year += fields.year < kCenturyTurn ? 2000 : 1900;
      return true;
    case 'm':
      return TakePair(text, is_fixed, fields.month);
    case 'b':
    case 'B': {
      const auto month = TakeName(kMonths, item.directive == 'b', text);
      fields.month = month.value_or(-1) + 1;
      return month.has_value();
    }
    case 'd':
      return TakePair(text, is_fixed, fields.day);
    case 'a':
    case 'A':
      fields.day_of_week = TakeName(kDays, item.directive == 'a', text);
      return fields.day_of_week.has_value();
    case 'H':
    case 'I':
      return TakePair(text, is_fixed, fields.hour);
    case 'M':
      return TakePair(text, is_fixed, fields.minute);
    case 'S':
      return TakePair(text, is_fixed, fields.second);
    case 'f':
      return TakeFraction(text, is_fixed, fields.fraction);
    case 'p': {
      const std::string_view half = text.substr(0, 2);
      fields.is_afternoon = EqualsIgnoringCase(half, "pm");
      if (!*fields.is_afternoon && !EqualsIgnoringCase(half, "am")) return false;
      text.remove_prefix(2);
      return true;
    }
    default: {
      const std::string_view before = text;
      if (!TakeZone(text)) return false;
      fields.zone = before.substr(0, before.size() - text.size());
      return true;
    }
  }
}

bool TimeFormat::Read(std::string_view text, std::string& letters) const {
  Fields fields;
  for (const Item& item : items_) {
    if (!Take(item, text, fields)) return false;
  }
  if (!text.empty() || !fields.SetHour()) return false;
  letters = fmt::format("{:04}-{:02}-{:02}", fields.year, fields.month, fields.day);
  if (!IsDate(letters) || !fields.IsThatDayOfWeek()) return false;
  if (!Has('M')) return true;
  letters += fmt::format(" {:02}:{:02}:{:02}", fields.hour, fields.minute, fields.second);
  if (!fields.fraction.empty()) letters += "." + fields.fraction;
  letters += fields.zone;
  return TimestampFormOf(letters) != TimestampForm::kNone;
}

}  // namespace eider::records
