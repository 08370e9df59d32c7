// The strict forms of text_type.h, held against one type.
#include "eider/records/text_value.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "eider/records/text_type.h"
#include "eider/records/value_type.h"

namespace eider::records {
namespace {

using Letters = std::optional<std::string_view>;

// The digits of a number as a whole one, when all behind its point are zeros: 1.50e1 is 15.
bool WholeDigits(const NumberText& number, int scale, std::string& digits) {
  constexpr int kDigitsMax = 80;
  digits = std::string(number.whole) + std::string(number.fraction);
  const int shift = number.exponent - static_cast<int>(number.fraction.size()) + scale;
  if (shift > 0) {
    const bool is_zero = digits.find_first_not_of('0') == std::string::npos;
    if (shift > kDigitsMax && !is_zero) return false;
    digits.append(static_cast<std::size_t>(std::min(shift, kDigitsMax)), '0');
  } else if (shift < 0) {
    const auto cut = std::min(static_cast<std::size_t>(-shift), digits.size());
    if (digits.find_first_not_of('0', digits.size() - cut) != std::string::npos) return false;
    digits.resize(digits.size() - cut);
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  return true;
}

Letters IntegerText(std::string_view text, int bits, std::string& changed) {
  constexpr std::size_t kSafeDigits = 9;  // fit 32 bits, whatever they are
  NumberText number;
  if (!ParseNumber(text, number)) return std::nullopt;
  const bool is_plain = number.IsInteger() && !number.has_plus;
  if (is_plain && number.whole.size() <= kSafeDigits) return text;
  std::string digits;
  if (!WholeDigits(number, 0, digits)) return std::nullopt;
  std::string_view most = bits == 32 ? "2147483647" : "9223372036854775807";
  if (number.is_negative) most = bits == 32 ? "2147483648" : "9223372036854775808";
  if (digits.size() > most.size() || (digits.size() == most.size() && digits > most)) {
    return std::nullopt;
  }
  if (digits.empty()) digits = "0";
  changed = number.is_negative ? "-" + digits : digits;
  return changed;
}

Letters DecimalText(std::string_view text, const ValueType& type, std::string& changed) {
  NumberText number;
  if (!ParseNumber(text, number)) return std::nullopt;
  // As most are, and without a copy of the digits.
  const bool is_short = static_cast<int>(number.fraction.size()) <= type.scale &&
                        static_cast<int>(number.whole.size()) <= type.digits - type.scale;
  if (is_short && !number.has_exponent) return text;
  std::string digits;
  if (!WholeDigits(number, type.scale, digits)) return std::nullopt;
  if (static_cast<int>(digits.size()) > type.digits) return std::nullopt;
  if (!number.has_exponent) return text;
  const auto scale = static_cast<std::size_t>(type.scale);
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  if (scale > 0) digits.insert(digits.size() - scale, ".");
  changed = number.is_negative ? "-" + digits : digits;
  return changed;
}

template <typename Float>
Letters FloatText(std::string_view text, int digits_kept, std::string& changed) {
  if (IsSpecialDouble(text)) return text;
  NumberText number;
  if (!ParseNumber(text, number)) return std::nullopt;
  std::string_view letters = text;
  if (number.has_plus) letters.remove_prefix(1);
  Float value{};
  const auto parsed = std::from_chars(letters.data(), letters.data() + letters.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != letters.data() + letters.size()) {
    return std::nullopt;
  }
  // A fraction is rounded to the nearest, as everywhere; a whole number must be held.
  if (!number.IsInteger() || static_cast<int>(number.whole.size()) <= digits_kept) return letters;
  std::string digits;
  WholeDigits(number, 0, digits);
  if (digits.empty()) digits = "0";
  changed = fmt::format("{:.0f}", value < 0 ? -value : value);
  if (changed != digits) return std::nullopt;
  return letters;
}

bool IsUuid(std::string_view text) {
  constexpr std::size_t kLetters = 36;
  if (text.size() != kLetters) return false;
  for (std::size_t i = 0; i < kLetters; ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (is_dash ? c != '-' : !is_hex) return false;
  }
  return true;
}

Letters When(bool is_value, std::string_view text) {
  return is_value ? Letters(text) : std::nullopt;
}

// What a format reads; a date has no time of day but midnight.
Letters FormattedText(std::string_view text, const ValueType& type, std::string& changed) {
  constexpr std::size_t kDateLetters = 10;
  if (!type.format->Read(text, changed)) return std::nullopt;
  if (type.form != ValueForm::kDate) return changed;
  const bool is_midnight = changed.find_first_not_of(" :.0", kDateLetters) == std::string::npos;
  changed.resize(kDateLetters);
  return is_midnight ? Letters(changed) : std::nullopt;
}

}  // namespace

std::optional<std::string_view> ValueText(std::string_view text, const ValueType& type,
                                          std::string& changed) {
  constexpr int kDoubleDigits = 15;
  constexpr int kFloatDigits = 6;
  if (type.form != ValueForm::kString) text = TrimBlanks(text);
  if (type.format) return FormattedText(text, type, changed);
  switch (type.form) {
    case ValueForm::kBoolean:
      return When(IsBoolean(text), text);
    case ValueForm::kInteger:
      return IntegerText(text, type.digits, changed);
    case ValueForm::kDecimal:
      return DecimalText(text, type, changed);
    case ValueForm::kDouble:
      return FloatText<double>(text, kDoubleDigits, changed);
    case ValueForm::kFloat:
      return FloatText<float>(text, kFloatDigits, changed);
    case ValueForm::kDate:
      return When(IsDate(text), text);
    case ValueForm::kTime:
      return When(IsTime(text), text);
    case ValueForm::kTimestamp: {
      const TimestampForm form = TimestampFormOf(text);
      return When(form == TimestampForm::kDate || form == TimestampForm::kLocal, text);
    }
    case ValueForm::kTimestampTz:
      return When(TimestampFormOf(text) != TimestampForm::kNone, text);
    case ValueForm::kUuid:
      return When(IsUuid(text), text);
    case ValueForm::kString:
      return text;
  }
  return std::nullopt;
}

}  // namespace eider::records
