// The shape of rejected records, and the SQL that turns rows into them.
#include "eider/routing/rejects_route.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/iceberg/table_name.h"
#include "eider/routes/route.h"

namespace eider::routing {
namespace {

constexpr std::string_view kRejectsEnding = "__rejects";

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

iceberg::Schema RejectsSchema() {
  using iceberg::TypeKind;
  const auto field = [](const char* name, TypeKind kind) {
    return iceberg::Field{0, name, false, {kind}, {}};
  };
  iceberg::Schema schema;
  schema.fields = {
      field("file", TypeKind::kString),   field("version", TypeKind::kString),
      field("line", TypeKind::kLong),     field("column", TypeKind::kString),
      field("value", TypeKind::kString),  field("reason", TypeKind::kString),
      field("record", TypeKind::kString), field("rejected_at", TypeKind::kTimestamptz)};
  return iceberg::AssignFreshIds(schema);
}

iceberg::TableName RejectsTableBeside(iceberg::TableName table) {
  table.name += kRejectsEnding;
  return table;
}

bool IsRejectsTable(const iceberg::TableName& table) {
  return table.name.size() > kRejectsEnding.size() && table.name.ends_with(kRejectsEnding);
}

routes::Route RejectsRoute(iceberg::TableName table, std::string_view column, const FileRef& file) {
  routes::Route route;
  route.partition_key = kRejectsKey;
  route.target_table = std::move(table);
  route.query_sql = fmt::format(
      "SELECT '{{s3_input_path}}' AS file, {version} AS version, CAST(NULL AS BIGINT) AS line, "
      "{name} AS \"column\", CAST({row}.{column} AS VARCHAR) AS value, {reason} AS reason, "
      "CAST(to_json({row}) AS VARCHAR) AS record, now() AS rejected_at "
      "FROM '{{s3_input_path}}' AS {row}",
      fmt::arg("version", Quoted(file.Version(), '\'')), fmt::arg("name", Quoted(column, '\'')),
      fmt::arg("reason", Quoted(fmt::format("no route for this value of column {}", column), '\'')),
      fmt::arg("row", kRow), fmt::arg("column", QuotedColumn(column)));
  route.create_table = true;
  route.description = "rows whose value has no route";
  return route;
}

routes::Route BadRowsRoute(const routes::Route& route) {
  routes::Route rejects;
  rejects.partition_key = kRejectsKey;
  rejects.target_table = RejectsTableBeside(route.target_table);
  rejects.create_table = true;
  rejects.commit_lag = route.commit_lag;
  rejects.description = "rows that do not read or do not fit";
  return rejects;
}

}  // namespace eider::routing
