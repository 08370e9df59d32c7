// No ledger: nothing is remembered from one call to the next, and the target table alone tells
// whether a file was loaded.
//
// Every file that is asked for is claimed. Its commit token is the same each time, and the pipeline
// looks for it in every snapshot that the table keeps, before it runs the SQL and before each
// attempt to commit: a file is loaded once as long as the snapshot that holds it is kept. When that
// snapshot has expired, an event that comes again loads the file again, without an error. A file
// whose SQL gives no rows leaves no trace and is run again. There is no load history. Of a file
// that goes to several tables every part is planned again, and found by its token as a file is. No
// file can be held, since nobody would know of it.
//
// Claims of this process hold against each other until they end, so that a file that is named twice
// in one call is loaded once.
#pragma once

#include <memory>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/ledger/ledger.h"

namespace eider::ledger {

// Query fails with kUnsupported. Borrows clock and random.
std::unique_ptr<Ledger> NewNoLedger(Clock& clock, Random& random);

}  // namespace eider::ledger
