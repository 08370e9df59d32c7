// The types that a text of a file may be a value of, by the names that people write in a route's
// `types`: "BIGINT", "DECIMAL(12,2)", "DATE '%d/%m/%Y'".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/records/time_format.h"

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
  kString,  // every text, as it stands
};

struct ValueType {
  ValueForm form = ValueForm::kBoolean;
  int digits = 0;
  int scale = 0;
  std::optional<TimeFormat> format = {};  // of a date or timestamp: instead of the ISO forms
};

// Errors: kInvalid, with the types that there are, or what is wrong with the format.
Result<ValueType> ParseValueType(std::string_view text);

// The text that ParseValueType reads as this type.
std::string ToText(const ValueType& type);

}  // namespace eider::records
