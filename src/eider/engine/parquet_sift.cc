// The conditions are the conversions that write the table, asked beforehand: they cannot disagree.
#include "eider/engine/parquet_sift.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/engine/name_match.h"
#include "eider/engine/projection.h"
#include "eider/engine/sql_literal.h"
#include "eider/engine/text_function.h"
#include "eider/engine/type_mapping.h"
#include "eider/records/value_type.h"

namespace eider::engine {
namespace {

bool IsNumber(const iceberg::Type& type) {
  switch (type.kind) {
    case iceberg::TypeKind::kInt:
    case iceberg::TypeKind::kLong:
    case iceberg::TypeKind::kFloat:
    case iceberg::TypeKind::kDouble:
    case iceberg::TypeKind::kDecimal:
      return true;
    default:
      return false;
  }
}

// Texts that may be such values, and numbers that other numbers may be.
bool MayFit(const duckdb::LogicalType& from, const iceberg::Type& to) {
  if (!to.IsPrimitive() || ConversionOf(from, to) != Conversion::kNone) return false;
  return from.id() == duckdb::LogicalTypeId::VARCHAR || (from.IsNumeric() && IsNumber(to));
}

std::string Quoted(const std::string& name) {
  std::string quoted = "f.\"";
  for (const char letter : name) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + "\"";
}

// The reader call of the route, which counts its rows too.
std::string CallSql(const InputRead& read, const std::string& file) {
  std::string sql = "read_parquet(" + SqlLiteral(file) + ", file_row_number = true";
  for (const auto& [name, value] : read.get().named_parameters) {
    if (name != "file_row_number") sql += fmt::format(", {} = {}", name, value.ToSQLString());
  }
  return sql + ")";
}

}  // namespace

std::string ValueCheck::IsBad(const std::string& value) const {
  const auto converted = TriedConversion(value, from, to);
  if (!converted) return "false";
  return fmt::format("({} IS NULL{})", *converted,
                     to.required ? "" : fmt::format(" AND {} IS NOT NULL", value));
}

std::string ValueCheck::Reason(bool has_value) const {
  if (!has_value) return "has no value, which the table requires";
  return from.hint && TypeOf(*from.hint) != to.type ? "is not " + records::ToText(*from.hint)
                                                    : "does not fit " + iceberg::ToString(to.type);
}

std::vector<ValueCheck> ChecksOf(const InputRead& read, QueryPlan& plan,
                                 const iceberg::Schema& table) {
  std::vector<std::string> names;
  for (const ResultColumn& column : plan.columns()) names.push_back(column.name);
  const NameMatch match = MatchNames(names, table.fields);
  const ColumnUse use(*plan.root());
  const std::vector<ResultColumn> of_file = read.Columns();
  std::vector<ValueCheck> checks;
  for (std::size_t i = 0; i < table.fields.size(); ++i) {
    const auto column = match.source_of_field[i];
    const auto source = column ? use.SourceOf(*column) : std::nullopt;
    if (!source || source->get != &read.get() || source->column >= of_file.size()) continue;
    const iceberg::Field& field = table.fields[i];
    const ResultColumn& from = plan.columns()[*column];
    if (!from.hint && MayFit(from.type, field.type)) {
      if (auto form = FormOf(field.type)) plan.SetHint(*column, *std::move(form));
    }
    if (!TriedConversion("v", from, field)) continue;
    checks.push_back({source->column, of_file[source->column].name, from, field});
  }
  return checks;
}

std::string BadRowsSql(const InputRead& read, const std::vector<ValueCheck>& checks,
                       const std::string& file) {
  std::vector<std::string> bad;
  std::string which = "CASE";
  std::string value = "CASE";
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const std::string column = Quoted(checks[i].name);
    bad.push_back(checks[i].IsBad(column));
    which += fmt::format(" WHEN {} THEN {}", bad.back(), i);
    value += fmt::format(" WHEN {} THEN CAST({} AS VARCHAR)", bad.back(), column);
  }
  std::vector<std::string> row;
  for (const ResultColumn& column : read.Columns()) {
    row.push_back(SqlLiteral(column.name) + ", " + Quoted(column.name));
  }
  return fmt::format(
      "SELECT CAST(f.file_row_number + 1 AS UBIGINT), CAST({} END AS UBIGINT), {} END, "
      "CAST(json_object({}) AS VARCHAR) FROM {} AS f WHERE {} ORDER BY 1",
      which, value, fmt::join(row, ", "), CallSql(read, file), fmt::join(bad, " OR "));
}

Status KeepGoodRows(duckdb::ClientContext& context, const InputRead& read,
                    const std::vector<ValueCheck>& checks, const QueryErrors& errors) {
  std::vector<std::size_t> columns;
  for (const ValueCheck& check : checks) columns.push_back(check.column);
  const auto condition = [&](const std::vector<std::string>& values) {
    std::vector<std::string> bad;
    for (std::size_t i = 0; i < checks.size(); ++i) bad.push_back(checks[i].IsBad(values[i]));
    return fmt::format("NOT ({})", fmt::join(bad, " OR "));
  };
  return FilterRead(context, read, columns, condition, errors);
}

}  // namespace eider::engine
