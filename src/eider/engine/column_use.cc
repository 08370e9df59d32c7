#include "eider/engine/column_use.h"

#include <cstddef>
#include <optional>
#include <set>

#include <duckdb/planner/expression/bound_columnref_expression.hpp>
#include <duckdb/planner/expression_iterator.hpp>
#include <duckdb/planner/logical_operator_visitor.hpp>
#include <duckdb/planner/operator/logical_cteref.hpp>
#include <duckdb/planner/operator/logical_materialized_cte.hpp>
#include <duckdb/planner/operator/logical_projection.hpp>

namespace eider::engine {
namespace {

using duckdb::LogicalOperatorType;

// Operators that need of their children's columns only what their expressions name.
bool NamesWhatItUses(LogicalOperatorType type) {
  switch (type) {
    case LogicalOperatorType::LOGICAL_GET:
    case LogicalOperatorType::LOGICAL_PROJECTION:
    case LogicalOperatorType::LOGICAL_FILTER:
    case LogicalOperatorType::LOGICAL_LIMIT:
    case LogicalOperatorType::LOGICAL_ORDER_BY:
    case LogicalOperatorType::LOGICAL_TOP_N:
    case LogicalOperatorType::LOGICAL_MATERIALIZED_CTE:
    case LogicalOperatorType::LOGICAL_CTE_REF:
    case LogicalOperatorType::LOGICAL_COMPARISON_JOIN:
    case LogicalOperatorType::LOGICAL_ANY_JOIN:
    case LogicalOperatorType::LOGICAL_CROSS_PRODUCT:
    case LogicalOperatorType::LOGICAL_AGGREGATE_AND_GROUP_BY:
    case LogicalOperatorType::LOGICAL_WINDOW:
    case LogicalOperatorType::LOGICAL_UNNEST:
    case LogicalOperatorType::LOGICAL_DUMMY_SCAN:
      return true;
    default:
      return false;
  }
}

}  // namespace

ColumnUse::ColumnUse(duckdb::LogicalOperator& root) {
  const auto bindings = root.GetColumnBindings();
  result_.assign(bindings.begin(), bindings.end());
  Collect(root);
  Mark(root);
}

void ColumnUse::Collect(duckdb::LogicalOperator& node) {
  if (node.type == LogicalOperatorType::LOGICAL_GET) {
    auto& get = node.Cast<duckdb::LogicalGet>();
    by_table_[get.table_index] = &node;
    gets_.push_back(&get);
  } else if (node.type == LogicalOperatorType::LOGICAL_PROJECTION) {
    by_table_[node.Cast<duckdb::LogicalProjection>().table_index] = &node;
  } else if (node.type == LogicalOperatorType::LOGICAL_CTE_REF) {
    by_table_[node.Cast<duckdb::LogicalCTERef>().table_index] = &node;
  } else if (node.type == LogicalOperatorType::LOGICAL_MATERIALIZED_CTE) {
    ctes_[node.Cast<duckdb::LogicalMaterializedCTE>().table_index] = node.children.front().get();
  }
  for (auto& child : node.children) Collect(*child);
}

void ColumnUse::Mark(duckdb::LogicalOperator& node) {
  if (!NamesWhatItUses(node.type)) {
    for (auto& child : node.children) {
      for (const duckdb::ColumnBinding binding : child->GetColumnBindings()) MarkBinding(binding);
    }
  }
  const bool hands_on = node.type == LogicalOperatorType::LOGICAL_PROJECTION;
  duckdb::LogicalOperatorVisitor::EnumerateExpressions(
      node, [&](duckdb::unique_ptr<duckdb::Expression>* expression) {
        const auto type = (*expression)->GetExpressionType();
        if (hands_on && type == duckdb::ExpressionType::BOUND_COLUMN_REF) return;
        MarkExpression(**expression);
      });
  for (auto& child : node.children) Mark(*child);
}

void ColumnUse::MarkExpression(duckdb::Expression& expression) {
  if (expression.GetExpressionType() == duckdb::ExpressionType::BOUND_COLUMN_REF) {
    return MarkBinding(expression.Cast<duckdb::BoundColumnRefExpression>().binding);
  }
  duckdb::ExpressionIterator::EnumerateChildren(
      expression, [this](duckdb::Expression& child) { MarkExpression(child); });
}

void ColumnUse::MarkBinding(duckdb::ColumnBinding binding) {
  if (const auto source = Trace(binding)) used_.insert(*source);
}

std::optional<ColumnSource> ColumnUse::Trace(duckdb::ColumnBinding binding) const {
  const auto found = by_table_.find(binding.table_index);
  if (found == by_table_.end()) return std::nullopt;
  duckdb::LogicalOperator& node = *found->second;
  if (node.type == LogicalOperatorType::LOGICAL_GET) {
    const auto& get = node.Cast<duckdb::LogicalGet>();
    const auto& ids = get.GetColumnIds();
    if (binding.column_index >= ids.size()) return std::nullopt;
    if (ids[binding.column_index].IsVirtualColumn()) return std::nullopt;
    return ColumnSource{&get, ids[binding.column_index].GetPrimaryIndex()};
  }
  if (node.type == LogicalOperatorType::LOGICAL_CTE_REF) {
    const auto cte = ctes_.find(node.Cast<duckdb::LogicalCTERef>().cte_index);
    if (cte == ctes_.end()) return std::nullopt;
    const auto bindings = cte->second->GetColumnBindings();
    if (binding.column_index >= bindings.size()) return std::nullopt;
    return Trace(bindings[binding.column_index]);
  }
  duckdb::Expression& expression = *node.expressions[binding.column_index];
  if (expression.GetExpressionType() != duckdb::ExpressionType::BOUND_COLUMN_REF) {
    return std::nullopt;
  }
  return Trace(expression.Cast<duckdb::BoundColumnRefExpression>().binding);
}

std::set<ColumnSource> ColumnUse::Needed() const {
  std::set<ColumnSource> needed = used_;
  for (std::size_t i = 0; i < result_.size(); ++i) {
    if (const auto source = SourceOf(i)) needed.insert(*source);
  }
  return needed;
}

std::optional<ColumnSource> ColumnUse::SourceOf(std::size_t result_column) const {
  if (result_column >= result_.size()) return std::nullopt;
  return Trace(result_[result_column]);
}

}  // namespace eider::engine
