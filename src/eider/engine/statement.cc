#include "eider/engine/statement.h"

#include <algorithm>
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
#include "eider/codec/shortened_text.h"
#include "eider/codec/utf8.h"
#include "eider/engine/input_tables.h"
#include "eider/engine/reader_call.h"
#include "eider/engine/route_functions.h"
#include "eider/engine/sql_engine.h"

namespace eider::engine {
namespace {

// Whether a name in FROM, such as FROM 'data.csv', is meant as a file. No view of DuckDB's has one.
bool LooksLikePath(std::string_view name) {
  return name.find_first_of("/.") != std::string_view::npos;
}

// Visits every expression and table reference of a parsed query: binds the marker on the way and
// notes the first thing that a route may not use.
class TreeWalk {
 public:
  explicit TreeWalk(const std::string& input, bool is_by_row = false)
      : input_(input), is_by_row_(is_by_row) {}

  // SQL that reads nothing but one table.
  explicit TreeWalk(const OneTable& only) : input_(only.name), only_(&only) {
    with_names_.push_back(only.name);
  }

  void Query(duckdb::QueryNode& node) {
    const std::size_t outer_names = with_names_.size();
    for (auto& [name, cte] : node.cte_map.map) {
      Expressions(cte->key_targets);
      if (cte->query) Query(*cte->query->node);
      with_names_.push_back(duckdb::StringUtil::Lower(name));  // later ones see it, as the rest
    }
    Body(node);
    with_names_.resize(outer_names);
  }

  std::size_t bound() const { return bound_; }

  const std::optional<std::string>& refusal() const { return refusal_; }

  const std::vector<duckdb::unique_ptr<duckdb::TableRef>*>& tables() const { return tables_; }

  const std::vector<duckdb::unique_ptr<duckdb::TableRef>*>& reads() const { return reads_; }

  std::size_t reads_of_only() const { return reads_of_only_; }

  // Whether there is one read, and it is of the input alone.
  bool reads_input_alone() const { return reads_.size() == 1 && reads_of_input_ == 1; }

 private:
  void Refuse(std::string reason) {
    if (!refusal_) refusal_ = std::move(reason);
  }

  void Body(duckdb::QueryNode& node) {
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
        with_names_.push_back(duckdb::StringUtil::Lower(recursive.ctename));
        Query(*recursive.right);
        with_names_.pop_back();
        return;
      }
      default:
        Refuse("only SELECT may stand in WITH");
    }
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
        return ConstantExpression(expression);
      case duckdb::ExpressionClass::PARAMETER:
        return Refuse("parameters such as ? and $1 have no value here");
      case duckdb::ExpressionClass::FUNCTION:
        Function(expression->Cast<duckdb::FunctionExpression>().function_name);
        break;
      case duckdb::ExpressionClass::WINDOW:
        Function(expression->Cast<duckdb::WindowExpression>().function_name);
        break;
      case duckdb::ExpressionClass::SUBQUERY:
        Query(*expression->Cast<duckdb::SubqueryExpression>().subquery->node);
        break;
      default:
        break;
    }
    Children(*expression);
  }

  void Children(duckdb::ParsedExpression& expression) {
    duckdb::ParsedExpressionIterator::EnumerateChildren(
        expression,
        [this](duckdb::unique_ptr<duckdb::ParsedExpression>& child) { Expression(child); });
  }

  void ConstantExpression(duckdb::unique_ptr<duckdb::ParsedExpression>& expression) {
    auto& constant = expression->Cast<duckdb::ConstantExpression>();
    const bool is_by_row =
        is_by_row_ && constant.value.ToString().find(kInputMarker) != std::string::npos;
    if (!is_by_row) return Constant(constant.value);
    duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>> arguments;
    const std::string alias = constant.GetAlias();
    arguments.push_back(std::move(expression));
    arguments.push_back(duckdb::make_uniq<duckdb::ConstantExpression>(duckdb::Value("")));
    expression = duckdb::make_uniq<duckdb::FunctionExpression>(kFileText, std::move(arguments));
    expression->SetAlias(alias);
    ++bound_;
  }

  void Constant(duckdb::Value& value) {
    if (only_ != nullptr || value.IsNull()) return;
    if (value.type().id() != duckdb::LogicalTypeId::VARCHAR) return;
    std::string text = value.GetValue<std::string>();
    const std::size_t count = ReplaceMarkers(text, input_);
    if (count == 0) return;
    bound_ += count;
    value = duckdb::Value(std::move(text));
  }

  void Function(const std::string& name) {
    if (VerdictOnFunction(name) != FunctionVerdict::kAllowed) Refuse(WhyNoFunction(name));
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
        return TableFunction(table);
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
    if (only_ != nullptr) {
      if (!NamesTable(table) && IsWithName(table.table_name)) {
        reads_of_only_ += duckdb::StringUtil::CIEquals(table.table_name, only_->name) ? 1 : 0;
        return;
      }
      return Refuse(fmt::format("there is no table {}; the one that there is is {}",
                                codec::ShortName(table.ToString()), only_->name));
    }
    if (NamesTable(table)) {
      tables_.push_back(&place);
      return;
    }
    if (is_by_row_ && table.table_name == kInputMarker) {
      ++reads_of_input_;
      // No SQL may rely on the name of one of them.
      if (table.alias.empty()) table.alias = kInputMarker;
    }
    const std::size_t count = ReplaceMarkers(table.table_name, input_);
    bound_ += count;
    if (count == 0 && IsWithName(table.table_name)) return;
    if (count > 0 || LooksLikePath(table.table_name)) {
      reads_.push_back(&place);
      return;
    }
    // What is left could only be a view of DuckDB's own catalog.
    Refuse(
        fmt::format("{} is not for routes: in FROM stands a query of WITH, a table with its "
                    "namespace before it, or a file, as '{}' or 's3://bucket/key'",
                    codec::ShortName(table.table_name), kInputMarker));
  }

  bool IsWithName(const std::string& name) const {
    return std::ranges::find(with_names_, duckdb::StringUtil::Lower(name)) != with_names_.end();
  }

  void TableFunction(duckdb::unique_ptr<duckdb::TableRef>& place) {
    auto& table = place->Cast<duckdb::TableFunctionRef>();
    if (table.subquery) Query(*table.subquery->node);
    if (table.function->GetExpressionClass() != duckdb::ExpressionClass::FUNCTION) {
      return Expression(table.function);
    }
    const std::string& name = table.function->Cast<duckdb::FunctionExpression>().function_name;
    if (VerdictOnTableFunction(name) != FunctionVerdict::kAllowed) Refuse(WhyNoTableFunction(name));
    if (ReaderKindOf(name)) reads_.push_back(&place);
    if (only_ != nullptr && ReaderKindOf(name)) {
      return Refuse(fmt::format("it may read no files, only the table {}", only_->name));
    }
    if (is_by_row_ && ReaderKindOf(name) && ReadInput(*table.function)) return;
    Children(*table.function);
  }

  // Binds the marker that is a reader's first argument; an option cannot be another one for each
  // row, and is refused when the call is bound.
  bool ReadInput(duckdb::ParsedExpression& function) {
    auto& arguments = function.Cast<duckdb::FunctionExpression>().children;
    const bool is_constant = !arguments.empty() && arguments.front()->GetExpressionClass() ==
                                                       duckdb::ExpressionClass::CONSTANT;
    if (!is_constant) return false;
    auto& value = arguments.front()->Cast<duckdb::ConstantExpression>().value;
    if (value != duckdb::Value(std::string(kInputMarker))) return false;
    value = duckdb::Value(input_);
    ++bound_;
    ++reads_of_input_;
    for (auto& argument : std::span(arguments).subspan(1)) Expression(argument);
    return true;
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
  bool is_by_row_ = false;  // the marker becomes the path of each row's file
  std::size_t bound_ = 0;
  std::size_t reads_of_input_ = 0;  // where it is by row
  std::optional<std::string> refusal_;
  std::vector<duckdb::unique_ptr<duckdb::TableRef>*> tables_;
  std::vector<duckdb::unique_ptr<duckdb::TableRef>*> reads_;
  const OneTable* only_ = nullptr;  // null: the SQL is a route's
  std::size_t reads_of_only_ = 0;
  std::vector<std::string> with_names_;  // the CTEs that can be seen, in lower case
};

std::unexpected<Error> Refusal(const std::string& reason, const OneTable* only = nullptr) {
  if (only != nullptr) {
    return Fail(Code::kInvalid, fmt::format("{} is not one SELECT over the table {}: {}",
                                            only->asked_by, only->name, reason));
  }
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

Result<duckdb::unique_ptr<duckdb::SelectStatement>> ParseSelect(const std::string& sql,
                                                                const OneTable* only = nullptr) {
  duckdb::Parser parser;
  try {
    parser.ParseQuery(sql);
  } catch (const std::exception& error) {
    const duckdb::ErrorData data(error);
    return Fail(Code::kInvalid,
                fmt::format("{} does not parse: {}", only == nullptr ? "route SQL" : only->asked_by,
                            data.RawMessage()));
  }
  if (parser.statements.size() != 1) {
    return Refusal(fmt::format("found {} statements", parser.statements.size()), only);
  }
  auto& statement = parser.statements.front();
  if (statement->type != duckdb::StatementType::SELECT_STATEMENT) {
    return Refusal("found " + KindOf(*statement), only);
  }
  return duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(
      std::move(statement));
}

}  // namespace

Status CheckPath(const std::string& input) {
  if (codec::IsUtf8(input)) return {};
  return Fail(Code::kUnsupported,
              "object keys that are not UTF-8 cannot be read by DuckDB, whose texts are: " + input);
}

Result<BoundSql> BindInput(const std::string& sql, const std::string& input) {
  EIDER_CHECK(CheckPath(input));
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
    bound.reads = walk.reads();
  } catch (const std::exception& error) {
    const duckdb::ErrorData data(error);
    return Fail(Code::kInvalid, "route SQL cannot be read: " + data.RawMessage());
  }
  return bound;
}

Result<BoundSql> BindFiles(const std::string& sql, const std::string& first) {
  EIDER_CHECK(BindInput(sql, first));
  BoundSql bound;
  EIDER_ASSIGN(bound.select, ParseSelect(sql));
  TreeWalk walk(first, true);
  walk.Query(*bound.select->node);
  if (!walk.tables().empty() || !walk.reads_input_alone()) {
    return Fail(Code::kUnsupported,
                fmt::format("files are read together by one reader that has the marker {} alone "
                            "for its path, and no table beside it",
                            kInputMarker));
  }
  bound.reads = walk.reads();
  bound.has_file_text = walk.bound() > 1;  // the other is the reader's path
  return bound;
}

Result<duckdb::unique_ptr<duckdb::SelectStatement>> BindOneTable(
    const std::string& sql, const OneTable& table,
    duckdb::unique_ptr<duckdb::SelectStatement> rows) {
  EIDER_ASSIGN(auto select, ParseSelect(sql, &table));
  TreeWalk walk(table);
  walk.Query(*select->node);
  if (walk.refusal()) return Refusal(*walk.refusal(), &table);
  auto cte = duckdb::make_uniq<duckdb::CommonTableExpressionInfo>();
  cte->query = std::move(rows);
  const bool is_read_once = walk.reads_of_only() == 1 && select->node->cte_map.map.empty();
  cte->materialized = is_read_once ? duckdb::CTEMaterialize::CTE_MATERIALIZE_NEVER
                                   : duckdb::CTEMaterialize::CTE_MATERIALIZE_ALWAYS;
  duckdb::CommonTableExpressionMap queries;
  queries.map.insert(table.name, std::move(cte));
  // Behind the rows stand the queries of the SQL's own WITH, which may read them.
  for (auto& [name, query] : select->node->cte_map.map) {
    if (duckdb::StringUtil::Lower(name) == table.name) {
      return Refusal("a query of its WITH has that name, too: give it another", &table);
    }
    queries.map.insert(name, std::move(query));
  }
  select->node->cte_map = std::move(queries);
  return select;
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
