#include "eider/engine/query_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_entry/copy_function_catalog_entry.hpp>
#include <duckdb/function/copy_function.hpp>
#include <duckdb/optimizer/cte_inlining.hpp>
#include <duckdb/optimizer/optimizer.hpp>
#include <duckdb/parser/parsed_data/copy_info.hpp>
#include <duckdb/parser/parser.hpp>
#include <duckdb/planner/expression_binder/relation_binder.hpp>
#include <duckdb/planner/operator/logical_copy_to_file.hpp>
#include <duckdb/planner/operator/logical_limit.hpp>
#include <duckdb/planner/operator/logical_projection.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/projection.h"
#include "eider/engine/reader_call.h"
#include "eider/engine/route_functions.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/type.h"

namespace eider::engine {
namespace {

using duckdb::Value;

// {__duckdb_field_id: 5, a: 6, b: {__duckdb_field_id: 7, element: 8}}
Value FieldIdsOf(const std::vector<iceberg::Field>& fields, int own_id) {
  duckdb::child_list_t<Value> ids;
  if (own_id != 0) ids.emplace_back("__duckdb_field_id", Value::INTEGER(own_id));
  for (const iceberg::Field& field : fields) {
    ids.emplace_back(field.name, field.type.IsPrimitive()
                                     ? Value::INTEGER(field.id)
                                     : FieldIdsOf(field.type.fields, field.id));
  }
  return Value::STRUCT(std::move(ids));
}

// Iceberg's names of `write.parquet.compression-codec` are DuckDB's too.
Status CheckCodec(const std::string& codec) {
  constexpr auto kCodecs =
      std::to_array<std::string_view>({"zstd", "snappy", "gzip", "lz4", "uncompressed", "brotli"});
  if (std::ranges::find(kCodecs, codec) != kCodecs.end()) return {};
  return Fail(Code::kUnsupported,
              fmt::format("table property write.parquet.compression-codec has a value that Eider "
                          "cannot write: {}",
                          codec));
}

duckdb::vector<duckdb::string> NamesOf(const iceberg::Schema& schema) {
  duckdb::vector<duckdb::string> names;
  for (const iceberg::Field& field : schema.fields) names.push_back(field.name);
  return names;
}

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
    if (VerdictOnTableFunction(get.function.name) != FunctionVerdict::kAllowed) return &get;
  }
  for (const auto& child : plan.children) {
    if (const auto* found = FindForbiddenRead(*child)) return found;
  }
  return nullptr;
}

// One thread writes, and the rows stay in their order.
duckdb::CopyFunctionExecutionMode InOrder(bool /*preserve_insertion_order*/,
                                          bool /*supports_batch_index*/) {
  return duckdb::CopyFunctionExecutionMode::REGULAR_COPY_TO_FILE;
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
      AddProjection(expressions);
      copy = AddCopy(schema, options);
    });
    copy->ResolveOperatorTypes();
    return duckdb::make_uniq<duckdb::LogicalPlanStatement>(std::move(copy));
  } catch (const std::exception& error) {
    return std::unexpected(errors.From(error));
  }
}

Result<duckdb::unique_ptr<duckdb::SQLStatement>> QueryPlan::Pour(
    const std::vector<std::string>& expressions, RowSink& sink, const QueryErrors& errors) {
  try {
    context_.RunFunctionInTransaction([&] { AddProjection(expressions); });
    return duckdb::make_uniq<duckdb::LogicalPlanStatement>(PourInto(sink, std::move(bound_.plan)));
  } catch (const std::exception& error) {
    return std::unexpected(errors.From(error));
  }
}

Result<duckdb::unique_ptr<duckdb::SQLStatement>> QueryPlan::First(int rows_max,
                                                                  const QueryErrors& errors) {
  try {
    auto limit = duckdb::make_uniq<duckdb::LogicalLimit>(
        duckdb::BoundLimitNode::ConstantValue(rows_max), duckdb::BoundLimitNode());
    limit->AddChild(std::move(bound_.plan));
    limit->ResolveOperatorTypes();
    return duckdb::make_uniq<duckdb::LogicalPlanStatement>(std::move(limit));
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

void QueryPlan::AddProjection(const std::vector<std::string>& expressions) {
  duckdb::vector<duckdb::string> names;
  for (std::size_t i = 0; i < columns_.size(); ++i) names.push_back(InputName(i));
  binder_->bind_context.AddGenericBinding(bound_.plan->GetRootIndex(), "input", names,
                                          bound_.types);
  duckdb::RelationBinder expression_binder(*binder_, context_, "projection");
  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> bound;
  for (const std::string& text : expressions) {
    auto parsed = duckdb::Parser::ParseExpressionList(text);
    bound.push_back(expression_binder.Bind(parsed[0]));
  }
  auto projection =
      duckdb::make_uniq<duckdb::LogicalProjection>(binder_->GenerateTableIndex(), std::move(bound));
  projection->children.push_back(std::move(bound_.plan));
  projection->ResolveOperatorTypes();
  bound_.plan = std::move(projection);
}

duckdb::unique_ptr<duckdb::LogicalOperator> QueryPlan::AddCopy(const iceberg::Schema& schema,
                                                               const ParquetOptions& options) {
  auto& catalog = duckdb::Catalog::GetSystemCatalog(context_);
  auto& function =
      catalog.GetEntry<duckdb::CopyFunctionCatalogEntry>(context_, DEFAULT_SCHEMA, "parquet")
          .function;
  auto info = duckdb::make_uniq<duckdb::CopyInfo>();
  info->format = "parquet";
  info->options["compression"] = {Value(options.codec)};
  info->options["field_ids"] = {FieldIdsOf(schema.fields, 0)};
  info->options["row_group_size"] = {Value::UBIGINT(options.row_group_rows_max)};
  info->options["row_group_size_bytes"] = {Value::UBIGINT(options.row_group_bytes_max)};
  info->options["geoparquet_version"] = {Value("NONE")};

  const auto names = NamesOf(schema);
  const auto types = bound_.plan->types;
  duckdb::CopyFunctionBindInput input(*info, function.function_info);
  input.file_extension = function.extension;
  auto bind_data = function.copy_to_bind(context_, input, names, types);

  auto copy =
      duckdb::make_uniq<duckdb::LogicalCopyToFile>(function, std::move(bind_data), std::move(info));
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
  copy->file_extension = function.extension;
  copy->use_tmp_file = false;
  copy->overwrite_mode = duckdb::CopyOverwriteMode::COPY_OVERWRITE_OR_IGNORE;
  copy->per_thread_output = false;
  copy->partition_output = false;
  copy->write_partition_columns = false;
  copy->write_empty_file = false;
  copy->return_type = duckdb::CopyFunctionReturnType::WRITTEN_FILE_STATISTICS;
  copy->names = names;
  copy->expected_types = types;
  copy->AddChild(std::move(bound_.plan));
  return copy;
}

}  // namespace eider::engine
