// One value behind the other, by their types.
#include "eider/engine/row_json.h"

#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/codec/json.h"

namespace eider::engine {
namespace {

using duckdb::LogicalTypeId;
using duckdb::Value;
using Members = std::vector<std::pair<std::string, Value>>;

std::string Object(const Members& members) {
  std::vector<std::string> texts;
  for (const auto& [name, value] : members) {
    texts.push_back(codec::ToJsonText(name) + ":" + JsonOf(value));
  }
  return fmt::format("{{{}}}", fmt::join(texts, ","));
}

std::string Array(const duckdb::vector<Value>& values) {
  std::vector<std::string> texts;
  for (const Value& value : values) texts.push_back(JsonOf(value));
  return fmt::format("[{}]", fmt::join(texts, ","));
}

Members FieldsOf(const Value& value) {
  const auto& types = duckdb::StructType::GetChildTypes(value.type());
  const auto& values = duckdb::StructValue::GetChildren(value);
  Members members;
  for (std::size_t i = 0; i < values.size(); ++i) members.emplace_back(types[i].first, values[i]);
  return members;
}

Members EntriesOf(const Value& map) {
  Members members;
  for (const Value& entry : duckdb::MapValue::GetChildren(map)) {
    const auto& pair = duckdb::StructValue::GetChildren(entry);
    members.emplace_back(pair[0].ToString(), pair[1]);
  }
  return members;
}

bool IsFinite(const Value& number) {
  switch (number.type().id()) {
    case LogicalTypeId::FLOAT:
    case LogicalTypeId::DOUBLE:
      return std::isfinite(number.GetValue<double>());
    default:
      return true;
  }
}

// SQL writes "nan" and "inf", and ".50" of a decimal of as many places as digits.
std::string Number(const Value& number) {
  if (!IsFinite(number)) {
    const auto value = number.GetValue<double>();
    if (std::isnan(value)) return "\"NaN\"";
    return value < 0 ? "\"-Infinity\"" : "\"Infinity\"";
  }
  std::string text = number.ToString();
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  if (text[first] == '.') text.insert(first, "0");
  return text;
}

// Nobody has checked what a Parquet file calls JSON.
std::string Text(const Value& value) {
  std::string text = value.ToString();
  return value.type().IsJSONType() && codec::Json::accept(text) ? text : codec::ToJsonText(text);
}

}  // namespace

std::string JsonOf(const Value& value) {
  if (value.IsNull()) return "null";
  switch (value.type().id()) {
    case LogicalTypeId::BOOLEAN:
      return duckdb::BooleanValue::Get(value) ? "true" : "false";
    case LogicalTypeId::STRUCT:
      return Object(FieldsOf(value));
    case LogicalTypeId::MAP:
      return Object(EntriesOf(value));
    case LogicalTypeId::LIST:
      return Array(duckdb::ListValue::GetChildren(value));
    case LogicalTypeId::ARRAY:
      return Array(duckdb::ArrayValue::GetChildren(value));
    default:
      if (!value.type().IsNumeric()) return Text(value);
      return Number(value);
  }
}

std::string RowAsJson(const std::vector<std::string>& names, const duckdb::DataChunk& rows,
                      std::size_t row, std::size_t first) {
  Members members;
  for (std::size_t i = 0; i < names.size(); ++i) {
    members.emplace_back(names[i], rows.GetValue(first + i, row));
  }
  return Object(members);
}

}  // namespace eider::engine
