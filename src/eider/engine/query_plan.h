// A route's query as a plan that writes Parquet: bound once, then extended by the projection to the
// table and the writing, without a second look at the input.
//
// This is DuckDB's planner used directly, as its own COPY statement uses it. It binds the user's
// tree, puts one projection above it and a copy-to-file node on top.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <duckdb/main/client_context.hpp>
#include <duckdb/parser/statement/logical_plan_statement.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/planner/binder.hpp>

#include "eider/base/result.h"
#include "eider/engine/projection.h"
#include "eider/engine/query_errors.h"
#include "eider/iceberg/schema.h"

namespace eider::engine {

struct ParquetOptions {
  std::string folder;  // URI text
  std::string file_prefix;
  std::string codec;
  std::uint64_t row_group_rows_max = 0;
  std::uint64_t row_group_bytes_max = 0;  // in memory, before compression
  std::uint64_t file_bytes_max = 0;       // 0: one file, whatever its size
};

// Used by one thread, inside a transaction of `context`, which outlives it.
class QueryPlan {
 public:
  // Errors: those of QueryErrors.
  static Result<QueryPlan> Bind(duckdb::ClientContext& context, duckdb::SelectStatement& select,
                                const QueryErrors& errors);

  const std::vector<ResultColumn>& columns() const { return columns_; }

  // The statement that writes `expressions` (PlanProjection's) as the columns of `schema`. Its
  // result are the lines of RETURN_STATS. Call at most once. Errors: those of QueryErrors,
  // kUnsupported (the codec).
  Result<duckdb::unique_ptr<duckdb::SQLStatement>> WriteParquet(
      const std::vector<std::string>& expressions, const iceberg::Schema& schema,
      const ParquetOptions& options, const QueryErrors& errors);

 private:
  explicit QueryPlan(duckdb::ClientContext& context);

  void AddProjection(const std::vector<std::string>& expressions);
  duckdb::unique_ptr<duckdb::LogicalOperator> AddCopy(const iceberg::Schema& schema,
                                                      const ParquetOptions& options);

  duckdb::ClientContext& context_;
  duckdb::shared_ptr<duckdb::Binder> binder_;  // shared: DuckDB hands binders out so
  duckdb::BoundStatement bound_;
  std::vector<ResultColumn> columns_;
};

}  // namespace eider::engine
