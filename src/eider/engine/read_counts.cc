// A filter above the reader that lets all rows through and counts them, put there when DuckDB's
// optimizer is done: it is never moved, and keeps no column from being left out.
#include "eider/engine/read_counts.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <duckdb/function/scalar_function.hpp>
#include <duckdb/main/client_context_state.hpp>
#include <duckdb/optimizer/optimizer_extension.hpp>
#include <duckdb/planner/expression/bound_function_expression.hpp>
#include <duckdb/planner/operator/logical_filter.hpp>
#include <duckdb/planner/operator/logical_get.hpp>

#include "eider/engine/reader_call.h"

namespace eider::engine {
namespace {

using duckdb::LogicalOperatorType;
using Rows = std::atomic<std::uint64_t>;

constexpr const char* kStateKey = "eider_read_count";

struct CountData final : duckdb::FunctionData {
  // shared: see below
  explicit CountData(std::shared_ptr<Rows> counter) : rows(std::move(counter)) {}

  duckdb::unique_ptr<FunctionData> Copy() const override {
    return duckdb::make_uniq<CountData>(rows);
  }

  bool Equals(const FunctionData& other) const override {
    return other.Cast<CountData>().rows == rows;
  }

  std::shared_ptr<Rows> rows;  // shared: the plan may outlive the query's session
};

void Count(duckdb::DataChunk& arguments, duckdb::ExpressionState& state, duckdb::Vector& result) {
  const auto& call = state.expr.Cast<duckdb::BoundFunctionExpression>();
  *call.bind_info->Cast<CountData>().rows += arguments.size();
  result.Reference(duckdb::Value::BOOLEAN(true));
}

// shared: as in CountData
duckdb::unique_ptr<duckdb::Expression> CountInto(std::shared_ptr<Rows> rows) {
  duckdb::ScalarFunction function("eider_count", {}, duckdb::LogicalType::BOOLEAN, Count);
  function.SetVolatile();
  return duckdb::make_uniq<duckdb::BoundFunctionExpression>(
      duckdb::LogicalType::BOOLEAN, std::move(function),
      duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>(),
      duckdb::make_uniq<CountData>(std::move(rows)));
}

// Operators that take all rows of their only child.
bool TakesAll(LogicalOperatorType type) {
  switch (type) {
    case LogicalOperatorType::LOGICAL_COPY_TO_FILE:
    case LogicalOperatorType::LOGICAL_PROJECTION:
    case LogicalOperatorType::LOGICAL_FILTER:
    case LogicalOperatorType::LOGICAL_ORDER_BY:
    case LogicalOperatorType::LOGICAL_AGGREGATE_AND_GROUP_BY:
    case LogicalOperatorType::LOGICAL_DISTINCT:
    case LogicalOperatorType::LOGICAL_WINDOW:
    case LogicalOperatorType::LOGICAL_UNNEST:
      return true;
    default:
      return false;
  }
}

// Of these, those that make one row or none of each.
bool IsRowByRow(LogicalOperatorType type) {
  return type == LogicalOperatorType::LOGICAL_COPY_TO_FILE ||
         type == LogicalOperatorType::LOGICAL_PROJECTION ||
         type == LogicalOperatorType::LOGICAL_FILTER;
}

}  // namespace

struct ReadCount::State final : duckdb::ClientContextState {
  std::shared_ptr<Rows> rows = std::make_shared<Rows>(0);  // shared: as in CountData
  bool counts = false;
  bool is_row_by_row = false;

  static void Optimize(duckdb::OptimizerExtensionInput& input,
                       duckdb::unique_ptr<duckdb::LogicalOperator>& plan) {
    const auto state = input.context.registered_state->Get<State>(kStateKey);
    if (!state) return;
    auto* place = &plan;
    bool is_row_by_row = true;
    while (TakesAll((*place)->type) && (*place)->children.size() == 1) {
      is_row_by_row = is_row_by_row && IsRowByRow((*place)->type);
      place = &(*place)->children.front();
    }
    if ((*place)->type != LogicalOperatorType::LOGICAL_GET) return;
    state->is_row_by_row = is_row_by_row;
    if (!ReaderKindOf((*place)->Cast<duckdb::LogicalGet>().function.name)) return;
    auto filter = duckdb::make_uniq<duckdb::LogicalFilter>(CountInto(state->rows));
    filter->SetEstimatedCardinality((*place)->EstimateCardinality(input.context));
    filter->children.push_back(std::move(*place));
    filter->ResolveOperatorTypes();
    *place = std::move(filter);
    state->counts = true;
  }
};

void EnableReadCounts(duckdb::DBConfig& config) {
  duckdb::OptimizerExtension extension;
  extension.optimize_function = ReadCount::State::Optimize;
  duckdb::OptimizerExtension::Register(config, std::move(extension));
}

ReadCount::ReadCount(duckdb::ClientContext& context)
    : context_(context), state_(duckdb::make_shared_ptr<State>()) {
  context_.registered_state->Insert(kStateKey, state_);
}

ReadCount::~ReadCount() {
  context_.registered_state->Remove(kStateKey);
}

std::optional<std::uint64_t> ReadCount::rows() const {
  if (!state_->counts) return std::nullopt;
  return state_->rows->load();
}

bool ReadCount::is_row_by_row() const {
  return state_->is_row_by_row;
}

}  // namespace eider::engine
