// Forms of numbers and times, and their union over a column.
#include "eider/records/text_type.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "eider/records/text_scan.h"

namespace eider::records {
namespace {

constexpr std::size_t kSafeDigits = 15;  // of a decimal, always kept by a double
// Powers of ten between which doubles have all of their digits, and none is infinite.
constexpr int kMagnitudeMin = -306;
constexpr int kMagnitudeMax = 308;
constexpr int kDecimalDigits = 38;
constexpr int kExponentMax = 9999;
constexpr std::string_view kBigintMax = "9223372036854775807";
constexpr std::string_view kBigintMin = "9223372036854775808";

// All digits of a number without leading and trailing zeros, and the power of ten of the last one.
struct Normal {
  std::string digits;
  int power = 0;
};

Normal NormalOf(const NumberText& number) {
  Normal normal{std::string(number.whole) + std::string(number.fraction),
                number.exponent - static_cast<int>(number.fraction.size())};
  const std::size_t first = normal.digits.find_first_not_of('0');
  if (first == std::string::npos) return {};
  normal.digits.erase(0, first);
  const std::size_t last = normal.digits.find_last_not_of('0');
  normal.power += static_cast<int>(normal.digits.size() - last - 1);
  normal.digits.resize(last + 1);
  return normal;
}

std::string_view WithoutLeadingZeros(std::string_view digits) {
  const std::size_t first = digits.find_first_not_of('0');
  return first == std::string_view::npos ? std::string_view() : digits.substr(first);
}

bool FitsBigint(const NumberText& number) {
  const std::string_view digits = WithoutLeadingZeros(number.whole);
  const std::string_view most = number.is_negative ? kBigintMin : kBigintMax;
  return digits.size() < most.size() || (digits.size() == most.size() && digits <= most);
}

}  // namespace

std::string_view TrimBlanks(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool ParseNumber(std::string_view text, NumberText& number) {
  number = {};
  number.is_negative = text.starts_with('-');
  number.has_plus = text.starts_with('+');
  if (number.is_negative || number.has_plus) text.remove_prefix(1);
  number.whole = TakeDigits(text);
  number.has_point = TakeLetter(text, '.');
  if (number.has_point) number.fraction = TakeDigits(text);
  if (number.whole.empty() && number.fraction.empty()) return false;
  if (text.empty()) return true;
  if (!TakeLetter(text, 'e') && !TakeLetter(text, 'E')) return false;
  TakeLetter(text, '+');
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number.exponent);
  number.has_exponent = true;
  return error == std::errc() && end == text.data() + text.size() &&
         std::abs(number.exponent) <= kExponentMax;
}

bool IsSpecialDouble(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return EqualsIgnoringCase(text, "nan") || EqualsIgnoringCase(text, "inf") ||
         EqualsIgnoringCase(text, "infinity");
}

bool IsBoolean(std::string_view text) {
  constexpr auto kForms =
      std::to_array<std::string_view>({"true", "false", "t", "f", "yes", "no", "y", "n", "1", "0"});
  return std::ranges::any_of(kForms,
                             [&](std::string_view form) { return EqualsIgnoringCase(text, form); });
}

bool IsDate(std::string_view text) {
  CalendarDay day;
  return TakeDate(text, day) && text.empty();
}

bool IsTime(std::string_view text) {
  std::int64_t microseconds = 0;
  return TakeTime(text, microseconds) && text.empty();
}

TimestampForm TimestampFormOf(std::string_view text) {
  CalendarDay day;
  std::int64_t microseconds = 0;
  if (!TakeDate(text, day)) return TimestampForm::kNone;
  if (text.empty()) return TimestampForm::kDate;
  if (!TakeLetter(text, ' ') && !TakeLetter(text, 'T')) return TimestampForm::kNone;
  if (!TakeTime(text, microseconds)) return TimestampForm::kNone;
  if (text.empty()) return TimestampForm::kLocal;
  TakeLetter(text, ' ');
  return TakeZone(text) && text.empty() ? TimestampForm::kZoned : TimestampForm::kNone;
}

bool IsExactDouble(const NumberText& number, std::string_view text) {
  const Normal normal = NormalOf(number);
  if (normal.digits.empty()) return true;
  const int magnitude = static_cast<int>(normal.digits.size()) + normal.power;
  const bool is_usual = magnitude >= kMagnitudeMin && magnitude <= kMagnitudeMax;
  if (is_usual && normal.digits.size() <= kSafeDigits) return true;
  double value = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc()) return false;
  std::array<char, 64> shortest{};
  const auto written = std::to_chars(shortest.data(), shortest.data() + shortest.size(), value,
                                     std::chars_format::scientific);
  NumberText again;
  ParseNumber({shortest.data(), written.ptr}, again);
  const Normal kept = NormalOf(again);
  if (kept.digits == normal.digits && kept.power == normal.power) return true;
  // Such as 2 to the power of 64, whose shortest text has fewer digits than it.
  return normal.power >= 0 &&
         fmt::format("{:.0f}", std::abs(value)) == normal.digits + std::string(normal.power, '0');
}

// To the types that hold this text as well.
void TextType::Narrow(std::string_view text) {
  text = TrimBlanks(text);
  if ((possible_ & kNumber) != 0) {
    if (AddShortNumber(text)) return;
    AddNumber(text);
  }
  if ((possible_ & kBoolean) != 0 && !EqualsIgnoringCase(text, "true") &&
      !EqualsIgnoringCase(text, "false")) {
    possible_ &= static_cast<std::uint8_t>(~kBoolean);
  }
  if ((possible_ & kTime) != 0 && !IsTime(text)) possible_ &= static_cast<std::uint8_t>(~kTime);
  if ((possible_ & kTimestamp) == 0) return;
  const TimestampForm form = TimestampFormOf(text);
  has_date_ |= form == TimestampForm::kDate;
  has_local_ |= form == TimestampForm::kLocal;
  has_zoned_ |= form == TimestampForm::kZoned;
  if (form == TimestampForm::kNone || HasMixedZones()) {
    possible_ &= static_cast<std::uint8_t>(~kTimestamp);
  }
}

void TextType::Merge(const TextType& other) {
  has_values_ |= other.has_values_;
  possible_ &= other.possible_;
  all_integers_ &= other.all_integers_;
  fits_bigint_ &= other.fits_bigint_;
  fits_double_ &= other.fits_double_;
  has_number_ |= other.has_number_;
  has_special_ |= other.has_special_;
  has_exponent_ |= other.has_exponent_;
  whole_digits_ = std::max(whole_digits_, other.whole_digits_);
  fraction_digits_ = std::max(fraction_digits_, other.fraction_digits_);
  has_date_ |= other.has_date_;
  has_local_ |= other.has_local_;
  has_zoned_ |= other.has_zoned_;
  if (HasMixedZones()) possible_ &= static_cast<std::uint8_t>(~kTimestamp);
}

// The number that most are: so few digits that every type of numbers holds it, no exponent, nothing
// that makes it a text.
bool TextType::AddShortNumber(std::string_view text) {
  TakeLetter(text, '-');
  const bool has_leading_zero = text.size() > 1 && text[0] == '0' && IsDigit(text[1]);
  const std::size_t whole = TakeDigits(text).size();
  const bool has_point = TakeLetter(text, '.');
  const std::size_t fraction = TakeDigits(text).size();
  const bool is_short = whole > 0 && whole + fraction <= kSafeDigits;
  if (!text.empty() || !is_short || has_leading_zero) return false;
  possible_ = kNumber;
  has_number_ = true;
  all_integers_ &= !has_point;
  fits_bigint_ &= !has_point;
  whole_digits_ = std::max(whole_digits_, static_cast<int>(whole));
  fraction_digits_ = std::max(fraction_digits_, static_cast<int>(fraction));
  return true;
}

void TextType::AddNumber(std::string_view text) {
  NumberText number;
  const bool is_special = IsSpecialDouble(text);
  const bool is_number = !is_special && ParseNumber(text, number);
  const bool has_leading_zero = number.whole.size() > 1 && number.whole.front() == '0';
  if ((!is_number && !is_special) || has_leading_zero || number.has_plus) {
    possible_ &= static_cast<std::uint8_t>(~kNumber);
    return;
  }
  has_special_ |= is_special;
  if (is_special) return;
  has_number_ = true;
  all_integers_ &= number.IsInteger();
  has_exponent_ |= number.has_exponent;
  whole_digits_ = std::max(whole_digits_, static_cast<int>(number.whole.size()));
  fraction_digits_ = std::max(fraction_digits_, static_cast<int>(number.fraction.size()));
  fits_bigint_ = fits_bigint_ && number.IsInteger() && FitsBigint(number);
  fits_double_ = fits_double_ && IsExactDouble(number, text);
}

std::string TextType::NumberSql() const {
  if (all_integers_ && fits_bigint_ && !has_special_) return "BIGINT";
  if (fits_double_ && (!all_integers_ || has_special_)) return "DOUBLE";
  const int digits = whole_digits_ + fraction_digits_;
  if (has_exponent_ || has_special_ || digits > kDecimalDigits) return "VARCHAR";
  return fmt::format("DECIMAL({},{})", all_integers_ ? kDecimalDigits : digits, fraction_digits_);
}

std::string TextType::Sql() const {
  if (!has_values_) return "VARCHAR";
  if ((possible_ & kBoolean) != 0) return "BOOLEAN";
  if ((possible_ & kNumber) != 0 && has_number_) return NumberSql();
  if ((possible_ & kTime) != 0) return "TIME";
  if ((possible_ & kTimestamp) != 0) {
    if (has_zoned_) return "TIMESTAMP WITH TIME ZONE";
    return has_local_ ? "TIMESTAMP" : "DATE";
  }
  return "VARCHAR";
}

}  // namespace eider::records
