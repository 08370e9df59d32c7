// Table pointers in SQLite, in the very tables of PyIceberg's SqlCatalog and Java's JdbcCatalog.
//
// Rows of `iceberg_tables`: catalog_name, table_namespace ("a.b"), table_name, metadata_location,
// previous_metadata_location, and, in schema version V1, iceberg_type ('TABLE', 'VIEW' or null).
// `iceberg_namespace_properties` holds a row (exists = true) per namespace. Tables are created when
// they are not there; those of others are used as they are, with or without iceberg_type, which
// another program may add at any time. A database that this makes has a write-ahead log; in any
// other the journal mode is left as it is, since other programs own it.
#pragma once

#include <memory>
#include <string>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/catalog/table_pointer.h"

namespace eider::catalog {

struct SqlTablePointerOptions {
  std::string path;
  std::string catalog_name;
  Milliseconds wait_max{30'000};    // of a call for other programs, until it is kUnavailable
  Milliseconds commit_wait{1'000};  // see sqlite::OpenOptions
};

// Opens (and if need be creates) the database for the catalog of that name. Borrows clock and
// random. Errors: kUnavailable, kDenied, kCorrupt (not a database), kInvalid (no regular file).
Result<std::unique_ptr<TablePointer>> OpenSqliteTablePointer(SqlTablePointerOptions options,
                                                             Clock& clock, Random& random);

}  // namespace eider::catalog
