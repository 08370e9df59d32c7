// The SQL that turns rows into rejected records.
#include "eider/routing/rejects_route.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/iceberg/table_name.h"
#include "eider/routing/route.h"

namespace eider::routing {
namespace {

// What the row is called in the SQL: the column is looked for in it and nowhere else.
constexpr std::string_view kRow = "eider_rejected_row";

// The text between two quotes, each quote within doubled.
std::string Quoted(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) {
    if (c == quote) quoted += quote;
    quoted += c;
  }
  return quoted + quote;
}

// The column or, behind dots, the leaf of a struct: "a"."b".
std::string QuotedColumn(std::string_view column) {
  const std::size_t dot = column.find('.');
  std::string quoted = Quoted(column.substr(0, dot), '"');
  if (dot != std::string_view::npos) quoted += "." + QuotedColumn(column.substr(dot + 1));
  return quoted;
}

}  // namespace

Route RejectsRoute(iceberg::TableName table, std::string_view column) {
  Route route;
  route.partition_key = kRejectsKey;
  route.target_table = std::move(table);
  route.query_sql = fmt::format(
      "SELECT '{{s3_input_path}}' AS file, {reason} AS reason, "
      "CAST({row}.{column} AS VARCHAR) AS value, CAST(to_json({row}) AS VARCHAR) AS record, "
      "now() AS rejected_at FROM '{{s3_input_path}}' AS {row}",
      fmt::arg("reason", Quoted(fmt::format("no route for this value of column {}", column), '\'')),
      fmt::arg("row", kRow), fmt::arg("column", QuotedColumn(column)));
  route.create_table = true;
  route.description = "rows whose value has no route";
  return route;
}

}  // namespace eider::routing
