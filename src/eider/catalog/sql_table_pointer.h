// Table pointers in SQLite, in the very tables of PyIceberg's SqlCatalog and Java's JdbcCatalog.
//
// Rows of `iceberg_tables`: catalog_name, table_namespace ("a.b"), table_name, metadata_location,
// previous_metadata_location, and, in schema version V1, iceberg_type ('TABLE', 'VIEW' or null).
// `iceberg_namespace_properties` holds a row (exists = true) per namespace. Tables are created when
// they are not there; those of others are used as they are, with or without iceberg_type, which
// another program may add at any time. The journal mode is left as it is.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/catalog/table_pointer.h"

namespace eider::catalog {

inline constexpr Milliseconds kCatalogBusyTimeout{30'000};

// Opens (and if need be creates) the database at `path` for the catalog called `catalog_name`.
// `busy_timeout`: how long a call waits for other users of the database before it is kUnavailable.
// Errors: kUnavailable, kDenied, kCorrupt (not a database).
Result<std::unique_ptr<TablePointer>> OpenSqliteTablePointer(
    const std::string& path, const std::string& catalog_name,
    Milliseconds busy_timeout = kCatalogBusyTimeout);

}  // namespace eider::catalog
