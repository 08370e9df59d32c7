// Warnings about SQL that runs, and may not do what its author thinks.
//
// Only the parsed tree is looked at: nothing is read, and no catalog asked.
#include <algorithm>
#include <array>
#include <exception>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/string_util.hpp>
#include <duckdb/parser/expression/list.hpp>
#include <duckdb/parser/parsed_expression_iterator.hpp>
#include <duckdb/parser/parser.hpp>
#include <duckdb/parser/query_node/list.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/parser/tableref/list.hpp>
#include <fmt/format.h>

#include "eider/engine/reader_call.h"
#include "eider/engine/sql_engine.h"

namespace eider::engine {
namespace {

using duckdb::ParsedExpression;
using duckdb::QueryNode;
using duckdb::TableRef;
using ExpressionPtr = duckdb::unique_ptr<ParsedExpression>;

// What gives other values when the same file is loaded again. Without those that are never for
// routes, and those that only name what stays the same here, such as current_schema.
constexpr auto kNonDeterministic = std::to_array<std::string_view>({
    "ago",
    "current_connection_id",
    "current_date",
    "current_localtime",
    "current_localtimestamp",
    "current_query_id",
    "current_transaction_id",
    "gen_random_uuid",
    "get_current_time",
    "get_current_timestamp",
    "now",
    "random",
    "setseed",
    "today",
    "transaction_timestamp",
    "txid_current",
    "uuid",
    "uuidv4",
    "uuidv7",
});

// The same as words without parentheses, which are columns where there are such.
constexpr auto kClockWords = std::to_array<std::string_view>(
    {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"});

// Aggregates that a subquery of one row is usually made of.
constexpr auto kAggregates = std::to_array<std::string_view>({
    "any_value",
    "arg_max",
    "arg_min",
    "avg",
    "bool_and",
    "bool_or",
    "count",
    "count_star",
    "first",
    "last",
    "list",
    "max",
    "median",
    "min",
    "mode",
    "string_agg",
    "sum",
});

// Options by which a reader leaves lines or ends of them out, or fills them up, without an error.
constexpr auto kLooseOptions =
    std::to_array<std::string_view>({"comment", "ignore_errors", "null_padding", "store_rejects"});

bool IsAmong(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::string LowerName(const duckdb::FunctionExpression& function) {
  return duckdb::StringUtil::Lower(function.function_name);
}

// Calls `visit` for the expression and all that is in it, not for what is in its subqueries.
template <typename Visit>
void ForEach(const ParsedExpression& expression, const Visit& visit) {
  visit(expression);
  duckdb::ParsedExpressionIterator::EnumerateChildren(
      expression, [&](const ParsedExpression& child) { ForEach(child, visit); });
}

bool HasColumn(const ParsedExpression& expression) {
  bool found = false;
  ForEach(expression, [&](const ParsedExpression& part) {
    found = found || part.GetExpressionClass() == duckdb::ExpressionClass::COLUMN_REF;
  });
  return found;
}

// Whether a condition compares something of one row with something of another.
bool Relates(const ParsedExpression& condition) {
  bool found = false;
  ForEach(condition, [&](const ParsedExpression& part) {
    switch (part.GetExpressionClass()) {
      case duckdb::ExpressionClass::COMPARISON: {
        const auto& comparison = part.Cast<duckdb::ComparisonExpression>();
        found = found || (HasColumn(*comparison.left) && HasColumn(*comparison.right));
        return;
      }
      case duckdb::ExpressionClass::BETWEEN: {
        const auto& between = part.Cast<duckdb::BetweenExpression>();
        found = found || (HasColumn(*between.input) &&
                          (HasColumn(*between.lower) || HasColumn(*between.upper)));
        return;
      }
      case duckdb::ExpressionClass::FUNCTION: {
        // Such as starts_with(a.x, b.y): two columns in one predicate.
        std::size_t columns = 0;
        for (const auto& child : part.Cast<duckdb::FunctionExpression>().children) {
          columns += HasColumn(*child) ? 1 : 0;
        }
        found = found || columns > 1;
        return;
      }
      default:
        return;
    }
  });
  return found;
}

class Linter {
 public:
  void Top(QueryNode& node) {
    if (HasOpenStar(node)) {
      Warn(
          "no-column-list",
          "SELECT * takes whatever columns a file has: one that is new or gone changes the result, "
          "and the load fails or makes another table; list the columns");
    }
    Node(node);
  }

  std::vector<LintWarning> Take() { return std::move(warnings_); }

 private:
  void Warn(std::string code, std::string message) {
    LintWarning warning{std::move(code), std::move(message)};
    if (std::ranges::find(warnings_, warning) == warnings_.end()) {
      warnings_.push_back(std::move(warning));
    }
  }

  void Node(QueryNode& node) {
    for (auto& [name, entry] : node.cte_map.map) {
      if (entry->query) Node(*entry->query->node);
    }
    Modifiers(node);
    switch (node.type) {
      case duckdb::QueryNodeType::SELECT_NODE:
        return Select(node.Cast<duckdb::SelectNode>());
      case duckdb::QueryNodeType::SET_OPERATION_NODE:
        for (auto& child : node.Cast<duckdb::SetOperationNode>().children) Node(*child);
        return;
      case duckdb::QueryNodeType::RECURSIVE_CTE_NODE:
        Node(*node.Cast<duckdb::RecursiveCTENode>().left);
        Node(*node.Cast<duckdb::RecursiveCTENode>().right);
        return;
      default:
        return;
    }
  }

  void Modifiers(QueryNode& node) {
    bool has_order = false;
    bool has_limit = false;
    for (const auto& modifier : node.modifiers) {
      has_order = has_order || modifier->type == duckdb::ResultModifierType::ORDER_MODIFIER;
      has_limit = has_limit || modifier->type == duckdb::ResultModifierType::LIMIT_MODIFIER ||
                  modifier->type == duckdb::ResultModifierType::LIMIT_PERCENT_MODIFIER;
    }
    if (has_limit && !has_order) {
      Warn("limit-without-order",
           "LIMIT without ORDER BY takes any rows, and others when the file is loaded again; say "
           "which by ORDER BY");
    }
    duckdb::ParsedExpressionIterator::EnumerateQueryNodeModifiers(
        node, [this](ExpressionPtr& child) { Expression(*child); });
  }

  void Select(duckdb::SelectNode& select) {
    for (const auto& expression : select.select_list) Expression(*expression);
    for (const auto& expression : select.groups.group_expressions) Expression(*expression);
    for (const auto* condition : {&select.where_clause, &select.having, &select.qualify}) {
      if (*condition) Expression(**condition);
    }
    if (select.sample) Sample(*select.sample);
    const bool relates = select.where_clause && Relates(*select.where_clause);
    if (select.from_table) Table(*select.from_table, relates);
  }

  void Sample(const duckdb::SampleOptions& sample) {
    if (sample.repeatable) return;
    Warn("non-deterministic",
         "a sample without REPEATABLE has other rows when the file is loaded again");
  }

  void Expression(ParsedExpression& expression) {
    ForEach(expression, [this](const ParsedExpression& part) {
      switch (part.GetExpressionClass()) {
        case duckdb::ExpressionClass::FUNCTION:
          return Function(part.Cast<duckdb::FunctionExpression>());
        case duckdb::ExpressionClass::COLUMN_REF:
          return ClockWord(part.Cast<duckdb::ColumnRefExpression>());
        case duckdb::ExpressionClass::SUBQUERY: {
          const auto& subquery = part.Cast<duckdb::SubqueryExpression>();
          // Whether a row is there does not depend on which.
          const bool only_asks = subquery.subquery_type == duckdb::SubqueryType::EXISTS ||
                                 subquery.subquery_type == duckdb::SubqueryType::NOT_EXISTS;
          if (!only_asks) Node(*subquery.subquery->node);
          return;
        }
        default:
          return;
      }
    });
  }

  void Function(const duckdb::FunctionExpression& function) {
    const std::string name = LowerName(function);
    const bool is_age_of_today = name == "age" && function.children.size() == 1;
    if (IsAmong(kNonDeterministic, name) || is_age_of_today) WarnOfTime(name + "()");
    if (const auto kind = ReaderKindOf(name)) Reader(function, *kind);
  }

  // What docs/readers.md cannot decide by the bytes of a file, or is told not to.
  void Reader(const duckdb::FunctionExpression& call, ReaderKind kind) {
    bool has_names = false;
    for (const auto& argument : call.children) {
      const std::string option = duckdb::StringUtil::Lower(ArgumentName(*argument));
      const bool is_off = argument->ToString().find("'f'") != std::string::npos;
      has_names = has_names || option == "header" || option == "columns" || option == "names";
      const bool is_loose =
          IsAmong(kLooseOptions, option) ? !is_off : option == "strict_mode" && is_off;
      if (!is_loose) continue;
      Warn("rows-left-out",
           fmt::format("{} lets the reader leave out or change what it cannot read, without an "
                       "error; leave it out, and the file fails with its line",
                       option));
    }
    if (kind != ReaderKind::kCsv || has_names) return;
    Warn("header-left-open",
         "of a CSV whose cells are all text it cannot be told whether the first line has names or "
         "values; say header = true or header = false");
  }

  void ClockWord(const duckdb::ColumnRefExpression& column) {
    if (column.IsQualified()) return;
    const std::string name = duckdb::StringUtil::Lower(column.GetColumnName());
    if (IsAmong(kClockWords, name)) WarnOfTime(name);
  }

  void WarnOfTime(const std::string& what) {
    Warn("non-deterministic",
         fmt::format("{} gives other values when the file is loaded again, after a crash or a "
                     "replay; take them from the file or its name",
                     what));
  }

  void Table(TableRef& table, bool relates) {
    if (table.sample) Sample(*table.sample);
    switch (table.type) {
      case duckdb::TableReferenceType::SUBQUERY:
        return Node(*table.Cast<duckdb::SubqueryRef>().subquery->node);
      case duckdb::TableReferenceType::JOIN:
        return Join(table.Cast<duckdb::JoinRef>(), relates);
      case duckdb::TableReferenceType::TABLE_FUNCTION:
        return Expression(*table.Cast<duckdb::TableFunctionRef>().function);
      case duckdb::TableReferenceType::EXPRESSION_LIST:
        for (auto& row : table.Cast<duckdb::ExpressionListRef>().values) {
          for (auto& value : row) Expression(*value);
        }
        return;
      case duckdb::TableReferenceType::PIVOT:
        return Table(*table.Cast<duckdb::PivotRef>().source, relates);
      default:
        return;
    }
  }

  void Join(duckdb::JoinRef& join, bool relates) {
    if (join.condition) Expression(*join.condition);
    const bool is_cross = join.ref_type == duckdb::JoinRefType::CROSS;
    if (is_cross && !relates && !IsOfOneRow(*join.left) && !IsOfOneRow(*join.right)) {
      Warn("cross-join",
           "a cross join, or a comma in FROM without a condition in WHERE, makes a row of every "
           "pair "
           "of rows; say by ON or USING which belong together");
    }
    Table(*join.left, relates);
    Table(*join.right, relates);
  }

  // What a cross join does not multiply: one row, or the rows that a function makes of the other
  // side's row.
  static bool IsOfOneRow(TableRef& table) {
    switch (table.type) {
      case duckdb::TableReferenceType::EMPTY_FROM:
        return true;
      case duckdb::TableReferenceType::TABLE_FUNCTION:
        return HasColumn(*table.Cast<duckdb::TableFunctionRef>().function);
      case duckdb::TableReferenceType::EXPRESSION_LIST:
        return table.Cast<duckdb::ExpressionListRef>().values.size() == 1;
      case duckdb::TableReferenceType::SUBQUERY: {
        auto& node = *table.Cast<duckdb::SubqueryRef>().subquery->node;
        return node.type == duckdb::QueryNodeType::SELECT_NODE &&
               IsOfOneRow(node.Cast<duckdb::SelectNode>());
      }
      default:
        return false;
    }
  }

  static bool IsOfOneRow(const duckdb::SelectNode& select) {
    if (select.from_table && select.from_table->type == duckdb::TableReferenceType::EMPTY_FROM) {
      return true;
    }
    if (!select.groups.group_expressions.empty()) return false;
    return std::ranges::any_of(select.select_list, [](const auto& expression) {
      bool aggregates = false;
      ForEach(*expression, [&](const ParsedExpression& part) {
        aggregates = aggregates ||
                     (part.GetExpressionClass() == duckdb::ExpressionClass::FUNCTION &&
                      IsAmong(kAggregates, LowerName(part.Cast<duckdb::FunctionExpression>())));
      });
      return aggregates;
    });
  }

  // Whether the columns of the result are those of a file, whatever they are.
  bool HasOpenStar(QueryNode& node) {
    for (auto& [name, entry] : node.cte_map.map) {
      const bool is_open = entry->query && HasOpenStar(*entry->query->node);
      if (!is_open) closed_ctes_.insert(duckdb::StringUtil::Lower(name));
    }
    if (node.type == duckdb::QueryNodeType::SET_OPERATION_NODE) {
      auto& children = node.Cast<duckdb::SetOperationNode>().children;
      return std::ranges::any_of(children, [&](auto& child) { return HasOpenStar(*child); });
    }
    if (node.type != duckdb::QueryNodeType::SELECT_NODE) return false;
    auto& select = node.Cast<duckdb::SelectNode>();
    const bool has_star = std::ranges::any_of(select.select_list, [](const auto& expression) {
      return expression->GetExpressionClass() == duckdb::ExpressionClass::STAR;
    });
    return has_star && select.from_table && HasOpenColumns(*select.from_table);
  }

  bool HasOpenColumns(TableRef& table) {
    switch (table.type) {
      case duckdb::TableReferenceType::BASE_TABLE: {
        const auto& base = table.Cast<duckdb::BaseTableRef>();
        return base.schema_name.empty() &&
               !closed_ctes_.contains(duckdb::StringUtil::Lower(base.table_name));
      }
      case duckdb::TableReferenceType::TABLE_FUNCTION: {
        const auto& function = *table.Cast<duckdb::TableFunctionRef>().function;
        if (function.GetExpressionClass() != duckdb::ExpressionClass::FUNCTION) return false;
        const auto& reader = function.Cast<duckdb::FunctionExpression>();
        return ReaderKindOf(reader.function_name).has_value();
      }
      case duckdb::TableReferenceType::SUBQUERY:
        return HasOpenStar(*table.Cast<duckdb::SubqueryRef>().subquery->node);
      case duckdb::TableReferenceType::JOIN: {
        auto& join = table.Cast<duckdb::JoinRef>();
        return HasOpenColumns(*join.left) || HasOpenColumns(*join.right);
      }
      default:
        return false;
    }
  }

  std::vector<LintWarning> warnings_;
  std::set<std::string> closed_ctes_;
};

}  // namespace

std::vector<LintWarning> Lint(const std::string& sql) {
  Linter linter;
  try {
    duckdb::Parser parser;
    parser.ParseQuery(sql);
    for (auto& statement : parser.statements) {
      if (statement->type != duckdb::StatementType::SELECT_STATEMENT) continue;
      linter.Top(*statement->Cast<duckdb::SelectStatement>().node);
    }
  } catch (const std::exception&) {
    // Left to SqlEngine::Check, which says what is wrong with it.
  }
  return linter.Take();
}

}  // namespace eider::engine
