// What a bound plan does with the columns that it reads: which of them are handed on to the result
// as they are, and used for nothing else.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <duckdb/planner/expression.hpp>
#include <duckdb/planner/operator/logical_get.hpp>

namespace eider::engine {

// A column of a read, by its place among those of the file.
struct ColumnSource {
  const duckdb::LogicalGet* get = nullptr;
  std::size_t column = 0;

  auto operator<=>(const ColumnSource&) const = default;
};

// Looks at a plan as the binder made it. Borrows it.
class ColumnUse {
 public:
  explicit ColumnUse(duckdb::LogicalOperator& root);

  // Where the result's column comes from, if it is handed on unchanged.
  std::optional<ColumnSource> SourceOf(std::size_t result_column) const;

  // Whether the column is needed by its value: in an expression, a join, a set operation.
  bool IsUsed(const ColumnSource& source) const { return used_.contains(source); }

  // The columns that the result needs, by their values or handed on.
  std::set<ColumnSource> Needed() const;

  const std::vector<duckdb::LogicalGet*>& gets() const { return gets_; }

 private:
  void Collect(duckdb::LogicalOperator& node);
  void Mark(duckdb::LogicalOperator& node);
  void MarkExpression(duckdb::Expression& expression);
  std::optional<ColumnSource> Trace(duckdb::ColumnBinding binding) const;
  void MarkBinding(duckdb::ColumnBinding binding);

  std::vector<duckdb::ColumnBinding> result_;                 // the columns of the root
  std::map<std::size_t, duckdb::LogicalOperator*> by_table_;  // reads and projections
  std::map<std::size_t, duckdb::LogicalOperator*> ctes_;      // what a CTE's index stands for
  std::vector<duckdb::LogicalGet*> gets_;
  std::set<ColumnSource> used_;
};

}  // namespace eider::engine
