// The usual spellings of values, read at once. What is none of these may still be a value:
// ValueText tells, and in which letters.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace eider::records {

// Up to 18 digits, perhaps behind a minus.
std::optional<std::int64_t> PlainInteger(std::string_view text);

// Up to 15 digits with at most one point, perhaps behind a minus: the nearest double.
std::optional<double> PlainDouble(std::string_view text);

// true, false.
std::optional<bool> PlainBoolean(std::string_view text);

// yyyy-mm-dd in the years from 1, as days since 1970.
std::optional<std::int32_t> PlainDate(std::string_view text);

// Such a date, perhaps followed by a blank or T and a time, as microseconds since 1970 of the zone
// that it is of.
std::optional<std::int64_t> PlainTimestamp(std::string_view text);

}  // namespace eider::records
