// Columns of Parquet files that DuckDB's reader cannot read, or reads as other values, refused
// before a row is read where a query needs them.
#pragma once

#include "eider/base/result.h"
#include "eider/engine/column_use.h"
#include "eider/engine/query_grants.h"

namespace eider::engine {

// Errors: kUnsupported (with file, column and way out), those of the grants.
Status CheckReadable(const SharedGrants& grants, const ColumnUse& use);

}  // namespace eider::engine
