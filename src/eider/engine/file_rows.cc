#include "eider/engine/file_rows.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <duckdb/common/exception.hpp>
#include <duckdb/common/multi_file/multi_file_reader.hpp>
#include <duckdb/common/multi_file/multi_file_states.hpp>
#include <duckdb/common/vector_operations/binary_executor.hpp>
#include <duckdb/function/scalar_function.hpp>
#include <duckdb/planner/expression/bound_columnref_expression.hpp>
#include <duckdb/planner/expression/bound_constant_expression.hpp>
#include <duckdb/planner/expression/bound_function_expression.hpp>
#include <duckdb/planner/expression_iterator.hpp>
#include <duckdb/planner/logical_operator_visitor.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/lineage.h"
#include "eider/engine/reader_call.h"
#include "eider/engine/statement.h"

namespace eider::engine {
namespace {

using duckdb::ColumnBinding;
using duckdb::LogicalOperator;
using duckdb::LogicalOperatorType;
using duckdb::LogicalType;
using duckdb::MultiFileReader;
using ExpressionPtr = duckdb::unique_ptr<duckdb::Expression>;

std::unexpected<Error> NotByRow(std::string_view why) {
  return Fail(Code::kUnsupported, std::string(why));
}

std::unexpected<Error> NotTogether(std::string_view why) {
  return Fail(Code::kUnsupported,
              fmt::format("files are read together where the SQL makes rows of rows: {}", why));
}

// The text, and the path of the row's file. Until the plan is TellFiles' that is missing.
void FileText(duckdb::DataChunk& arguments, duckdb::ExpressionState& /*state*/,
              duckdb::Vector& result) {
  using duckdb::string_t;
  duckdb::BinaryExecutor::Execute<string_t, string_t, string_t>(
      arguments.data[0], arguments.data[1], result, arguments.size(),
      [&](string_t text, string_t path) {
        if (path.GetSize() == 0) {
          throw duckdb::NotImplementedException("the marker is a value where no row is known");
        }
        std::string bound = text.GetString();
        ReplaceMarkers(bound, {path.GetData(), path.GetSize()});
        return duckdb::StringVector::AddString(result, bound);
      });
}

struct TallyData final : duckdb::FunctionData {
  // shared: as TellFiles has it
  explicit TallyData(std::shared_ptr<RowTally> file_tally) : tally(std::move(file_tally)) {}

  duckdb::unique_ptr<FunctionData> Copy() const override {
    return duckdb::make_uniq<TallyData>(tally);
  }

  bool Equals(const FunctionData& other) const override {
    return other.Cast<TallyData>().tally == tally;
  }

  std::shared_ptr<RowTally> tally;  // shared: as TellFiles has it
};

// A value, and the path of its row's file: gives the value.
void Tally(duckdb::DataChunk& arguments, duckdb::ExpressionState& state, duckdb::Vector& result) {
  const auto& call = state.expr.Cast<duckdb::BoundFunctionExpression>();
  RowTally& tally = *call.bind_info->Cast<TallyData>().tally;
  const duckdb::idx_t count = arguments.size();
  duckdb::UnifiedVectorFormat format;
  arguments.data[1].ToUnifiedFormat(count, format);
  const auto* const paths = duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(format);
  // Rows of one file stand together, as a rule all of a chunk.
  for (duckdb::idx_t begin = 0; begin < count;) {
    const auto& path = paths[format.sel->get_index(begin)];
    duckdb::idx_t end = begin + 1;
    if (arguments.data[1].GetVectorType() == duckdb::VectorType::CONSTANT_VECTOR) end = count;
    while (end < count && paths[format.sel->get_index(end)] == path) ++end;
    if (!tally.Add({path.GetData(), path.GetSize()}, end - begin)) {
      throw duckdb::InternalException("a row of an unknown file: " + path.GetString());
    }
    begin = end;
  }
  result.Reference(arguments.data[0]);
}

ExpressionPtr Reference(ColumnBinding column) {
  return duckdb::make_uniq<duckdb::BoundColumnRefExpression>(LogicalType::VARCHAR, column);
}

// shared: as TellFiles has it
ExpressionPtr Tallied(ExpressionPtr value, ColumnBinding path, std::shared_ptr<RowTally> tally) {
  const LogicalType type = value->return_type;
  duckdb::ScalarFunction function("eider_tally", {type, LogicalType::VARCHAR}, type, Tally);
  function.SetVolatile();
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  std::string alias = value->GetAlias();
  duckdb::vector<ExpressionPtr> arguments;
  arguments.push_back(std::move(value));
  arguments.push_back(Reference(path));
  auto call = duckdb::make_uniq<duckdb::BoundFunctionExpression>(
      type, std::move(function), std::move(arguments),
      duckdb::make_uniq<TallyData>(std::move(tally)));
  call->SetAlias(std::move(alias));
  return call;
}

// A call that needs the path of its row's file, as its last argument.
bool IsFileText(const duckdb::Expression& expression) {
  if (expression.GetExpressionClass() != duckdb::ExpressionClass::BOUND_FUNCTION) return false;
  const std::string& name = expression.Cast<duckdb::BoundFunctionExpression>().function.name;
  return name == kFileText || name == kFileVersion;
}

// Calls `visit` with such calls in the expression, which name no other.
template <typename Visit>
void EachFileText(duckdb::Expression& expression, const Visit& visit) {
  if (IsFileText(expression)) {
    visit(expression.Cast<duckdb::BoundFunctionExpression>());
    return;
  }
  duckdb::ExpressionIterator::EnumerateChildren(
      expression, [&](duckdb::Expression& child) { EachFileText(child, visit); });
}

template <typename Visit>
void EachFileText(LogicalOperator& node, const Visit& visit) {
  duckdb::LogicalOperatorVisitor::EnumerateExpressions(
      node, [&](ExpressionPtr* expression) { EachFileText(**expression, visit); });
}

// It was not to be evaluated while the SQL was bound. From now on it is a function of its row.
void Settle(LogicalOperator& node) {
  EachFileText(node, [](duckdb::BoundFunctionExpression& call) {
    call.function.SetStability(duckdb::FunctionStability::CONSISTENT);
  });
  for (auto& child : node.children) Settle(*child);
}

bool HasCte(const LogicalOperator& node) {
  return node.type == LogicalOperatorType::LOGICAL_MATERIALIZED_CTE ||
         std::ranges::any_of(node.children, [](const auto& child) { return HasCte(*child); });
}

bool IsVolatile(LogicalOperator& node) {
  bool found = false;
  duckdb::LogicalOperatorVisitor::EnumerateExpressions(
      node, [&](ExpressionPtr* expression) { found = found || (*expression)->IsVolatile(); });
  return found;
}

// What is the same whether a file is read alone or with others.
bool IsOfOneFile(const duckdb::ColumnIndex& id) {
  return !id.IsVirtualColumn() || id.IsEmptyColumn() ||
         id.GetPrimaryIndex() == MultiFileReader::COLUMN_IDENTIFIER_FILENAME ||
         id.GetPrimaryIndex() == MultiFileReader::COLUMN_IDENTIFIER_FILE_ROW_NUMBER;
}

// Of a plan that is by row: whether its reader is asked for the place of a row in the file.
bool NumbersRows(LogicalOperator& node) {
  if (node.type != LogicalOperatorType::LOGICAL_GET) return NumbersRows(*node.children.front());
  const auto& get = node.Cast<duckdb::LogicalGet>();
  return std::ranges::any_of(get.GetColumnIds(), [&](const duckdb::ColumnIndex& id) {
    return id.IsVirtualColumn()
               ? id.GetPrimaryIndex() == MultiFileReader::COLUMN_IDENTIFIER_FILE_ROW_NUMBER
               : get.GetColumnName(id) == "file_row_number";
  });
}

Status CheckByRow(LogicalOperator& node) {
  if (node.type == LogicalOperatorType::LOGICAL_GET) {
    const auto& get = node.Cast<duckdb::LogicalGet>();
    const bool is_reader = ReaderKindOf(get.function.name).has_value() && get.children.empty() &&
                           !get.ordinality_idx.IsValid();
    if (!is_reader) return NotByRow("it numbers the rows of its reader, or reads by another one");
    if (!std::ranges::all_of(get.GetColumnIds(), IsOfOneFile)) {
      return NotByRow("it uses a column of the reader's that counts its files");
    }
    return {};
  }
  const bool is_by_row =
      node.children.size() == 1 && (node.type == LogicalOperatorType::LOGICAL_PROJECTION ||
                                    node.type == LogicalOperatorType::LOGICAL_FILTER);
  if (!is_by_row) return NotByRow("it has " + node.GetName());
  if (IsVolatile(node)) return NotByRow("it calls a function that gives another value each time");
  return CheckByRow(*node.children.front());
}

// The reader's column of paths: one that the SQL asked for, or the one that it always has.
std::optional<ColumnBinding> PathOf(duckdb::LogicalGet& get) {
  const auto* const reader = dynamic_cast<duckdb::MultiFileBindData*>(get.bind_data.get());
  if (reader == nullptr) return std::nullopt;
  duckdb::column_t path = MultiFileReader::COLUMN_IDENTIFIER_FILENAME;
  if (!get.virtual_columns.contains(path)) {
    if (!reader->reader_bind.filename_idx.IsValid()) return std::nullopt;
    path = reader->reader_bind.filename_idx.GetIndex();
  }
  const auto& ids = get.GetColumnIds();
  const auto known = std::ranges::find(ids, path, &duckdb::ColumnIndex::GetPrimaryIndex);
  const auto place = static_cast<std::size_t>(known - ids.begin());
  if (known == ids.end()) get.AddColumnId(path);
  return ColumnBinding(get.table_index, place);
}

// Gives where the node's rows have their path.
std::optional<ColumnBinding> HandPathOn(LogicalOperator& node) {
  if (node.type == LogicalOperatorType::LOGICAL_GET) return PathOf(node.Cast<duckdb::LogicalGet>());
  const auto path = HandPathOn(*node.children.front());
  if (!path) return std::nullopt;
  EachFileText(node, [&](duckdb::BoundFunctionExpression& call) {
    call.children.back() = Reference(*path);
  });
  if (node.type == LogicalOperatorType::LOGICAL_FILTER) return path;
  node.expressions.push_back(Reference(*path));
  return ColumnBinding(node.Cast<duckdb::LogicalProjection>().table_index,
                       node.expressions.size() - 1);
}

}  // namespace

duckdb::ScalarFunction FileTextFunction() {
  duckdb::ScalarFunction function(kFileText, {LogicalType::VARCHAR, LogicalType::VARCHAR},
                                  LogicalType::VARCHAR, FileText);
  function.SetVolatile();
  return function;
}

duckdb::unique_ptr<duckdb::Expression> FileCall(duckdb::ScalarFunction function,
                                                const std::string& text,
                                                duckdb::unique_ptr<duckdb::FunctionData> data) {
  duckdb::vector<ExpressionPtr> arguments;
  arguments.push_back(duckdb::make_uniq<duckdb::BoundConstantExpression>(duckdb::Value(text)));
  arguments.push_back(duckdb::make_uniq<duckdb::BoundConstantExpression>(duckdb::Value("")));
  return duckdb::make_uniq<duckdb::BoundFunctionExpression>(
      LogicalType::VARCHAR, std::move(function), std::move(arguments), std::move(data));
}

Status CheckByPiece(QueryPlan& plan, const QueryErrors& errors) {
  try {
    Settle(*plan.root());
    if (HasCte(*plan.root())) EIDER_CHECK(plan.InlineCtes(errors));
    const Status by_row = CheckByRow(*plan.root());
    if (by_row && !NumbersRows(*plan.root())) return {};
    return Fail(Code::kUnsupported,
                fmt::format("a file is cut into pieces where the SQL makes rows of rows: {}",
                            by_row ? "it numbers the rows of the file" : by_row.error().message));
  } catch (const std::exception& error) {
    return std::unexpected(errors.From(error));
  }
}

// shared: as declared
Status TellFiles(QueryPlan& plan, std::shared_ptr<RowTally> tally, const QueryErrors& errors) {
  try {
    Settle(*plan.root());
    if (HasCte(*plan.root())) EIDER_CHECK(plan.InlineCtes(errors));
    LogicalOperator& top = *plan.root();
    if (const Status by_row = CheckByRow(top); !by_row) return NotTogether(by_row.error().message);
    if (top.type != LogicalOperatorType::LOGICAL_PROJECTION) {
      return NotTogether("it has no columns");
    }
    if (!HandPathOn(top)) return NotTogether("its reader does not tell the files of rows");
    // The top needs no path of its own, as its rows are counted there.
    ExpressionPtr path = std::move(top.expressions.back());
    top.expressions.pop_back();
    top.expressions.front() =
        Tallied(std::move(top.expressions.front()),
                path->Cast<duckdb::BoundColumnRefExpression>().binding, std::move(tally));
    top.ResolveOperatorTypes();
    return {};
  } catch (const std::exception& error) {
    return std::unexpected(errors.From(error));
  }
}

}  // namespace eider::engine
