// Statistics of Parquet files that DuckDB takes for true where they need not be.
#pragma once

#include "eider/engine/column_use.h"

namespace eider::engine {

// Lets no minimum or maximum leave rows out, or stand for them, where a query looks at a floating
// point column: writers leave NaN out of these. Call between binding and optimizing.
// Source: parquet-format, Statistics: "min and max must not be NaN" while the column may hold it.
void DistrustNanStatistics(const ColumnUse& use);

}  // namespace eider::engine
