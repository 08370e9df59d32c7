#include "eider/iceberg/single_value.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "eider/codec/hex.h"
#include "eider/iceberg/bounds.h"
#include "eider/iceberg/type.h"

namespace eider::iceberg {
namespace {

Int128 UnscaledOf(std::string_view bytes) {
  Int128 value = !bytes.empty() && (static_cast<std::uint8_t>(bytes[0]) & 0x80U) != 0 ? -1 : 0;
  for (const char byte : bytes) value = value * 256 + static_cast<std::uint8_t>(byte);
  return value;
}

// With the sign of zeros: -0.0 comes before 0.0.
bool IsLessDouble(double a, double b) {
  return a < b || (a == b && std::signbit(a) && !std::signbit(b));
}

std::string DecimalText(Int128 unscaled, int scale) {
  const bool is_negative = unscaled < 0;
  std::string digits;
  do {
    const auto digit = static_cast<int>(unscaled % 10);
    digits += static_cast<char>('0' + (digit < 0 ? -digit : digit));
    unscaled /= 10;
  } while (unscaled != 0);
  while (digits.size() <= static_cast<std::size_t>(scale)) digits += '0';
  std::ranges::reverse(digits);
  if (scale > 0) digits.insert(digits.size() - static_cast<std::size_t>(scale), ".");
  return is_negative ? "-" + digits : digits;
}

std::string DateText(std::int64_t days) {
  const std::chrono::year_month_day date{
      std::chrono::sys_days{std::chrono::days{static_cast<int>(days)}}};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string TimeText(std::int64_t microseconds) {
  constexpr std::int64_t kSecond = 1'000'000;
  const std::int64_t seconds = microseconds / kSecond;
  std::string text =
      fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (const std::int64_t rest = microseconds % kSecond; rest != 0) {
    text += fmt::format(".{:06}", rest);
  }
  return text;
}

std::string TimestampText(std::int64_t microseconds) {
  constexpr std::int64_t kDay = 86'400'000'000;
  const std::int64_t of_day = (microseconds % kDay + kDay) % kDay;
  return DateText((microseconds - of_day) / kDay) + "T" + TimeText(of_day);
}

std::string NanosecondsText(std::int64_t nanoseconds) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t rest = (nanoseconds % kSecond + kSecond) % kSecond;
  const std::string text = TimestampText((nanoseconds - rest) / 1000);
  return rest == 0 ? text : text + fmt::format(".{:09}", rest);
}

std::string UuidText(std::string_view bytes) {
  std::string text = codec::HexEncode(bytes);
  for (const std::size_t at : {20UL, 16UL, 12UL, 8UL}) {
    if (at < text.size()) text.insert(at, "-");
  }
  return text;
}

}  // namespace

// As many bytes as there are, the lowest first; of fewer than eight the sign is kept.
std::int64_t LongOfValue(std::string_view bytes) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < bytes.size() && i < sizeof bits; ++i) {
    bits |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(bytes[i])) << (8 * i);
  }
  const bool is_int = bytes.size() == sizeof(std::int32_t);
  return is_int ? static_cast<std::int32_t>(bits) : static_cast<std::int64_t>(bits);
}

double DoubleOfValue(std::string_view bytes) {
  const auto bits = static_cast<std::uint64_t>(LongOfValue(bytes));
  if (bytes.size() == sizeof(float)) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
  }
  return std::bit_cast<double>(bits);
}

bool IsLess(const Type& type, std::string_view a, std::string_view b) {
  switch (type.kind) {
    case TypeKind::kInt:
    case TypeKind::kLong:
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestamptz:
    case TypeKind::kTimestampNs:
    case TypeKind::kTimestamptzNs:
      return LongOfValue(a) < LongOfValue(b);
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      return IsLessDouble(DoubleOfValue(a), DoubleOfValue(b));
    case TypeKind::kDecimal:
      return UnscaledOf(a) < UnscaledOf(b);
    default:
      return std::ranges::lexicographical_compare(a, b, [](char left, char right) {
        return static_cast<std::uint8_t>(left) < static_cast<std::uint8_t>(right);
      });
  }
}

bool IsNan(const Type& type, std::string_view value) {
  const bool is_float = type.kind == TypeKind::kFloat || type.kind == TypeKind::kDouble;
  return is_float && std::isnan(DoubleOfValue(value));
}

std::string Promoted(const Type& type, std::string value) {
  if (value.size() != sizeof(std::int32_t)) return value;
  if (type.kind == TypeKind::kLong) return SerializeLong(LongOfValue(value));
  if (type.kind == TypeKind::kDouble) return SerializeDouble(DoubleOfValue(value));
  return value;
}

std::string ValueText(const Type& type, std::string_view value) {
  switch (type.kind) {
    case TypeKind::kBoolean:
      return value == SerializeBoolean(true) ? "true" : "false";
    case TypeKind::kInt:
    case TypeKind::kLong:
      return std::to_string(LongOfValue(value));
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      return fmt::format("{}", DoubleOfValue(value));
    case TypeKind::kDecimal:
      return DecimalText(UnscaledOf(value), type.scale);
    case TypeKind::kDate:
      return DateText(LongOfValue(value));
    case TypeKind::kTime:
      return TimeText(LongOfValue(value));
    case TypeKind::kTimestamp:
      return TimestampText(LongOfValue(value));
    case TypeKind::kTimestamptz:
      return TimestampText(LongOfValue(value)) + "+00:00";
    case TypeKind::kTimestampNs:
      return NanosecondsText(LongOfValue(value));
    case TypeKind::kTimestamptzNs:
      return NanosecondsText(LongOfValue(value)) + "+00:00";
    case TypeKind::kUuid:
      return UuidText(value);
    case TypeKind::kString:
      return std::string(value);
    default:
      return codec::HexEncode(value);
  }
}

}  // namespace eider::iceberg
