#include "eider/engine/then_sql.h"

#include <string>
#include <utility>

#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/expression/star_expression.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/parser/tableref/table_function_ref.hpp>

#include "eider/base/result.h"
#include "eider/engine/arrow_scan.h"
#include "eider/engine/query.h"
#include "eider/engine/statement.h"
#include "eider/engine/transformed_rows.h"

namespace eider::engine {

Result<duckdb::unique_ptr<duckdb::SelectStatement>> TransformedSelect(const Query& query) {
  auto rows = duckdb::make_uniq<duckdb::TableFunctionRef>();
  rows->function = duckdb::make_uniq<duckdb::FunctionExpression>(
      kArrowRows, duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>>());
  auto node = duckdb::make_uniq<duckdb::SelectNode>();
  node->select_list.push_back(duckdb::make_uniq<duckdb::StarExpression>());
  node->from_table = std::move(rows);
  auto select = duckdb::make_uniq<duckdb::SelectStatement>();
  select->node = std::move(node);
  if (query.transform->then_sql.empty()) return select;
  return BindOneTable(query.transform->then_sql, kTransformedTable, std::move(select));
}

Status CheckThenSql(const std::string& sql) {
  Query query;
  query.transform.emplace().then_sql = sql;
  EIDER_CHECK(TransformedSelect(query));
  return {};
}

}  // namespace eider::engine
