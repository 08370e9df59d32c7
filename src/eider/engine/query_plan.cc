#include "eider/engine/query_plan.h"

#include <cmath>
#include <cstdint>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/function/copy_function.hpp>
#include <duckdb/optimizer/cte_inlining.hpp>
#include <duckdb/optimizer/optimizer.hpp>
#include <duckdb/parser/parser.hpp>
#include <duckdb/planner/expression_binder/relation_binder.hpp>
#include <duckdb/planner/operator/logical_copy_to_file.hpp>
#include <duckdb/planner/operator/logical_limit.hpp>
#include <duckdb/planner/operator/logical_order.hpp>
#include <duckdb/planner/operator/logical_projection.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/arrow_scan.h"
#include "eider/engine/projection.h"
#include "eider/engine/reader_call.h"
#include "eider/engine/route_functions.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/type.h"

namespace eider::engine {
namespace {

using ExpressionList = duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>;

// Whether the rows of the plan come in an order that the SQL asks for.
bool IsOrdered(const duckdb::LogicalOperator& plan) {
  switch (plan.type) {
    case duckdb::LogicalOperatorType::LOGICAL_ORDER_BY:
    case duckdb::LogicalOperatorType::LOGICAL_TOP_N:
      return true;
    case duckdb::LogicalOperatorType::LOGICAL_PROJECTION:
    case duckdb::LogicalOperatorType::LOGICAL_FILTER:
    case duckdb::LogicalOperatorType::LOGICAL_LIMIT:
    case duckdb::LogicalOperatorType::LOGICAL_UNNEST:
    case duckdb::LogicalOperatorType::LOGICAL_MATERIALIZED_CTE:  // the query is the last child
      return IsOrdered(*plan.children.back());
    default:
      return false;
  }
}

// The read of a plan that gives each row of one Parquet file and does no more with it than
// projecting; else null.
duckdb::LogicalGet* OnlyParquetRead(duckdb::LogicalOperator& plan) {
  if (plan.type == duckdb::LogicalOperatorType::LOGICAL_PROJECTION) {
    return OnlyParquetRead(*plan.children.front());
  }
  if (plan.type != duckdb::LogicalOperatorType::LOGICAL_GET) return nullptr;
  auto& get = plan.Cast<duckdb::LogicalGet>();
  const bool is_parquet = ReaderKindOf(get.function.name) == ReaderKind::kParquet;
  const bool gives_all = is_parquet && get.table_filters.filters.empty() &&
                         get.parameters.size() == 1 &&
                         get.parameters.front().type().id() == duckdb::LogicalTypeId::VARCHAR;
  return gives_all ? &get : nullptr;
}

// Puts what is below `filter` in its place.
void TakeOut(duckdb::unique_ptr<duckdb::LogicalOperator>& plan,
             const duckdb::LogicalOperator& filter) {
  if (plan.get() == &filter) {
    plan = std::move(plan->children.front());
    return;
  }
  for (auto& child : plan->children) TakeOut(child, filter);
}

// The first function in the plan that reads what no route may, whatever name it had in the SQL: a
// view and a macro are other SQL by now. Null when there is none.
const duckdb::LogicalGet* FindForbiddenRead(const duckdb::LogicalOperator& plan) {
  if (plan.type == duckdb::LogicalOperatorType::LOGICAL_GET) {
    const auto& get = plan.Cast<duckdb::LogicalGet>();
    const bool is_for_routes =
        VerdictOnTableFunction(get.function.name) == FunctionVerdict::kAllowed ||
        get.function.name == kArrowRows;  // no SQL of a route's can call it
    if (!is_for_routes) return &get;
  }
  for (const auto& child : plan.children) {
    if (const auto* found = FindForbiddenRead(*child)) return found;
  }
  return nullptr;
}

}  // namespace

QueryPlan::QueryPlan(duckdb::ClientContext& context)
    : context_(context), binder_(duckdb::Binder::CreateBinder(context)) {}

Result<QueryPlan> QueryPlan::Bind(duckdb::ClientContext& context, duckdb::SelectStatement& select,
                                  const QueryErrors& errors) {
  try {
    QueryPlan plan(context);
    context.RunFunctionInTransaction([&] {
      auto query_binder = duckdb::Binder::CreateBinder(context, plan.binder_.get());
      query_binder->SetCanContainNulls(true);  // a column of NULL keeps its own type
      plan.bound_ = query_binder->Bind(*select.node);
    });
    for (std::size_t i = 0; i < plan.bound_.names.size(); ++i) {
      plan.columns_.push_back({plan.bound_.names[i], plan.bound_.types[i]});
    }
    if (const auto* get = FindForbiddenRead(*plan.bound_.plan)) {
      return Fail(Code::kInvalid,
                  fmt::format("route SQL reads what is not for routes: {}", get->function.name));
    }
    return plan;
  } catch (const std::exception& error) {
    return std::unexpected(errors.From(error));
  }
}

Result<QueryPlan> QueryPlan::Over(duckdb::ClientContext& context,
                                  duckdb::unique_ptr<duckdb::LogicalGet> get,
                                  const QueryErrors& errors) {
  try {
    QueryPlan plan(context);
    get->table_index = plan.binder_->GenerateTableIndex();
    get->ResolveOperatorTypes();
    for (const duckdb::ColumnIndex& id : get->GetColumnIds()) {
      plan.columns_.push_back({get->GetColumnName(id), get->GetColumnType(id)});
    }
    plan.bound_.types = get->types;
    plan.bound_.plan = std::move(get);
    return plan;
  } catch (const std::exception& error) {
    return std::unexpected(errors.From(error));
  }
}

Status QueryPlan::AddColumns(std::vector<AddedColumn> added, const QueryErrors& errors) {
  try {
    context_.RunFunctionInTransaction([&] {
      std::vector<std::string> texts;
      for (std::size_t i = 0; i < bound_.types.size(); ++i) texts.push_back(InputName(i));
      ExpressionList expressions = BindOver(texts);
      for (AddedColumn& column : added) {
        columns_.push_back({column.name, column.value->return_type});
        columns_.back().is_of_no_file = true;
        bound_.names.push_back(column.name);
        expressions.push_back(std::move(column.value));
      }
      AddProjection(std::move(expressions));
    });
    return {};
  } catch (const std::exception& error) {
    return std::unexpected(errors.From(error));
  }
}

Status QueryPlan::InlineCtes(const QueryErrors& errors) {
  try {
    context_.RunFunctionInTransaction([&] {
      bound_.plan->ResolveOperatorTypes();
      duckdb::Optimizer optimizer(*binder_, context_);
      bound_.plan = duckdb::CTEInlining(optimizer).Optimize(std::move(bound_.plan));
    });
    return {};
  } catch (const std::exception& error) {
    return std::unexpected(errors.From(error));
  }
}

Result<duckdb::unique_ptr<duckdb::SQLStatement>> QueryPlan::WriteParquet(
    const std::vector<std::string>& expressions, const iceberg::Schema& schema,
    const ParquetOptions& options, const QueryErrors& errors) {
  EIDER_CHECK(CheckCodec(options.codec));
  try {
    duckdb::unique_ptr<duckdb::LogicalOperator> copy;
    context_.RunFunctionInTransaction([&] {
      AddProjection(BindOver(expressions));
      copy = AddCopy(schema, options);
    });
    copy->ResolveOperatorTypes();
    return duckdb::make_uniq<duckdb::LogicalPlanStatement>(std::move(copy));
  } catch (const std::exception& error) {
    return std::unexpected(errors.From(error));
  }
}

Result<duckdb::unique_ptr<duckdb::SQLStatement>> QueryPlan::Pour(
    const std::vector<std::string>& expressions, RowSink& sink, RowOrder order,
    const QueryErrors& errors) {
  try {
    context_.RunFunctionInTransaction([&] { AddProjection(BindOver(expressions)); });
    return duckdb::make_uniq<duckdb::LogicalPlanStatement>(
        PourInto(sink, order, std::move(bound_.plan)));
  } catch (const std::exception& error) {
    return std::unexpected(errors.From(error));
  }
}

Result<duckdb::unique_ptr<duckdb::SQLStatement>> QueryPlan::PourSorted(
    const std::vector<std::string>& expressions, const std::vector<PartitionKey>& keys,
    const std::vector<SortKey>& order, RowSink& sink, const QueryErrors& errors) {
  try {
    context_.RunFunctionInTransaction([&] {
      AddProjection(BindOver(expressions));
      AddKeys(keys, order);
      AddOrder(expressions.size(), order);
    });
    return duckdb::make_uniq<duckdb::LogicalPlanStatement>(
        PourInto(sink, RowOrder::kKept, std::move(bound_.plan)));
  } catch (const std::exception& error) {
    return std::unexpected(errors.From(error));
  }
}

Status QueryPlan::Limit(std::uint64_t rows_max, const QueryErrors& errors) {
  try {
    auto limit = duckdb::make_uniq<duckdb::LogicalLimit>(
        duckdb::BoundLimitNode::ConstantValue(static_cast<std::int64_t>(rows_max)),
        duckdb::BoundLimitNode());
    limit->AddChild(std::move(bound_.plan));
    limit->ResolveOperatorTypes();
    bound_.plan = std::move(limit);
    return {};
  } catch (const std::exception& error) {
    return std::unexpected(errors.From(error));
  }
}

Result<duckdb::unique_ptr<duckdb::SQLStatement>> QueryPlan::First(std::uint64_t rows_max,
                                                                  const QueryErrors& errors) {
  EIDER_CHECK(Limit(rows_max, errors));
  try {
    return duckdb::make_uniq<duckdb::LogicalPlanStatement>(std::move(bound_.plan));
  } catch (const std::exception& error) {
    return std::unexpected(errors.From(error));
  }
}

Result<duckdb::unique_ptr<duckdb::SQLStatement>> QueryPlan::Rows(
    const std::vector<std::string>& expressions, const QueryErrors& errors) {
  try {
    context_.RunFunctionInTransaction([&] { AddProjection(BindOver(expressions)); });
    return duckdb::make_uniq<duckdb::LogicalPlanStatement>(std::move(bound_.plan));
  } catch (const std::exception& error) {
    return std::unexpected(errors.From(error));
  }
}

Result<RowEstimate> QueryPlan::EstimateRows(const QueryErrors& errors) {
  try {
    RowEstimate estimate;
    // Of a filter DuckDB supposes that it keeps a fifth.
    if (sift_) TakeOut(bound_.plan, *sift_->filter);
    context_.RunFunctionInTransaction([&] {
      bound_.plan->ResolveOperatorTypes();
      duckdb::Optimizer optimizer(*binder_, context_);
      bound_.plan = optimizer.Optimize(std::move(bound_.plan));
      estimate.rows = bound_.plan->EstimateCardinality(context_);
      // Of a filter that DuckDB has found to leave out nothing, its estimate stays.
      if (auto* const read = OnlyParquetRead(*bound_.plan)) {
        const auto told = read->function.cardinality(context_, read->bind_data.get());
        estimate = {.rows = told->estimated_cardinality, .is_exact = true};
      }
    });
    if (sift_) {
      const double good = static_cast<double>(sift_->rows - sift_->bad);
      const double share = good / static_cast<double>(sift_->rows);
      estimate.rows = std::llround(static_cast<double>(estimate.rows) * share);
    }
    return estimate;
  } catch (const std::exception& error) {
    return std::unexpected(errors.From(error));
  }
}

// Expressions see the columns of the plan, as it is now, by their InputName.
ExpressionList QueryPlan::BindOver(const std::vector<std::string>& expressions) {
  duckdb::vector<duckdb::string> names;
  for (std::size_t i = 0; i < bound_.types.size(); ++i) names.push_back(InputName(i));
  const auto binder = duckdb::Binder::CreateBinder(context_, binder_.get());
  binder->bind_context.AddGenericBinding(bound_.plan->GetRootIndex(), "input", names, bound_.types);
  duckdb::RelationBinder expression_binder(*binder, context_, "projection");
  ExpressionList bound;
  for (const std::string& text : expressions) {
    auto parsed = duckdb::Parser::ParseExpressionList(text);
    bound.push_back(expression_binder.Bind(parsed[0]));
  }
  return bound;
}

void QueryPlan::AddProjection(ExpressionList expressions) {
  auto projection = duckdb::make_uniq<duckdb::LogicalProjection>(binder_->GenerateTableIndex(),
                                                                 std::move(expressions));
  projection->children.push_back(std::move(bound_.plan));
  projection->ResolveOperatorTypes();
  bound_.types = projection->types;
  bound_.plan = std::move(projection);
}

void QueryPlan::AddKeys(const std::vector<PartitionKey>& keys, const std::vector<SortKey>& order) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < bound_.types.size(); ++i) texts.push_back(InputName(i));
  for (const PartitionKey& key : keys) texts.push_back(key.source);
  for (const SortKey& key : order) texts.push_back(key.key.source);
  ExpressionList expressions = BindOver(texts);
  std::size_t place = bound_.types.size();
  for (const PartitionKey& key : keys) {
    expressions[place] = TransformOf(key, std::move(expressions[place]));
    ++place;
  }
  for (const SortKey& key : order) {
    expressions[place] = TransformOf(key, std::move(expressions[place]));
    ++place;
  }
  AddProjection(std::move(expressions));
}

void QueryPlan::AddOrder(std::size_t keys_begin, const std::vector<SortKey>& order) {
  if (keys_begin == bound_.types.size()) return;
  const std::size_t order_begin = bound_.types.size() - order.size();
  duckdb::vector<duckdb::BoundOrderByNode> nodes;
  for (std::size_t i = keys_begin; i < bound_.types.size(); ++i) {
    const SortKey* const key = i < order_begin ? nullptr : &order[i - order_begin];
    const bool is_descending = key != nullptr && key->is_descending;
    const bool has_nulls_last = key != nullptr && key->has_nulls_last;
    nodes.emplace_back(
        is_descending ? duckdb::OrderType::DESCENDING : duckdb::OrderType::ASCENDING,
        has_nulls_last ? duckdb::OrderByNullType::NULLS_LAST : duckdb::OrderByNullType::NULLS_FIRST,
        duckdb::make_uniq<duckdb::BoundColumnRefExpression>(
            bound_.types[i], duckdb::ColumnBinding(bound_.plan->GetRootIndex(), i)));
  }
  auto sorted = duckdb::make_uniq<duckdb::LogicalOrder>(std::move(nodes));
  sorted->AddChild(std::move(bound_.plan));
  sorted->ResolveOperatorTypes();
  bound_.plan = std::move(sorted);
}

duckdb::unique_ptr<duckdb::LogicalOperator> QueryPlan::AddCopy(const iceberg::Schema& schema,
                                                               const ParquetOptions& options) {
  const auto types = bound_.plan->types;
  ParquetCopy parquet = BindParquetCopy(context_, schema, types, options);
  auto copy = duckdb::make_uniq<duckdb::LogicalCopyToFile>(
      parquet.function, std::move(parquet.bind_data), std::move(parquet.info));
  copy->rotate = options.file_bytes_max > 0;
  if (copy->rotate) {
    copy->file_size_bytes = options.file_bytes_max;
    copy->file_path = options.folder;
    // Where files rotate DuckDB lets all threads write, whatever the order; one file keeps it.
    if (IsOrdered(*bound_.plan)) copy->function.execution_mode = InOrder;
  } else {
    copy->file_path = fmt::format("{}/{}-0.parquet", options.folder, options.file_prefix);
  }
  copy->filename_pattern.SetFilenamePattern(options.file_prefix + "-{i}");
  copy->file_extension = parquet.function.extension;
  copy->use_tmp_file = false;
  copy->overwrite_mode = duckdb::CopyOverwriteMode::COPY_OVERWRITE_OR_IGNORE;
  copy->per_thread_output = false;
  copy->partition_output = false;
  copy->write_partition_columns = false;
  copy->write_empty_file = false;
  copy->return_type = duckdb::CopyFunctionReturnType::WRITTEN_FILE_STATISTICS;
  for (const iceberg::Field& field : schema.fields) copy->names.push_back(field.name);
  copy->expected_types = types;
  copy->AddChild(std::move(bound_.plan));
  return copy;
}

}  // namespace eider::engine
