// References to tables become readers of their data files.
#include "eider/engine/input_tables.h"

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/parser/expression/list.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/parser/tableref/list.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/declared_tables.h"
#include "eider/engine/default_value.h"
#include "eider/engine/type_mapping.h"

namespace eider::engine {
namespace {

using duckdb::LogicalType;
using duckdb::Value;
using ExpressionPtr = duckdb::unique_ptr<duckdb::ParsedExpression>;
using TablePtr = duckdb::unique_ptr<duckdb::TableRef>;

ExpressionPtr Constant(Value value) {
  return duckdb::make_uniq<duckdb::ConstantExpression>(std::move(value));
}

// What a data file without the column has. One that cannot be said is told by the binder.
Value DefaultOf(const iceberg::Field& field) {
  const auto text = DefaultText(field.initial_default, field.type);
  return text && *text ? Value(**text) : Value(LogicalType::VARCHAR);
}

// The `schema` option of read_parquet: MAP {id: {name, type, default_value}}.
Value SchemaMap(const iceberg::Schema& schema) {
  duckdb::vector<Value> ids;
  duckdb::vector<Value> columns;
  for (const iceberg::Field& field : schema.fields) {
    duckdb::child_list_t<Value> column;
    column.emplace_back("name", Value(field.name));
    column.emplace_back("type", Value(WriteTypeOf(field.type).ToString()));
    column.emplace_back("default_value", DefaultOf(field));
    ids.push_back(Value::INTEGER(field.id));
    columns.push_back(Value::STRUCT(std::move(column)));
  }
  const LogicalType column_type = columns.front().type();
  return Value::MAP(LogicalType::INTEGER, column_type, std::move(ids), std::move(columns));
}

// SELECT CAST(NULL AS type) AS name, … WHERE false
TablePtr NoRows(const iceberg::Schema& schema) {
  auto select = duckdb::make_uniq<duckdb::SelectNode>();
  for (const iceberg::Field& field : schema.fields) {
    auto column =
        duckdb::make_uniq<duckdb::CastExpression>(WriteTypeOf(field.type), Constant(Value()));
    column->SetAlias(field.name);
    select->select_list.push_back(std::move(column));
  }
  select->from_table = duckdb::make_uniq<duckdb::EmptyTableRef>();
  select->where_clause = Constant(Value::BOOLEAN(false));
  auto statement = duckdb::make_uniq<duckdb::SelectStatement>();
  statement->node = std::move(select);
  return duckdb::make_uniq<duckdb::SubqueryRef>(std::move(statement));
}

TablePtr RowsOf(const InputTable& table) {
  if (table.files.empty()) return NoRows(table.schema);
  std::vector<std::string> uris;
  for (const iceberg::DataFile& file : table.files) uris.push_back(file.file_path);
  auto reader = duckdb::make_uniq<duckdb::TableFunctionRef>();
  reader->function = ReadDataFiles(uris, table.schema);
  return reader;
}

}  // namespace

ExpressionPtr ReadDataFiles(const std::vector<std::string>& uris, const iceberg::Schema& schema) {
  duckdb::vector<Value> paths(uris.begin(), uris.end());
  duckdb::vector<ExpressionPtr> arguments;
  arguments.push_back(Constant(Value::LIST(LogicalType::VARCHAR, std::move(paths))));
  arguments.push_back(duckdb::make_uniq<duckdb::ComparisonExpression>(
      duckdb::ExpressionType::COMPARE_EQUAL,
      duckdb::make_uniq<duckdb::ColumnRefExpression>("schema"), Constant(SchemaMap(schema))));
  return duckdb::make_uniq<duckdb::FunctionExpression>("read_parquet", std::move(arguments));
}

bool NamesTable(const duckdb::BaseTableRef& reference) {
  return !reference.schema_name.empty();
}

std::string TableNameIn(const duckdb::BaseTableRef& reference) {
  std::string name;
  for (const std::string& level : {reference.catalog_name, reference.schema_name}) {
    if (!level.empty()) name += level + ".";
  }
  return name + reference.table_name;
}

Result<TablePtr> RowsOfTable(const duckdb::BaseTableRef& reference,
                             std::span<const InputTable> tables) {
  const std::string name = TableNameIn(reference);
  std::vector<std::string> declared;
  for (const InputTable& table : tables) declared.push_back(table.name.ToString());
  EIDER_ASSIGN(const std::size_t index, FindDeclared(name, declared));
  const InputTable& table = tables[index];
  if (table.schema.fields.empty()) {
    return Fail(Code::kUnsupported,
                fmt::format("route SQL reads table {}, which has no columns", name));
  }
  for (const iceberg::Field& field : table.schema.fields) {
    if (CanRead(field.type)) continue;
    return Fail(Code::kUnsupported,
                fmt::format("route SQL reads table {}, whose column {} is of type {}, which Eider "
                            "does not read",
                            name, field.name, iceberg::ToString(field.type)));
  }
  TablePtr rows = RowsOf(table);
  rows->alias = reference.alias.empty() ? reference.table_name : reference.alias;
  rows->column_name_alias = reference.column_name_alias;
  rows->sample = reference.sample ? reference.sample->Copy() : nullptr;
  rows->query_location = reference.query_location;
  return rows;
}

}  // namespace eider::engine
