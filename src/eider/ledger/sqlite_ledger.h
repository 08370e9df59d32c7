// The ledger in one SQLite file, for one machine.
//
// WAL journal, every transaction IMMEDIATE and synced: a claim is on disk before any row of the
// file can be in a table. The owner of a claim is a process of this machine; when it is dead its
// claims are open to others at once, without waiting for the lease.
#pragma once

#include <memory>
#include <string>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/ledger/ledger.h"

namespace eider::ledger {

// Opens (and if need be creates) the ledger at `path` for this process. Borrows clock and random.
// One of an older Eider is brought up to date. Errors: kUnavailable, kDenied, kCorrupt (not a
// ledger), kUnsupported (made by a newer Eider).
Result<std::unique_ptr<Ledger>> OpenSqliteLedger(const std::string& path, Clock& clock,
                                                 Random& random);

}  // namespace eider::ledger
