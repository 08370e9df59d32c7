// A text as a value of a given type: whether it is one without any loss, and in which letters
// DuckDB casts it exactly.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace eider::records {

enum class ValueForm : std::uint8_t {
  kBoolean,
  kInteger,  // `digits`: bits, 32 or 64
  kDecimal,  // `digits` of which `scale` stand behind the point
  kDouble,
  kFloat,
  kDate,
  kTime,
  kTimestamp,    // without a zone
  kTimestampTz,  // a text without a zone is one of the session's
  kUuid,
};

struct ValueType {
  ValueForm form = ValueForm::kBoolean;
  int digits = 0;
  int scale = 0;
};

// The type behind a name that ToText gives; nothing for other texts.
std::optional<ValueType> ValueTypeFrom(std::string_view name);

std::string ToText(const ValueType& type);

// The value's letters: those of `text` without blanks around them, or others in `changed`, which is
// overwritten then. Nothing: the text is no value of that type, or would lose something: 1.5 as
// an integer, 1.005 as decimal(4,2), 9007199254740993 as double, a zone as timestamp.
std::optional<std::string_view> ValueText(std::string_view text, const ValueType& type,
                                          std::string& changed);

}  // namespace eider::records
