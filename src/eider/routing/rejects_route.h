// The built-in route for rows whose value has none: they become records of the rejects table.
#pragma once

#include <string_view>

#include "eider/iceberg/table_name.h"
#include "eider/routing/route.h"

namespace eider::routing {

inline constexpr std::string_view kRejectsKey = "(rejects)";

// One record for each row, in a table that is created where it is missing (docs/formats.md, "The
// rejects table"): file, reason, value, record, rejected_at. `column` as in column:NAME.
Route RejectsRoute(iceberg::TableName table, std::string_view column);

}  // namespace eider::routing
