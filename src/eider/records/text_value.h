// A text as a value of a given type: whether it is one without any loss, and in which letters
// DuckDB casts it exactly.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "eider/records/value_type.h"

namespace eider::records {

// The value's letters: those of `text` without blanks around them, or others in `changed`, which is
// overwritten then. Nothing: the text is no value of that type, or would lose something: 1.5 as
// an integer, 1.005 as decimal(4,2), 9007199254740993 as double, a zone as timestamp, a time of day
// as date.
std::optional<std::string_view> ValueText(std::string_view text, const ValueType& type,
                                          std::string& changed);

}  // namespace eider::records
