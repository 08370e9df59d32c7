// Looks for all that is known to stream; what is anything else keeps rows.
#include "eider/engine/kept_rows.h"

#include <algorithm>
#include <exception>
#include <string>

#include <duckdb/parser/expression/list.hpp>
#include <duckdb/parser/parsed_expression_iterator.hpp>
#include <duckdb/parser/parser.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/result_modifier.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/parser/tableref/subqueryref.hpp>

namespace eider::engine {
namespace {

using duckdb::ExpressionClass;
using duckdb::ParsedExpression;

bool Streams(const duckdb::QueryNode& node);

bool Streams(const ParsedExpression& expression) {
  const ExpressionClass kind = expression.GetExpressionClass();
  if (kind == ExpressionClass::WINDOW || kind == ExpressionClass::SUBQUERY) return false;
  bool all = true;
  duckdb::ParsedExpressionIterator::EnumerateChildren(
      expression, [&](const ParsedExpression& child) { all = all && Streams(child); });
  return all;
}

bool Streams(const duckdb::TableRef& from) {
  switch (from.type) {
    case duckdb::TableReferenceType::BASE_TABLE:
    case duckdb::TableReferenceType::TABLE_FUNCTION:
    case duckdb::TableReferenceType::EMPTY_FROM:
    case duckdb::TableReferenceType::EXPRESSION_LIST:
      return true;
    case duckdb::TableReferenceType::SUBQUERY:
      return Streams(*from.Cast<duckdb::SubqueryRef>().subquery->node);
    default:
      return false;
  }
}

bool Streams(const duckdb::QueryNode& node) {
  if (node.type != duckdb::QueryNodeType::SELECT_NODE) return false;
  const bool is_limited_at_most = std::ranges::all_of(node.modifiers, [](const auto& modifier) {
    return modifier->type == duckdb::ResultModifierType::LIMIT_MODIFIER;
  });
  if (!is_limited_at_most) return false;
  for (const auto& [name, query] : node.cte_map.map) {
    if (!Streams(*query->query->node)) return false;
  }
  const auto& select = node.Cast<duckdb::SelectNode>();
  const bool groups = !select.groups.group_expressions.empty() ||
                      select.aggregate_handling == duckdb::AggregateHandling::FORCE_AGGREGATES;
  if (groups || select.qualify || select.sample) return false;
  if (select.where_clause && !Streams(*select.where_clause)) return false;
  const bool columns_stream =
      std::ranges::all_of(select.select_list, [](const auto& column) { return Streams(*column); });
  return columns_stream && (!select.from_table || Streams(*select.from_table));
}

}  // namespace

bool KeepsRows(const std::string& sql) {
  try {
    duckdb::Parser parser;
    parser.ParseQuery(sql);
    if (parser.statements.size() != 1) return true;
    const auto& statement = *parser.statements.front();
    if (statement.type != duckdb::StatementType::SELECT_STATEMENT) return true;
    return !Streams(*statement.Cast<duckdb::SelectStatement>().node);
  } catch (const std::exception&) {
    return true;
  }
}

}  // namespace eider::engine
