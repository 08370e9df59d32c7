// The reader calls of a plan that read the input file, such as read_parquet('{s3_input_path}').
//
// A part of a file is made here, below everything that the SQL says: whatever it does with its
// reader (aliases, `filename`, a second read of the same file), it sees the rows of the part only.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <duckdb/planner/operator/logical_get.hpp>

#include "eider/base/result.h"
#include "eider/engine/column_path.h"
#include "eider/engine/column_plan.h"
#include "eider/engine/query.h"
#include "eider/engine/query_plan.h"

namespace eider::engine {

// One of them, where it stands in its plan. Goes stale when the plan changes there.
struct InputRead {
  duckdb::unique_ptr<duckdb::LogicalOperator>* place = nullptr;

  duckdb::LogicalGet& get() const { return (*place)->Cast<duckdb::LogicalGet>(); }

  // The same for calls that read the same: function, arguments and options.
  std::string Call() const;

  // It, as SQL.
  std::string Sql() const;

  bool IsParquet() const;

  // Whether it reads the input alone.
  bool IsOfOneFile() const;

  // What the reader returns, by the names of the file, whatever the SQL calls them.
  std::vector<ResultColumn> Columns() const;

  // The column of a filter. Errors: kInvalid (the reader does not return it), naming `file`.
  Result<ColumnPath> FindColumn(const RowFilter& filter, const std::string& file) const;
};

// Errors: kInvalid, when there is none though the SQL is for a part: its rows would be invented.
Result<std::vector<InputRead>> FindInputReads(QueryPlan& plan, const Query& query);

// Puts the filter right above each of the reads; row groups without such rows are not read.
// Errors: those of InputRead::FindColumn and QueryErrors.
Status FilterReads(duckdb::ClientContext& context, const std::vector<InputRead>& reads,
                   const Query& query, const QueryErrors& errors);

// Puts a condition of our own there: `condition` gets the SQL of each of the file's `columns`.
// Errors: those of QueryErrors.
Status FilterRead(duckdb::ClientContext& context, const InputRead& read,
                  const std::vector<std::size_t>& columns,
                  const std::function<std::string(const std::vector<std::string>&)>& condition,
                  const QueryErrors& errors);

}  // namespace eider::engine
