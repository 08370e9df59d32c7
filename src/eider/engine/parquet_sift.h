// Rows of a Parquet file whose values do not fit the table, told by SQL: one query finds them, and
// a filter right above the reader leaves them out.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/engine/column_use.h"
#include "eider/engine/input_reads.h"
#include "eider/engine/query_plan.h"
#include "eider/iceberg/schema.h"

namespace eider::engine {

// A column that goes unchanged to one of the table's, where some values may not fit.
struct ValueCheck {
  std::size_t column = 0;  // of the file
  std::string name;        // there
  ResultColumn from;
  iceberg::Field to;

  // SQL: whether `value`, the SQL of a value of the column, does not fit.
  std::string IsBad(const std::string& value) const;

  // Why one does not; or that there is none.
  std::string Reason(bool has_value) const;
};

// Of the columns that `read` gives. Columns whose type would not do get a hint in the plan, so that
// each value is looked at. Nested columns are not checked: what does not fit there is an error.
std::vector<ValueCheck> ChecksOf(const InputRead& read, QueryPlan& plan,
                                 const iceberg::Schema& table);

// The query for the bad rows: number from 1, index of the first check that it breaks, value, row.
std::string BadRowsSql(const InputRead& read, const std::vector<ValueCheck>& checks,
                       const std::string& file);

// The rows that break no check are left. Errors: those of QueryErrors.
Status KeepGoodRows(duckdb::ClientContext& context, const InputRead& read,
                    const std::vector<ValueCheck>& checks, const QueryErrors& errors);

}  // namespace eider::engine
