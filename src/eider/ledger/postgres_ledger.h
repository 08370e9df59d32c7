// The ledger in a PostgreSQL database, for many machines.
//
// The table eider_file_loads, one row per identity. A step locks the rows that it looks at until
// its transaction ends; of two steps that make the same row the second is run again, and finds it.
// A claim is on disk before any row of the file can be in a table.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/ledger/ledger.h"

namespace eider::ledger {

struct PostgresLedgerOptions {
  std::string uri;    // as postgres::ServerAddress
  std::string owner;  // who claims: see OwnedBy
  std::vector<std::string> ended_owners = {};
};

// Creates the table where it is not there. Borrows clock and random. Errors: kNotFound (no such
// database), kDenied, kInvalid, kUnavailable, kUnsupported (made by a newer Eider).
Result<std::unique_ptr<Ledger>> OpenPostgresLedger(PostgresLedgerOptions options, Clock& clock,
                                                   Random& random);

}  // namespace eider::ledger
