// Arguments of a table function as DuckDB's binder takes them: `name = value` and `name => value`.
#include "eider/engine/reader_call.h"

#include <array>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <duckdb/common/string_util.hpp>
#include <duckdb/execution/expression_executor.hpp>
#include <duckdb/parser/expression/columnref_expression.hpp>
#include <duckdb/parser/expression/comparison_expression.hpp>
#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/planner/binder.hpp>
#include <duckdb/planner/expression_binder/constant_binder.hpp>

namespace eider::engine {
namespace {

using duckdb::ParsedExpression;
using ExpressionPtr = duckdb::unique_ptr<ParsedExpression>;

const ParsedExpression& ValueOf(const ParsedExpression& argument) {
  if (argument.GetExpressionType() != duckdb::ExpressionType::COMPARE_EQUAL) return argument;
  return *argument.Cast<duckdb::ComparisonExpression>().right;
}

std::optional<duckdb::Value> Evaluate(duckdb::ClientContext& context,
                                      const ParsedExpression& expression) {
  std::optional<duckdb::Value> value;
  try {
    context.RunFunctionInTransaction([&] {
      auto binder = duckdb::Binder::CreateBinder(context);
      duckdb::ConstantBinder constants(*binder, context, "reader option");
      auto copy = expression.Copy();
      const auto bound = constants.Bind(copy);
      value = duckdb::ExpressionExecutor::EvaluateScalar(context, *bound, true);
    });
  } catch (const std::exception&) {
    return std::nullopt;  // its error is DuckDB's to tell
  }
  return value;
}

duckdb::FunctionExpression& FunctionOf(duckdb::TableFunctionRef& call) {
  return call.function->Cast<duckdb::FunctionExpression>();
}

}  // namespace

std::string ArgumentName(const ParsedExpression& argument) {
  if (argument.GetExpressionType() != duckdb::ExpressionType::COMPARE_EQUAL) {
    return argument.GetAlias();
  }
  const auto& equal = argument.Cast<duckdb::ComparisonExpression>();
  if (equal.left->GetExpressionType() != duckdb::ExpressionType::COLUMN_REF) return "";
  const auto& column = equal.left->Cast<duckdb::ColumnRefExpression>();
  return column.IsQualified() ? "" : column.GetColumnName();
}

std::optional<ReaderKind> ReaderKindOf(std::string_view function) {
  constexpr auto kReaders = std::to_array<std::pair<std::string_view, ReaderKind>>({
      {"read_csv", ReaderKind::kCsv},
      {"read_csv_auto", ReaderKind::kCsv},
      {"read_json", ReaderKind::kJson},
      {"read_json_auto", ReaderKind::kJson},
      {"read_ndjson", ReaderKind::kJson},
      {"read_ndjson_auto", ReaderKind::kJson},
      {"read_json_objects", ReaderKind::kJsonObjects},
      {"read_json_objects_auto", ReaderKind::kJsonObjects},
      {"read_ndjson_objects", ReaderKind::kJsonObjects},
      {"read_parquet", ReaderKind::kParquet},
      {"parquet_scan", ReaderKind::kParquet},
  });
  const std::string lower = duckdb::StringUtil::Lower(std::string(function));
  for (const auto& [name, kind] : kReaders) {
    if (name == lower) return kind;
  }
  return std::nullopt;
}

ReaderCall::ReaderCall(duckdb::ClientContext& context, duckdb::TableFunctionRef& call,
                       ReaderKind kind)
    : call_(call),
      kind_(kind),
      function_(duckdb::StringUtil::Lower(FunctionOf(call).function_name)) {
  Take(context);
}

void ReaderCall::Take(duckdb::ClientContext& context) {
  bool is_first = true;
  for (const ExpressionPtr& argument : FunctionOf(call_).children) {
    const std::string name = duckdb::StringUtil::Lower(ArgumentName(*argument));
    auto value = Evaluate(context, ValueOf(*argument));
    if (!value) is_constant_ = false;
    if (!name.empty()) {
      options_[name] = value ? *std::move(value) : duckdb::Value();
      continue;
    }
    if (!std::exchange(is_first, false) || !value || value->IsNull()) continue;
    if (value->type().id() == duckdb::LogicalTypeId::LIST) {
      const auto& paths = duckdb::ListValue::GetChildren(*value);
      if (paths.size() != 1) continue;
      *value = duckdb::Value(paths.front());
    }
    if (value->type().id() == duckdb::LogicalTypeId::VARCHAR) {
      path_ = value->GetValue<std::string>();
    }
  }
}

const duckdb::Value* ReaderCall::Find(std::string_view option) const {
  const auto found = options_.find(option);
  return found == options_.end() || found->second.IsNull() ? nullptr : &found->second;
}

void ReaderCall::Set(const std::string& option, duckdb::Value value) {
  Drop(option);
  options_[option] = value;
  FunctionOf(call_).children.push_back(duckdb::make_uniq<duckdb::ComparisonExpression>(
      duckdb::ExpressionType::COMPARE_EQUAL, duckdb::make_uniq<duckdb::ColumnRefExpression>(option),
      duckdb::make_uniq<duckdb::ConstantExpression>(std::move(value))));
}

void ReaderCall::Drop(std::string_view option) {
  options_.erase(std::string(option));
  duckdb::vector<ExpressionPtr> kept;
  for (ExpressionPtr& argument : FunctionOf(call_).children) {
    if (!duckdb::StringUtil::CIEquals(ArgumentName(*argument), std::string(option))) {
      kept.push_back(std::move(argument));
    }
  }
  FunctionOf(call_).children = std::move(kept);
}

}  // namespace eider::engine
