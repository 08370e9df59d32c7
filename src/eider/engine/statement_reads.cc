// What the reads of a statement read, put into its tree.
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/parser/expression/list.hpp>
#include <duckdb/parser/tableref/list.hpp>

#include "eider/engine/statement.h"

namespace eider::engine {

std::size_t ReplaceMarkers(std::string& text, std::string_view input) {
  std::size_t count = 0;
  std::size_t at = text.find(kInputMarker);
  while (at != std::string::npos) {
    text.replace(at, kInputMarker.size(), input);
    ++count;
    at = text.find(kInputMarker, at + input.size());
  }
  return count;
}

void ReadAlone(duckdb::TableRef& read, const std::string& path) {
  if (read.type == duckdb::TableReferenceType::BASE_TABLE) {
    read.Cast<duckdb::BaseTableRef>().table_name = path;
    return;
  }
  auto& call = read.Cast<duckdb::TableFunctionRef>();
  call.function->Cast<duckdb::FunctionExpression>().children.front() =
      duckdb::make_uniq<duckdb::ConstantExpression>(duckdb::Value(path));
}

void ReadAll(BoundSql& sql, const std::vector<std::string>& paths) {
  duckdb::vector<duckdb::Value> list(paths.begin(), paths.end());
  auto& call = (*sql.reads.front())->Cast<duckdb::TableFunctionRef>();
  call.function->Cast<duckdb::FunctionExpression>().children.front() =
      duckdb::make_uniq<duckdb::ConstantExpression>(
          duckdb::Value::LIST(duckdb::LogicalType::VARCHAR, std::move(list)));
}

}  // namespace eider::engine
