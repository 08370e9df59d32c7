// Taking a text apart from its beginning: digits, letters and offsets of fixed forms.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace eider::records {

inline bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

inline std::string_view TakeDigits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && IsDigit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

inline bool TakeLetter(std::string_view& text, char letter) {
  if (!text.starts_with(letter)) return false;
  text.remove_prefix(1);
  return true;
}

// Exactly `count` digits.
inline bool TakeNumber(std::string_view& text, std::size_t count, int& value) {
  if (text.size() < count) return false;
  value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!IsDigit(text[i])) return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}

struct CalendarDay {
  int year = 0;
  int month = 0;
  int day = 0;
};

inline bool IsInCalendar(const CalendarDay& date) {
  constexpr auto kDays = std::to_array<int>({31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31});
  if (date.month < 1 || date.month > 12 || date.day < 1) return false;
  const bool is_leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
  const int days = kDays[static_cast<std::size_t>(date.month - 1)];
  return date.day <= (date.month == 2 && is_leap ? days + 1 : days);
}

// yyyy-mm-dd, a day of the calendar.
inline bool TakeDate(std::string_view& text, CalendarDay& date) {
  return TakeNumber(text, 4, date.year) && TakeLetter(text, '-') &&
         TakeNumber(text, 2, date.month) && TakeLetter(text, '-') &&
         TakeNumber(text, 2, date.day) && IsInCalendar(date);
}

// hh:mm[:ss[.ffffff]]; digits behind the sixth must be zeros.
inline bool TakeTime(std::string_view& text, std::int64_t& microseconds) {
  constexpr std::size_t kMicroDigits = 6;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!TakeNumber(text, 2, hour) || !TakeLetter(text, ':') || !TakeNumber(text, 2, minute)) {
    return false;
  }
  if (hour > 23 || minute > 59) return false;
  const bool has_second = TakeLetter(text, ':');
  if (has_second && (!TakeNumber(text, 2, second) || second > 59)) return false;
  microseconds = hour * 60LL + minute;
  microseconds = (microseconds * 60 + second) * 1'000'000;
  if (!has_second || !TakeLetter(text, '.')) return true;
  const std::string_view digits = TakeDigits(text);
  if (digits.empty()) return false;
  std::int64_t unit = 100'000;
  for (const char c : digits.substr(0, kMicroDigits)) {
    microseconds += unit * (c - '0');
    unit /= 10;
  }
  if (digits.size() <= kMicroDigits) return true;
  return digits.substr(kMicroDigits).find_first_not_of('0') == std::string_view::npos;
}

// Z, or +hh, +hhmm, +hh:mm.
inline bool TakeZone(std::string_view& text) {
  if (TakeLetter(text, 'Z')) return true;
  if (!TakeLetter(text, '+') && !TakeLetter(text, '-')) return false;
  int hours = 0;
  int minutes = 0;
  if (!TakeNumber(text, 2, hours) || hours > 15) return false;
  const std::string_view behind_hours = text;
  TakeLetter(text, ':');
  if (!text.empty() && IsDigit(text.front())) return TakeNumber(text, 2, minutes) && minutes <= 59;
  text = behind_hours;
  return true;
}

inline bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

}  // namespace eider::records
