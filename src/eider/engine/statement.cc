// Parsing of route SQL and the walk over its tree.
#include "eider/engine/statement.h"

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/enum_util.hpp>
#include <duckdb/common/string_util.hpp>
#include <duckdb/parser/expression/list.hpp>
#include <duckdb/parser/parsed_expression_iterator.hpp>
#include <duckdb/parser/parser.hpp>
#include <duckdb/parser/query_node/list.hpp>
#include <duckdb/parser/tableref/list.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/input_tables.h"
#include "eider/engine/sql_engine.h"

namespace eider::engine {
namespace {

// What a route may call in FROM. Whatever reads a file is checked again by the file system; left
// out is what runs other SQL, touches settings and logs, or takes raw pointers.
constexpr auto kTableFunctions = std::to_array<std::string_view>({
    "generate_series",
    "histogram",
    "histogram_values",
    "json_each",
    "json_tree",
    "parquet_bloom_probe",
    "parquet_file_metadata",
    "parquet_full_metadata",
    "parquet_kv_metadata",
    "parquet_metadata",
    "parquet_scan",
    "parquet_schema",
    "range",
    "read_blob",
    "read_csv",
    "read_csv_auto",
    "read_json",
    "read_json_auto",
    "read_json_objects",
    "read_json_objects_auto",
    "read_ndjson",
    "read_ndjson_auto",
    "read_ndjson_objects",
    "read_parquet",
    "read_text",
    "repeat",
    "repeat_row",
    "sniff_csv",
    "test_all_types",
    "unnest",
});

constexpr auto kRefusedFunctions = std::to_array<std::string_view>({
    "current_setting",
    "getenv",
    "parse_duckdb_log_message",
    "sleep_ms",
    "write_log",
});

bool IsAmong(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::size_t ReplaceMarkers(std::string& text, const std::string& input) {
  std::size_t count = 0;
  std::size_t at = text.find(kInputMarker);
  while (at != std::string::npos) {
    text.replace(at, kInputMarker.size(), input);
    ++count;
    at = text.find(kInputMarker, at + input.size());
  }
  return count;
}

// Visits every expression and table reference of a parsed query: binds the marker on the way and
// notes the first thing that a route may not use.
class TreeWalk {
 public:
  explicit TreeWalk(const std::string& input) : input_(input) {}

  void Query(duckdb::QueryNode& node) {
    for (auto& [name, cte] : node.cte_map.map) {
      Expressions(cte->key_targets);
      if (cte->query) Query(*cte->query->node);
    }
    duckdb::ParsedExpressionIterator::EnumerateQueryNodeModifiers(
        node, [this](duckdb::unique_ptr<duckdb::ParsedExpression>& child) { Expression(child); });
    switch (node.type) {
      case duckdb::QueryNodeType::SELECT_NODE:
        return Select(node.Cast<duckdb::SelectNode>());
      case duckdb::QueryNodeType::SET_OPERATION_NODE:
        for (auto& child : node.Cast<duckdb::SetOperationNode>().children) Query(*child);
        return;
      case duckdb::QueryNodeType::RECURSIVE_CTE_NODE: {
        auto& recursive = node.Cast<duckdb::RecursiveCTENode>();
        Expressions(recursive.key_targets);
        Query(*recursive.left);
        Query(*recursive.right);
        return;
      }
      default:
        Refuse("only SELECT may stand in WITH");
    }
  }

  std::size_t bound() const { return bound_; }

  const std::optional<std::string>& refusal() const { return refusal_; }

  const std::vector<duckdb::unique_ptr<duckdb::TableRef>*>& tables() const { return tables_; }

 private:
  void Refuse(std::string reason) {
    if (!refusal_) refusal_ = std::move(reason);
  }

  void Select(duckdb::SelectNode& select) {
    Expressions(select.select_list);
    Expressions(select.groups.group_expressions);
    Expression(select.where_clause);
    Expression(select.having);
    Expression(select.qualify);
    Table(select.from_table);
  }

  void Expressions(duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>>& expressions) {
    for (auto& expression : expressions) Expression(expression);
  }

  void Expression(duckdb::unique_ptr<duckdb::ParsedExpression>& expression) {
    if (!expression) return;
    switch (expression->GetExpressionClass()) {
      case duckdb::ExpressionClass::CONSTANT:
        return Constant(expression->Cast<duckdb::ConstantExpression>().value);
      case duckdb::ExpressionClass::PARAMETER:
        return Refuse("parameters such as ? and $1 have no value here");
      case duckdb::ExpressionClass::FUNCTION:
        Function(expression->Cast<duckdb::FunctionExpression>());
        break;
      case duckdb::ExpressionClass::SUBQUERY:
        Query(*expression->Cast<duckdb::SubqueryExpression>().subquery->node);
        break;
      default:
        break;
    }
    duckdb::ParsedExpressionIterator::EnumerateChildren(
        *expression,
        [this](duckdb::unique_ptr<duckdb::ParsedExpression>& child) { Expression(child); });
  }

  void Constant(duckdb::Value& value) {
    if (value.IsNull() || value.type().id() != duckdb::LogicalTypeId::VARCHAR) return;
    std::string text = value.GetValue<std::string>();
    const std::size_t count = ReplaceMarkers(text, input_);
    if (count == 0) return;
    bound_ += count;
    value = duckdb::Value(std::move(text));
  }

  void Function(const duckdb::FunctionExpression& function) {
    const std::string name = duckdb::StringUtil::Lower(function.function_name);
    if (IsAmong(kRefusedFunctions, name)) {
      Refuse(fmt::format("the function {} is not for routes", name));
    }
  }

  void Table(duckdb::unique_ptr<duckdb::TableRef>& table) {
    if (!table) return;
    switch (table->type) {
      case duckdb::TableReferenceType::BASE_TABLE:
        return BaseTable(table);
      case duckdb::TableReferenceType::SUBQUERY:
        return Query(*table->Cast<duckdb::SubqueryRef>().subquery->node);
      case duckdb::TableReferenceType::JOIN: {
        auto& join = table->Cast<duckdb::JoinRef>();
        Table(join.left);
        Table(join.right);
        return Expression(join.condition);
      }
      case duckdb::TableReferenceType::TABLE_FUNCTION:
        return TableFunction(table->Cast<duckdb::TableFunctionRef>());
      case duckdb::TableReferenceType::EXPRESSION_LIST:
        for (auto& row : table->Cast<duckdb::ExpressionListRef>().values) Expressions(row);
        return;
      case duckdb::TableReferenceType::PIVOT:
        return Pivot(table->Cast<duckdb::PivotRef>());
      case duckdb::TableReferenceType::EMPTY_FROM:
        return;
      case duckdb::TableReferenceType::SHOW_REF:
        return Refuse("DESCRIBE, SHOW and SUMMARIZE are not SELECT");
      default:
        return Refuse("an unknown kind of table reference: " + table->ToString());
    }
  }

  void BaseTable(duckdb::unique_ptr<duckdb::TableRef>& place) {
    auto& table = place->Cast<duckdb::BaseTableRef>();
    if (table.at_clause) Refuse("AT is not for routes: tables are read as they are");
    if (NamesTable(table)) {
      tables_.push_back(&place);
    } else {
      bound_ += ReplaceMarkers(table.table_name, input_);
    }
  }

  void TableFunction(duckdb::TableFunctionRef& table) {
    if (table.subquery) Query(*table.subquery->node);
    if (table.function->GetExpressionClass() == duckdb::ExpressionClass::FUNCTION) {
      const auto& function = table.function->Cast<duckdb::FunctionExpression>();
      const std::string name = duckdb::StringUtil::Lower(function.function_name);
      if (!IsAmong(kTableFunctions, name)) {
        Refuse(fmt::format("the table function {} is not for routes", name));
      }
    }
    Expression(table.function);
  }

  void Pivot(duckdb::PivotRef& pivot) {
    Table(pivot.source);
    Expressions(pivot.aggregates);
    for (duckdb::PivotColumn& column : pivot.pivots) {
      Expressions(column.pivot_expressions);
      if (column.subquery) Query(*column.subquery);
      for (duckdb::PivotColumnEntry& entry : column.entries) {
        Expression(entry.expr);
        for (duckdb::Value& value : entry.values) Constant(value);
      }
    }
  }

  const std::string& input_;
  std::size_t bound_ = 0;
  std::optional<std::string> refusal_;
  std::vector<duckdb::unique_ptr<duckdb::TableRef>*> tables_;
};

std::unexpected<Error> Refusal(const std::string& reason) {
  return Fail(Code::kInvalid, "route SQL is not one SELECT that a route may run: " + reason);
}

std::string KindOf(const duckdb::SQLStatement& statement) {
  if (statement.type == duckdb::StatementType::MULTI_STATEMENT) {
    return "a statement that stands for several (PIVOT needs its values: ON x IN (…))";
  }
  std::string name = duckdb::EnumUtil::ToString(statement.type);
  if (const std::size_t end = name.find("_STATEMENT"); end != std::string::npos) name.resize(end);
  return name;
}

Result<duckdb::unique_ptr<duckdb::SelectStatement>> ParseSelect(const std::string& sql) {
  duckdb::Parser parser;
  try {
    parser.ParseQuery(sql);
  } catch (const std::exception& error) {
    const duckdb::ErrorData data(error);
    return Fail(Code::kInvalid, "route SQL does not parse: " + data.RawMessage());
  }
  if (parser.statements.size() != 1) {
    return Refusal(fmt::format("found {} statements", parser.statements.size()));
  }
  auto& statement = parser.statements.front();
  if (statement->type != duckdb::StatementType::SELECT_STATEMENT) {
    return Refusal("found " + KindOf(*statement));
  }
  return duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(
      std::move(statement));
}

}  // namespace

Result<BoundSql> BindInput(const std::string& sql, const std::string& input) {
  BoundSql bound;
  EIDER_ASSIGN(bound.select, ParseSelect(sql));
  try {
    TreeWalk walk(input);
    walk.Query(*bound.select->node);
    if (walk.refusal()) return Refusal(*walk.refusal());
    const bool left_over = input.find(kInputMarker) == std::string::npos &&
                           bound.select->ToString().find(kInputMarker) != std::string::npos;
    if (left_over) {
      return Fail(Code::kInvalid,
                  fmt::format("route SQL has the marker {} outside of a string", kInputMarker));
    }
    if (walk.bound() == 0) {
      return Fail(Code::kInvalid,
                  fmt::format("route SQL does not name its input: the marker {} must stand in it, "
                              "as in read_parquet('{}')",
                              kInputMarker, kInputMarker));
    }
    bound.tables = walk.tables();
  } catch (const std::exception& error) {
    const duckdb::ErrorData data(error);
    return Fail(Code::kInvalid, "route SQL cannot be read: " + data.RawMessage());
  }
  return bound;
}

Status BindTables(BoundSql& sql, std::span<const InputTable> tables) {
  for (auto* place : sql.tables) {
    EIDER_ASSIGN(*place, RowsOfTable((*place)->Cast<duckdb::BaseTableRef>(), tables));
  }
  return {};
}

Result<std::vector<std::string>> TablesNamed(const std::string& sql) {
  EIDER_ASSIGN(const BoundSql bound, BindInput(sql, "s3://bucket/key"));
  std::set<std::string> names;
  for (const auto* place : bound.tables) {
    names.insert(TableNameIn((*place)->Cast<duckdb::BaseTableRef>()));
  }
  return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace eider::engine
