#include "eider/routes/route_columns.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/codec/json.h"
#include "eider/routes/attribute_types.h"
#include "eider/routes/route_json.h"

namespace eider::routes {
namespace {

using codec::Json;

// What stands in a column whose attribute is not set.
Json AbsentColumn(std::string_view name) {
  if (name == kTargetTable || name == kQuerySql) return "";
  if (name == kEnabled) return 1;
  if (name == kCreateTable || name == kLineage || name == kPriority || name == kVersion) return 0;
  return nullptr;
}

Json ValueOf(Json column, AttributeType type) {
  if (type == AttributeType::kBoolean && column.is_number_integer()) {
    const auto number = column.get<std::int64_t>();
    if (number == 0 || number == 1) return number == 1;
  }
  if (column.is_string() && (type == AttributeType::kList || type == AttributeType::kMap)) {
    if (auto json = codec::ParseJson(column.get_ref<const std::string&>())) return *std::move(json);
  }
  return column;
}

}  // namespace

std::string PutRouteSql(std::string_view table) {
  std::vector<std::string> columns;
  std::vector<std::string> parameters;
  std::vector<std::string> updates;
  for (const std::string_view name : kAttributes) {
    columns.push_back(fmt::format("\"{}\"", name));  // "commit" is a word of SQL
    parameters.push_back(fmt::format("${}", columns.size()));
    if (name != kPartitionKey) updates.push_back(fmt::format("{0} = excluded.{0}", columns.back()));
  }
  return fmt::format("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT (\"{}\") DO UPDATE SET {}", table,
                     fmt::join(columns, ", "), fmt::join(parameters, ", "), kPartitionKey,
                     fmt::join(updates, ", "));
}

std::vector<Json> ColumnsOf(const Route& route) {
  const Json json = ToJson(route);
  std::vector<Json> columns;
  for (const std::string_view name : kAttributes) {
    const auto value = json.find(name);
    if (value == json.end()) {
      columns.push_back(AbsentColumn(name));
    } else if (value->is_string() || value->is_number_integer()) {
      columns.push_back(*value);
    } else if (value->is_boolean()) {
      columns.emplace_back(value->get<bool>() ? 1 : 0);
    } else {
      columns.emplace_back(codec::ToJsonText(*value));
    }
  }
  return columns;
}

Json ItemOfColumns(Json columns) {
  for (auto& [name, column] : columns.items()) column = ValueOf(std::move(column), TypeOf(name));
  const auto same_as = columns.find(kSameAs);
  if (same_as != columns.end() && !same_as->is_null()) {
    for (const std::string_view name : {kTargetTable, kQuerySql}) {
      if (columns[std::string(name)] == "") columns.erase(std::string(name));
    }
  }
  return columns;
}

}  // namespace eider::routes
