// The ledger's SQLite file: who may open it, and what is in it.
//
// Schema version 8 (PRAGMA user_version; application_id "EIDR"): the table file_loads, one row per
// identity (uri, version), times in milliseconds since 1970. docs/formats.md tells what older
// versions lacked. A file of another program is refused and left as it is.
#pragma once

#include <memory>
#include <string>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/sqlite/database.h"

namespace eider::ledger {

// Opens (and if need be creates) the file, its folder and the table; WAL, synchronous=FULL. A table
// of an older version becomes one of this in one transaction. Borrows clock and random.
// Errors: kDenied, kUnavailable, kCorrupt (not a ledger), kUnsupported (made by a newer Eider).
Result<std::unique_ptr<sqlite::Database>> OpenLedgerDatabase(const std::string& path, Clock& clock,
                                                             Random& random);

}  // namespace eider::ledger
