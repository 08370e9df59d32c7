// The values of a query's fine times, looked at one by one before DuckDB's reader cuts them.
#pragma once

#include <duckdb/main/client_context.hpp>

#include "eider/base/result.h"
#include "eider/engine/column_use.h"
#include "eider/engine/query_grants.h"

namespace eider::engine {

// Looks at the columns of Parquet files that `use` needs and that are finer than microseconds in
// their file, on a connection of its own. Errors: kInvalid (a value that microseconds do not hold,
// or that is no time of the years 1 to 9999; with file, column, row and value), kCancelled, those
// of the grants.
Status CheckFineTimes(duckdb::ClientContext& context, const SharedGrants& grants,
                      const ColumnUse& use);

}  // namespace eider::engine
