// The ledger in memory, for tests: the same contract, gone with the process.
#pragma once

#include <memory>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/ledger/ledger.h"

namespace eider::ledger {

// Borrows clock and random.
std::unique_ptr<Ledger> NewMemoryLedger(Clock& clock, Random& random);

}  // namespace eider::ledger
