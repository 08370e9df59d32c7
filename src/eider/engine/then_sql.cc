#include "eider/engine/then_sql.h"

#include <string>
#include <utility>

#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/expression/star_expression.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/parser/tableref/table_function_ref.hpp>

#include "eider/base/result.h"
#include "eider/engine/query.h"
#include "eider/engine/transformed_rows.h"

namespace eider::engine {

Status CheckThenSql(const std::string& sql) {
  Query query;
  query.transform.emplace().then_sql = sql;
  EIDER_CHECK(TransformedSelect(query));
  return {};
}

}  // namespace eider::engine
