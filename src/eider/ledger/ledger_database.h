// The ledger's SQLite file: who may open it, what is in it, and what its errors mean.
//
// Schema version 3 (PRAGMA user_version; application_id "EIDR"): the table file_loads, one row per
// identity (uri, version), times in milliseconds since 1970. Version 1 knew
// neither HELD and SKIPPED nor route_version, sql_hash and parts; versions 1 and 2 knew neither
// broken_off nor error_code and program. A file of another program is refused and left as it is.
#pragma once

#include <string>

#include <SQLiteCpp/Database.h>

#include "eider/base/result.h"

namespace SQLite {
class Exception;
}

namespace eider::ledger {

// Opens (and if need be creates) the file, its folder and the table; WAL, synchronous=FULL. A table
// of an older version becomes one of version 3 in one transaction.
// Errors: kDenied, kUnavailable, kCorrupt (not a ledger), kUnsupported (made by a newer Eider).
Result<SQLite::Database> OpenLedgerDatabase(const std::string& path);

// The error for a failure of the ledger at `path`.
Error LedgerError(const std::string& path, const SQLite::Exception& cause);

}  // namespace eider::ledger
