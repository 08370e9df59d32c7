// A query as a plan that writes Parquet or pours its rows into a sink: bound once, then extended by
// a projection and the end, without a second look at the input.
//
// This is DuckDB's planner used directly, as its own COPY statement uses it. It binds the user's
// tree, puts one projection above it and a copy-to-file node on top.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/main/client_context.hpp>
#include <duckdb/parser/statement/logical_plan_statement.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/planner/binder.hpp>
#include <duckdb/planner/operator/logical_get.hpp>

#include "eider/base/result.h"
#include "eider/engine/column_plan.h"
#include "eider/engine/parquet_copy.h"
#include "eider/engine/partition_keys.h"
#include "eider/engine/query_errors.h"
#include "eider/engine/row_sink.h"
#include "eider/iceberg/schema.h"
#include "eider/records/value_type.h"

namespace eider::engine {

// How many rows a plan gives.
struct RowEstimate {
  std::uint64_t rows = 0;
  bool is_exact = false;  // it only reads one Parquet file: the footer tells, but for bad rows
};

// Used by one thread, inside a transaction of `context`, which outlives it.
class QueryPlan {
 public:
  // Errors: those of QueryErrors; kInvalid (the plan reads by a function that is not for routes).
  static Result<QueryPlan> Bind(duckdb::ClientContext& context, duckdb::SelectStatement& select,
                                const QueryErrors& errors);

  // A plan that only reads: the columns of `get`, in their order.
  static Result<QueryPlan> Over(duckdb::ClientContext& context,
                                duckdb::unique_ptr<duckdb::LogicalGet> get,
                                const QueryErrors& errors);

  const std::vector<ResultColumn>& columns() const { return columns_; }

  // Says of a column that it hands on texts of a file, and whether each is JSON.
  void MarkText(std::size_t column, bool is_json) {
    columns_[column].is_text = true;
    columns_[column].is_json_text = is_json;
  }

  // Says what the route has its values be.
  void SetHint(std::size_t column, records::ValueType type) {
    columns_[column].hint = std::move(type);
  }

  // Says that its values are held against the type of the table's column.
  void SetHintOfTable(std::size_t column, records::ValueType type) {
    SetHint(column, std::move(type));
    columns_[column].is_hint_of_table = true;
  }

  // Says of a column that its file has no value for it.
  void MarkEmpty(std::size_t column) { columns_[column].is_empty = true; }

  // The plan itself, to be looked at or changed below its top, whose columns must stay.
  duckdb::unique_ptr<duckdb::LogicalOperator>& root() { return bound_.plan; }

  struct AddedColumn {
    std::string name;
    duckdb::unique_ptr<duckdb::Expression> value;  // of no other column of the plan
  };

  // Adds columns of no file behind the others. Errors: those of QueryErrors.
  Status AddColumns(std::vector<AddedColumn> added, const QueryErrors& errors);

  // Puts each query of WITH that is used once in its place, as DuckDB's optimizer does. Errors:
  // those of QueryErrors.
  Status InlineCtes(const QueryErrors& errors);

  // The statement that writes `expressions` (PlanProjection's) as the columns of `schema`. Its
  // result are the lines of RETURN_STATS. Call at most once. Errors: those of QueryErrors,
  // kUnsupported (the codec).
  Result<duckdb::unique_ptr<duckdb::SQLStatement>> WriteParquet(
      const std::vector<std::string>& expressions, const iceberg::Schema& schema,
      const ParquetOptions& options, const QueryErrors& errors);

  // The statement that pours the rows of `expressions` into `sink`, which is borrowed; types() are
  // those of its rows then. Call at most once, and not after WriteParquet. Errors: those of
  // QueryErrors.
  Result<duckdb::unique_ptr<duckdb::SQLStatement>> Pour(const std::vector<std::string>& expressions,
                                                        RowSink& sink, RowOrder order,
                                                        const QueryErrors& errors);

  const duckdb::vector<duckdb::LogicalType>& types() const { return bound_.types; }

  // The same, in the order of the keys, and among rows of the same keys in that of `order`: the
  // sink's one worker gets the values of `expressions`, and behind them those of both.
  Result<duckdb::unique_ptr<duckdb::SQLStatement>> PourSorted(
      const std::vector<std::string>& expressions, const std::vector<PartitionKey>& keys,
      const std::vector<SortKey>& order, RowSink& sink, const QueryErrors& errors);

  // Leaves out all rows but the first ones. Errors: those of QueryErrors.
  Status Limit(std::uint64_t rows_max, const QueryErrors& errors);

  // The statement whose result are the first rows; the plan is used up. Errors: those of
  // QueryErrors.
  Result<duckdb::unique_ptr<duckdb::SQLStatement>> First(std::uint64_t rows_max,
                                                         const QueryErrors& errors);

  // The statement whose result are all rows of `expressions`, to be read as they come; the plan is
  // used up. Errors: those of QueryErrors.
  Result<duckdb::unique_ptr<duckdb::SQLStatement>> Rows(const std::vector<std::string>& expressions,
                                                        const QueryErrors& errors);

  // Says that `filter`, a part of the plan, leaves out `bad` of the `rows` rows that it gets: they
  // were counted.
  void NoteSift(const duckdb::LogicalOperator& filter, std::uint64_t rows, std::uint64_t bad) {
    sift_ = {&filter, rows, bad};
  }

  // What DuckDB's optimizer expects; the plan is used up. Errors: those of QueryErrors.
  Result<RowEstimate> EstimateRows(const QueryErrors& errors);

 private:
  explicit QueryPlan(duckdb::ClientContext& context);

  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> BindOver(
      const std::vector<std::string>& expressions);
  void AddProjection(duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> expressions);
  void AddKeys(const std::vector<PartitionKey>& keys, const std::vector<SortKey>& order);
  void AddOrder(std::size_t keys_begin, const std::vector<SortKey>& order);
  duckdb::unique_ptr<duckdb::LogicalOperator> AddCopy(const iceberg::Schema& schema,
                                                      const ParquetOptions& options);

  struct Sift {
    const duckdb::LogicalOperator* filter = nullptr;
    std::uint64_t rows = 0;
    std::uint64_t bad = 0;
  };

  duckdb::ClientContext& context_;
  duckdb::shared_ptr<duckdb::Binder> binder_;  // shared: DuckDB hands binders out so
  duckdb::BoundStatement bound_;
  std::vector<ResultColumn> columns_;
  std::optional<Sift> sift_;
};

}  // namespace eider::engine
