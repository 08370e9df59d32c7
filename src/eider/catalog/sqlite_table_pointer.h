// The SQL catalog in one SQLite file.
//
// A database that this makes has a write-ahead log; in any other the journal mode is left as it is,
// since other programs own it.
#pragma once

#include <memory>
#include <string>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/catalog/table_pointer.h"

namespace eider::catalog {

struct SqliteTablePointerOptions {
  std::string path;
  std::string catalog_name;
  Milliseconds wait_max{30'000};    // of a call for other programs, until it is kUnavailable
  Milliseconds commit_wait{1'000};  // see sqlite::OpenOptions
};

// Opens (and if need be creates) the database for the catalog of that name. Borrows clock and
// random. Errors: kUnavailable, kDenied, kCorrupt (not a database), kInvalid (no regular file).
Result<std::unique_ptr<TablePointer>> OpenSqliteTablePointer(SqliteTablePointerOptions options,
                                                             Clock& clock, Random& random);

}  // namespace eider::catalog
