// Fields of Avro records that others wrote, as checked C++ values.
//
// Iceberg finds the fields of a record by id, whatever their order and names are in the file.
// `name` is what messages call the field. Errors of every function: kCorrupt with what was found
// instead.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/codec/avro_schema.h"
#include "eider/codec/avro_value.h"

namespace eider::iceberg {

// The id of a field that carries none.
inline constexpr int kNoFieldId = -1;

// The ids of a record's fields, in its order.
std::vector<int> FieldIds(const codec::AvroNode& record);

Result<std::int64_t> LongOf(const codec::AvroValue& value, std::string_view name);
Result<int> IntOf(const codec::AvroValue& value, std::string_view name);
Result<bool> BoolOf(const codec::AvroValue& value, std::string_view name);
// Moves the string out of `value`.
Result<std::string> TakeString(codec::AvroValue& value, std::string_view name);
Result<std::vector<std::int64_t>> LongsOf(const codec::AvroValue& value, std::string_view name);
Result<std::vector<int>> IntsOf(const codec::AvroValue& value, std::string_view name);

// Null where there is nothing: how optional fields are written.
template <typename T>
codec::AvroValue OrNull(const std::optional<T>& value) {
  return value ? codec::AvroValue(*value) : codec::AvroValue();
}

// Maps with integer keys: arrays of records of a key and a value. The second moves the values out.
Result<std::map<int, std::int64_t>> LongMapOf(const codec::AvroValue& value, std::string_view name);
Result<std::map<int, std::string>> TakeStringMap(codec::AvroValue& value, std::string_view name);

}  // namespace eider::iceberg
