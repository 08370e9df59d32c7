#include "eider/engine/input_reads.h"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/common/multi_file/multi_file_states.hpp>
#include <duckdb/parser/expression/list.hpp>
#include <duckdb/parser/parser.hpp>
#include <duckdb/planner/binder.hpp>
#include <duckdb/planner/expression_binder/relation_binder.hpp>
#include <duckdb/planner/operator/logical_filter.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/engine/projection.h"
#include "eider/engine/reader_call.h"

namespace eider::engine {
namespace {

using duckdb::ExpressionType;
using duckdb::LogicalTypeId;
using duckdb::Value;
using ExpressionPtr = duckdb::unique_ptr<duckdb::ParsedExpression>;

bool Names(const Value& argument, const std::string& uri) {
  if (argument.IsNull()) return false;
  if (argument.type().id() == LogicalTypeId::VARCHAR) {
    return duckdb::StringValue::Get(argument) == uri;
  }
  if (argument.type().id() != LogicalTypeId::LIST) return false;
  return std::ranges::any_of(duckdb::ListValue::GetChildren(argument),
                             [&](const Value& child) { return Names(child, uri); });
}

const duckdb::MultiFileBindData* ReaderOf(const duckdb::LogicalGet& get) {
  return dynamic_cast<const duckdb::MultiFileBindData*>(get.bind_data.get());
}

void Collect(duckdb::unique_ptr<duckdb::LogicalOperator>& place, const std::string& uri,
             std::vector<InputRead>& reads) {
  if (place->type == duckdb::LogicalOperatorType::LOGICAL_GET) {
    const auto& get = place->Cast<duckdb::LogicalGet>();
    const bool reads_input =
        ReaderOf(get) != nullptr && !get.parameters.empty() && Names(get.parameters.front(), uri);
    if (reads_input) reads.push_back({&place});
  }
  for (auto& child : place->children) Collect(child, uri, reads);
}

// Types whose values are equal exactly where their texts are, so that a text can become a value.
// Statistics of row groups then tell which need not be read.
bool IsTextExact(LogicalTypeId id) {
  switch (id) {
    case LogicalTypeId::BOOLEAN:
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::UTINYINT:
    case LogicalTypeId::USMALLINT:
    case LogicalTypeId::UINTEGER:
    case LogicalTypeId::UBIGINT:
    case LogicalTypeId::DECIMAL:
    case LogicalTypeId::DATE:
    case LogicalTypeId::TIMESTAMP:
      return true;
    default:
      return false;
  }
}

ExpressionPtr Constant(Value value) {
  return duckdb::make_uniq<duckdb::ConstantExpression>(std::move(value));
}

// column IN (values), or null where no value can be in the column.
ExpressionPtr IsAmong(ExpressionPtr column, const duckdb::LogicalType& type,
                      const RowFilter& filter) {
  const bool is_text = type.id() == LogicalTypeId::VARCHAR;
  const bool is_exact = IsTextExact(type.id());
  if (!is_text && !is_exact) {
    column =
        duckdb::make_uniq<duckdb::CastExpression>(duckdb::LogicalType::VARCHAR, std::move(column));
  }
  duckdb::vector<ExpressionPtr> operands;
  operands.push_back(std::move(column));
  for (const auto& text : filter.values) {
    if (!text) continue;
    Value value(*text);
    if (is_exact) {
      const bool fits = value.DefaultTryCastAs(type, true) &&
                        value.DefaultCastAs(duckdb::LogicalType::VARCHAR) == Value(*text);
      if (!fits) continue;  // no value of the column has this text
    }
    operands.push_back(Constant(std::move(value)));
  }
  if (operands.size() == 1) return nullptr;
  return duckdb::make_uniq<duckdb::OperatorExpression>(ExpressionType::COMPARE_IN,
                                                       std::move(operands));
}

ExpressionPtr Condition(const ColumnPath& path, const RowFilter& filter) {
  const auto column = [&] {
    return std::move(duckdb::Parser::ParseExpressionList(path.Sql()).front());
  };
  ExpressionPtr among = IsAmong(column(), path.type, filter);
  const bool has_null =
      std::ranges::any_of(filter.values, [](const auto& value) { return !value.has_value(); });
  if (!has_null) return among ? std::move(among) : Constant(Value::BOOLEAN(false));
  ExpressionPtr is_null =
      duckdb::make_uniq<duckdb::OperatorExpression>(ExpressionType::OPERATOR_IS_NULL, column());
  if (!among) return is_null;
  return duckdb::make_uniq<duckdb::ConjunctionExpression>(ExpressionType::CONJUNCTION_OR,
                                                          std::move(among), std::move(is_null));
}

// The index of the column among those that the reader is asked for, which it joins if need be.
std::size_t PositionOf(duckdb::LogicalGet& get, std::size_t column) {
  const auto& ids = get.GetColumnIds();
  const auto found = std::ranges::find(ids, duckdb::ColumnIndex(column));
  if (found != ids.end()) return static_cast<std::size_t>(found - ids.begin());
  get.AddColumnId(column);
  return ids.size() - 1;
}

// The condition sees the columns that the reader is asked for by their positions (InputName).
void PutFilter(duckdb::ClientContext& context, const InputRead& read, ExpressionPtr condition) {
  duckdb::LogicalGet& get = read.get();
  duckdb::vector<std::string> names;
  duckdb::vector<duckdb::LogicalType> types;
  for (const duckdb::ColumnIndex& id : get.GetColumnIds()) {
    names.push_back(InputName(names.size()));
    types.push_back(get.GetColumnType(id));
  }
  auto binder = duckdb::Binder::CreateBinder(context);
  binder->bind_context.AddGenericBinding(get.table_index, "input", names, types);
  duckdb::RelationBinder expression_binder(*binder, context, "filter");
  auto filtered = duckdb::make_uniq<duckdb::LogicalFilter>(expression_binder.Bind(condition));
  filtered->children.push_back(std::move(*read.place));
  *read.place = std::move(filtered);
}

}  // namespace

std::string InputRead::Call() const {
  const duckdb::LogicalGet& read = get();
  std::string text = read.function.name;
  for (const Value& argument : read.parameters) text += " " + argument.ToSQLString();
  std::vector<std::string> options;
  for (const auto& [name, value] : read.named_parameters) {
    options.push_back(" " + name + "=" + value.ToSQLString());
  }
  std::ranges::sort(options);
  for (const std::string& option : options) text += option;
  return text;
}

std::string InputRead::Sql() const {
  const duckdb::LogicalGet& read = get();
  std::vector<std::string> arguments;
  for (const Value& argument : read.parameters) arguments.push_back(argument.ToSQLString());
  for (const auto& [name, value] : read.named_parameters) {
    arguments.push_back(name + " = " + value.ToSQLString());
  }
  return fmt::format("{}({})", read.function.name, fmt::join(arguments, ", "));
}

bool InputRead::IsParquet() const {
  return ReaderKindOf(get().function.name) == ReaderKind::kParquet;
}

bool InputRead::IsOfOneFile() const {
  return ReaderOf(get())->file_list->GetTotalFileCount() == 1;
}

std::vector<ResultColumn> InputRead::Columns() const {
  const duckdb::LogicalGet& read = get();
  const auto& names = ReaderOf(read)->names;
  std::vector<ResultColumn> columns;
  for (std::size_t i = 0; i < read.returned_types.size(); ++i) {
    columns.push_back({i < names.size() ? names[i] : read.names[i], read.returned_types[i]});
  }
  return columns;
}

Result<ColumnPath> InputRead::FindColumn(const RowFilter& filter, const std::string& file) const {
  auto path = engine::FindColumn(Columns(), filter.column, file);
  if (path) return path;
  return Fail(fmt::format("the route is for a part of the file, and its SQL reads the file without "
                          "the column that tells the parts apart ({})",
                          get().function.name),
              std::move(path).error());
}

Result<std::vector<InputRead>> FindInputReads(QueryPlan& plan, const Query& query) {
  const std::string uri = query.input.uri.ToString();
  std::vector<InputRead> reads;
  Collect(plan.root(), uri, reads);
  if (reads.empty() && query.part) {
    return Fail(Code::kInvalid,
                fmt::format("the route is for the rows of {} that are told apart by column {}, and "
                            "its SQL reads no rows of the file: it needs a reader in FROM, such as "
                            "read_parquet('{{s3_input_path}}')",
                            uri, query.part->column));
  }
  return reads;
}

Status FilterReads(duckdb::ClientContext& context, const std::vector<InputRead>& reads,
                   const Query& query, const QueryErrors& errors) {
  const std::string file = query.input.uri.ToString();
  try {
    for (const InputRead& read : reads) {
      EIDER_ASSIGN(ColumnPath path, read.FindColumn(*query.part, file));
      path.column = PositionOf(read.get(), path.column);
      context.RunFunctionInTransaction(
          [&] { PutFilter(context, read, Condition(path, *query.part)); });
    }
  } catch (const std::exception& error) {
    return std::unexpected(errors.From(error));
  }
  return {};
}

Status FilterRead(duckdb::ClientContext& context, const InputRead& read,
                  const std::vector<std::size_t>& columns,
                  const std::function<std::string(const std::vector<std::string>&)>& condition,
                  const QueryErrors& errors) {
  std::vector<std::string> names;
  for (const std::size_t column : columns)
    names.push_back(InputName(PositionOf(read.get(), column)));
  try {
    auto parsed = std::move(duckdb::Parser::ParseExpressionList(condition(names)).front());
    context.RunFunctionInTransaction([&] { PutFilter(context, read, std::move(parsed)); });
  } catch (const std::exception& error) {
    return std::unexpected(errors.From(error));
  }
  return {};
}

}  // namespace eider::engine
