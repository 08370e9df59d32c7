// Murmur3, the calendar, and division that rounds down.
#include "eider/iceberg/transform_value.h"

#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "eider/iceberg/bounds.h"

namespace eider::iceberg {
namespace {

constexpr std::int64_t kYearOfEpoch = 1970;
constexpr std::int64_t kMonths = 12;

// The Gregorian calendar repeats itself after 400 years.
constexpr std::int64_t kCycleYears = 400;
constexpr std::int64_t kCycleDays = 146'097;

std::uint32_t MixBlock(std::uint32_t block) {
  constexpr std::uint32_t kFirst = 0xCC9E2D51U;
  constexpr std::uint32_t kSecond = 0x1B873593U;
  return std::rotl(block * kFirst, 15) * kSecond;
}

std::uint32_t BlockAt(std::string_view bytes, std::size_t begin, std::size_t size) {
  std::uint32_t block = 0;
  for (std::size_t i = 0; i < size; ++i) {
    block |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[begin + i])) << (8 * i);
  }
  return block;
}

std::uint32_t Finished(std::uint32_t hash) {
  hash = (hash ^ (hash >> 16U)) * 0x85EBCA6BU;
  hash = (hash ^ (hash >> 13U)) * 0xC2B2AE35U;
  return hash ^ (hash >> 16U);
}

// Of a day, by the same day in the cycle that begins with 1970, which the library's calendar has.
struct Month {
  std::int64_t year;
  std::int64_t month;  // from 0
};

Month MonthOf(std::int64_t days) {
  const std::int64_t cycles = FloorDivide(days, kCycleDays);
  const std::chrono::days in_cycle(static_cast<int>(days - cycles * kCycleDays));
  const std::chrono::year_month_day date{std::chrono::sys_days(in_cycle)};
  return {static_cast<int>(date.year()) + cycles * kCycleYears,
          static_cast<unsigned>(date.month()) - 1};
}

}  // namespace

std::int32_t BucketHash(std::string_view bytes) {
  constexpr std::size_t kBlock = 4;
  std::uint32_t hash = 0;
  const std::size_t whole = bytes.size() / kBlock * kBlock;
  for (std::size_t at = 0; at < whole; at += kBlock) {
    hash = std::rotl(hash ^ MixBlock(BlockAt(bytes, at, kBlock)), 13) * 5 + 0xE6546B64U;
  }
  hash ^= MixBlock(BlockAt(bytes, whole, bytes.size() - whole));
  return static_cast<std::int32_t>(Finished(hash ^ static_cast<std::uint32_t>(bytes.size())));
}

std::int32_t BucketHash(std::int64_t value) {
  const std::string bytes = SerializeLong(value);
  return BucketHash(std::string_view(bytes));
}

std::int32_t BucketOf(std::int32_t hash, std::int32_t count) {
  return (hash & std::numeric_limits<std::int32_t>::max()) % count;
}

std::int64_t FloorDivide(std::int64_t dividend, std::int64_t divisor) {
  return dividend / divisor - (dividend % divisor < 0 ? 1 : 0);
}

Int128 TruncateNumber(Int128 value, Int128 width) {
  const Int128 rest = value % width;
  return value - rest - (rest < 0 ? width : 0);
}

std::string_view TruncateText(std::string_view text, std::size_t width) {
  std::size_t points = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins_point = (static_cast<std::uint8_t>(text[i]) & 0xC0U) != 0x80U;
    if (begins_point && points++ == width) return text.substr(0, i);
  }
  return text;
}

std::int64_t YearsOfDays(std::int64_t days) {
  return MonthOf(days).year - kYearOfEpoch;
}

std::int64_t MonthsOfDays(std::int64_t days) {
  const Month month = MonthOf(days);
  return (month.year - kYearOfEpoch) * kMonths + month.month;
}

}  // namespace eider::iceberg
