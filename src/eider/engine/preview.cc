// Reading data files by field id.
//
// The query is a tree, as everywhere in this room: paths and names come from outside.
#include "eider/engine/preview.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/common/error_data.hpp>
#include <duckdb/parser/expression/columnref_expression.hpp>
#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/parser/expression/operator_expression.hpp>
#include <duckdb/parser/expression/star_expression.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/result_modifier.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/parser/tableref/table_function_ref.hpp>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/engine/input_tables.h"

namespace eider::engine {
namespace {

using duckdb::Value;

// column IN (values)
duckdb::unique_ptr<duckdb::ParsedExpression> Is(const RowFilter& only) {
  auto is_one_of = duckdb::make_uniq<duckdb::OperatorExpression>(
      duckdb::ExpressionType::COMPARE_IN,
      duckdb::make_uniq<duckdb::ColumnRefExpression>(only.column));
  for (const auto& value : only.values) {
    is_one_of->children.push_back(
        duckdb::make_uniq<duckdb::ConstantExpression>(Value(value.value_or(""))));
  }
  return is_one_of;
}

duckdb::unique_ptr<duckdb::SelectStatement> SelectHead(const std::vector<std::string>& uris,
                                                       const iceberg::Schema& schema, int rows_max,
                                                       const std::optional<RowFilter>& only) {
  auto table = duckdb::make_uniq<duckdb::TableFunctionRef>();
  table->function = ReadDataFiles(uris, schema);

  auto limit = duckdb::make_uniq<duckdb::LimitModifier>();
  limit->limit = duckdb::make_uniq<duckdb::ConstantExpression>(Value::BIGINT(rows_max));

  auto select = duckdb::make_uniq<duckdb::SelectNode>();
  select->select_list.push_back(duckdb::make_uniq<duckdb::StarExpression>());
  select->from_table = std::move(table);
  if (only) select->where_clause = Is(*only);
  select->modifiers.push_back(std::move(limit));
  auto statement = duckdb::make_uniq<duckdb::SelectStatement>();
  statement->node = std::move(select);
  return statement;
}

}  // namespace

Result<Preview> ReadPreview(QuerySession& session, const std::vector<iceberg::DataFile>& files,
                            const iceberg::Schema& schema, int rows_max,
                            const std::optional<RowFilter>& only) {
  std::vector<std::string> uris;
  for (const iceberg::DataFile& file : files) {
    EIDER_ASSIGN(const Uri uri, Uri::Parse(file.file_path));
    FileRef data_file;
    data_file.uri = uri;
    session.grants().AllowRead(data_file);
    uris.push_back(uri.ToString());
  }
  std::vector<std::string> names;
  for (const iceberg::Field& field : schema.fields) names.push_back(field.name);
  if (uris.empty() || names.empty()) return Preview{std::move(names), {}};
  return PreviewOf(std::move(names), SelectHead(uris, schema, std::max(rows_max, 0), only),
                   session);
}

Result<Preview> PreviewOf(std::vector<std::string> names,
                          duckdb::unique_ptr<duckdb::SQLStatement> statement,
                          QuerySession& session) {
  EIDER_ASSIGN(auto result, session.Execute(std::move(statement)));
  Preview preview{std::move(names), {}};
  try {
    for (duckdb::idx_t row = 0; row < result->RowCount(); ++row) {
      std::vector<std::string>& texts = preview.rows.emplace_back();
      for (std::size_t column = 0; column < preview.columns.size(); ++column) {
        texts.push_back(result->GetValue(column, row).ToString());
      }
    }
  } catch (const std::exception& error) {
    return std::unexpected(session.errors().From(error));
  }
  return preview;
}

}  // namespace eider::engine
