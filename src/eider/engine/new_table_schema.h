// The schema of a table that is made for a query's result.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/engine/column_plan.h"
#include "eider/iceberg/schema.h"

namespace eider::engine {

// The schema of a new table for these columns, and at its end the one that `rescue` names: all
// optional, ids from 1. One without a value and a hint is left out. Errors: kInvalid with
// everything that does not fit (ten at most), or where all would be left out; they say that `what`
// of the file cannot become a table.
Result<iceberg::Schema> NewTableSchema(const std::vector<ResultColumn>& columns,
                                       const std::string& rescue, std::string_view file,
                                       std::string_view what = "the result of the route's SQL");

// Whether a new table of that schema has the column.
bool IsIn(const iceberg::Schema& made, const ResultColumn& column);

}  // namespace eider::engine
