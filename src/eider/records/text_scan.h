// Taking a text apart from its beginning: digits, letters and offsets of fixed forms.
#pragma once

#include <algorithm>
#include <cstddef>
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
