// Column by column, each of the type that it has, or that the route says.
#include "eider/engine/new_table_schema.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/string_util.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/engine/column_plan.h"
#include "eider/engine/projection_problems.h"
#include "eider/engine/text_function.h"
#include "eider/engine/type_mapping.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/type.h"

namespace eider::engine {
namespace {

using iceberg::Field;

std::string Lower(const std::string& text) {
  return duckdb::StringUtil::Lower(text);
}

void CheckNames(const Field& field, const std::string& path, Problems& problems) {
  if (HasNul(field.name)) problems.AddNul(path + field.name);
  for (const Field& inner : field.type.fields) {
    CheckNames(inner, path + field.name + ".", problems);
  }
}

}  // namespace

Result<iceberg::Schema> NewTableSchema(const std::vector<ResultColumn>& columns,
                                       const std::string& rescue, std::string_view file,
                                       std::string_view what) {
  Problems problems("");
  iceberg::Schema schema;
  std::vector<std::string> seen;
  const auto is_open = [](const ResultColumn& column) { return column.is_empty && !column.hint; };
  const auto has_no_value = [&](const ResultColumn& column) {
    return is_open(column) || column.is_of_no_file;
  };
  if (std::ranges::all_of(columns, has_no_value)) {
    problems.Add(
        "no column has a value in this file, and so none has a type: load one with values first, "
        "or name the types in the route's `types`");
  }
  for (const ResultColumn& column : columns) {
    if (is_open(column)) continue;
    if (!rescue.empty() && Lower(column.name) == Lower(rescue)) {
      problems.Add(
          fmt::format("column {} is the one into which the route rescues what does not "
                      "fit: give it another name with AS, or name another column in the "
                      "route's rescue",
                      codec::ShortName(column.name)));
    }
    if (std::ranges::find(seen, Lower(column.name)) != seen.end()) {
      problems.Add(fmt::format("column {} is there twice: give one of them another name with AS",
                               codec::ShortName(column.name)));
    }
    seen.push_back(Lower(column.name));
    auto type = column.hint ? TypeOf(*column.hint) : NewColumnType(column.type);
    if (!type) {
      problems.Add(
          fmt::format("column {}: {}", codec::ShortName(column.name), type.error().message));
      continue;
    }
    schema.fields.push_back({0, column.name, false, *std::move(type), {}});
    CheckNames(schema.fields.back(), "", problems);
  }
  if (!rescue.empty()) {
    schema.fields.push_back({0, rescue, false, {iceberg::TypeKind::kString}, {}});
  }
  EIDER_CHECK(problems.Report(fmt::format("{} cannot become a table", what), file));
  EIDER_CHECK(iceberg::CheckSchema(schema));
  return iceberg::AssignFreshIds(schema);
}

bool IsIn(const iceberg::Schema& made, const ResultColumn& column) {
  return std::ranges::find(made.fields, column.name, &iceberg::Field::name) != made.fields.end();
}

}  // namespace eider::engine
