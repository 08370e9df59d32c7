// Tables of rejects: where rows go that belong into no other (docs/formats.md, "Tables of
// rejects").
#pragma once

#include <string_view>

#include "eider/base/file_ref.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/table_name.h"
#include "eider/routes/route.h"

namespace eider::routing {

inline constexpr std::string_view kRejectsKey = "(rejects)";

// All of them have this shape: file, version, line, column, value, reason, record, rejected_at.
iceberg::Schema RejectsSchema();

// The table of rejects of a table: `__rejects` stands behind its name.
iceberg::TableName RejectsTableBeside(iceberg::TableName table);

// Whether it is called like one of those.
bool IsRejectsTable(const iceberg::TableName& table);

// The built-in route for rows whose value has none: one record for each row, in a table that is
// created where it is missing. `column` as in column:NAME; the file is the one that is routed.
routes::Route RejectsRoute(iceberg::TableName table, std::string_view column, const FileRef& file);

// The built-in route for rows that a route sets aside (on_bad_rows: reject), into the table beside
// that of the route. It has no SQL.
routes::Route BadRowsRoute(const routes::Route& route);

}  // namespace eider::routing
