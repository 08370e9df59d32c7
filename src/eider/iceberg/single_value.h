// Values that are told apart and put in order by their single-value serialization. Source: Iceberg
// specification, "Appendix D: Single-value serialization".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "eider/iceberg/type.h"

namespace eider::iceberg {

// Whether `a` comes before `b`; both are of the primitive type, and no NaN. Texts go by code
// points, bytes and UUIDs by their bytes without sign.
bool IsLess(const Type& type, std::string_view a, std::string_view b);

// Of integers, dates and times; of float and double.
std::int64_t LongOfValue(std::string_view value);
double DoubleOfValue(std::string_view value);

// Whether a value of float or double is no number.
bool IsNan(const Type& type, std::string_view value);

// The value as one of a type that the column was promoted to since it was written: int to long,
// float to double.
std::string Promoted(const Type& type, std::string value);

// The value as people read it: "2024-01-31", "2024-01-31T10:15:00.500000+00:00", "12.50"; bytes in
// hexadecimal.
std::string ValueText(const Type& type, std::string_view value);

}  // namespace eider::iceberg
