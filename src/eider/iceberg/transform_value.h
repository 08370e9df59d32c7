// What the partition transforms make of single values. Source: Iceberg specification, "Partition
// Transforms" and "Appendix B: 32-bit Hash Requirements".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "eider/iceberg/bounds.h"

namespace eider::iceberg {

// Murmur3, 32 bits, x86 variant, seed 0: of the UTF-8 bytes of a text, of bytes, of a UUID in
// big-endian order, of a decimal's shortest two's complement (SerializeDecimal).
std::int32_t BucketHash(std::string_view bytes);

// Of int and long, and of dates, times and timestamps by their days or microseconds.
std::int32_t BucketHash(std::int64_t value);

// `count` must be positive.
std::int32_t BucketOf(std::int32_t hash, std::int32_t count);

// The quotient rounded down; `divisor` is positive.
std::int64_t FloorDivide(std::int64_t dividend, std::int64_t divisor);

// The highest multiple of `width` that is not above the value.
Int128 TruncateNumber(Int128 value, Int128 width);

// The first `width` code points of UTF-8.
std::string_view TruncateText(std::string_view text, std::size_t width);

// Since 1970, negative before.
std::int64_t YearsOfDays(std::int64_t days);
std::int64_t MonthsOfDays(std::int64_t days);

}  // namespace eider::iceberg
