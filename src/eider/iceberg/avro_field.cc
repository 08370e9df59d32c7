// Checked reading of Avro values. What is not as the specification says is corrupt, never guessed.
#include "eider/iceberg/avro_field.h"

#include <limits>
#include <utility>

#include <fmt/format.h>

namespace eider::iceberg {
namespace {

using codec::AvroArray;
using codec::AvroRecord;
using codec::AvroValue;

std::string_view KindOf(const AvroValue& value) {
  constexpr std::string_view kKinds[] = {"null",  "a boolean", "an integer", "a number",
                                         "bytes", "an array",  "a map",      "a record"};
  return kKinds[value.data.index()];
}

std::unexpected<Error> WrongKind(std::string_view name, std::string_view wanted,
                                 const AvroValue& value) {
  return Fail(Code::kCorrupt, fmt::format("`{}` is not {} but {}", name, wanted, KindOf(value)));
}

// The key and the value of every entry, in `value`'s own storage.
template <typename Value>
Result<std::vector<std::pair<int, Value*>>> EntriesOf(Value& value, std::string_view name) {
  auto* const array = value.template If<AvroArray>();
  if (array == nullptr) return WrongKind(name, "an array of keys and values", value);
  std::vector<std::pair<int, Value*>> entries;
  entries.reserve(array->items.size());
  for (auto& item : array->items) {
    auto* const record = item.template If<AvroRecord>();
    if (record == nullptr || record->fields.size() != 2) {
      return WrongKind(name, "an array of keys and values", item);
    }
    EIDER_ASSIGN(const int key, IntOf(record->fields[0], name));
    entries.emplace_back(key, &record->fields[1]);
  }
  return entries;
}

}  // namespace

std::vector<int> FieldIds(const codec::AvroNode& record) {
  std::vector<int> ids;
  ids.reserve(record.fields.size());
  for (const codec::AvroField& field : record.fields) {
    ids.push_back(field.field_id.value_or(kNoFieldId));
  }
  return ids;
}

Result<std::int64_t> LongOf(const AvroValue& value, std::string_view name) {
  if (const auto* const number = value.If<std::int64_t>()) return *number;
  return WrongKind(name, "an integer", value);
}

Result<int> IntOf(const AvroValue& value, std::string_view name) {
  EIDER_ASSIGN(const std::int64_t number, LongOf(value, name));
  if (number < std::numeric_limits<int>::min() || number > std::numeric_limits<int>::max()) {
    return Fail(Code::kCorrupt, fmt::format("`{}` does not fit an int: {}", name, number));
  }
  return static_cast<int>(number);
}

Result<bool> BoolOf(const AvroValue& value, std::string_view name) {
  if (const auto* const flag = value.If<bool>()) return *flag;
  return WrongKind(name, "a boolean", value);
}

Result<std::string> TakeString(AvroValue& value, std::string_view name) {
  if (auto* const text = value.If<std::string>()) return std::move(*text);
  return WrongKind(name, "a string or bytes", value);
}

Result<std::vector<std::int64_t>> LongsOf(const AvroValue& value, std::string_view name) {
  const auto* const array = value.If<AvroArray>();
  if (array == nullptr) return WrongKind(name, "an array of integers", value);
  std::vector<std::int64_t> numbers;
  numbers.reserve(array->items.size());
  for (const AvroValue& item : array->items) {
    EIDER_ASSIGN(const std::int64_t number, LongOf(item, name));
    numbers.push_back(number);
  }
  return numbers;
}

Result<std::vector<int>> IntsOf(const AvroValue& value, std::string_view name) {
  const auto* const array = value.If<AvroArray>();
  if (array == nullptr) return WrongKind(name, "an array of integers", value);
  std::vector<int> numbers;
  numbers.reserve(array->items.size());
  for (const AvroValue& item : array->items) {
    EIDER_ASSIGN(const int number, IntOf(item, name));
    numbers.push_back(number);
  }
  return numbers;
}

Result<std::map<int, std::int64_t>> LongMapOf(const AvroValue& value, std::string_view name) {
  EIDER_ASSIGN(const auto entries, EntriesOf(value, name));
  std::map<int, std::int64_t> map;
  for (const auto& [key, entry] : entries) {
    EIDER_ASSIGN(const std::int64_t number, LongOf(*entry, name));
    map.insert_or_assign(map.end(), key, number);
  }
  return map;
}

Result<std::map<int, std::string>> TakeStringMap(AvroValue& value, std::string_view name) {
  EIDER_ASSIGN(const auto entries, EntriesOf(value, name));
  std::map<int, std::string> map;
  for (const auto& [key, entry] : entries) {
    EIDER_ASSIGN(std::string text, TakeString(*entry, name));
    map.insert_or_assign(map.end(), key, std::move(text));
  }
  return map;
}

}  // namespace eider::iceberg
