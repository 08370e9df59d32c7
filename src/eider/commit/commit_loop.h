// The one commit loop: load, look, prepare, commit, and on a lost race wait and repeat.
//
// A commit has three outcomes: committed, conflict, unknown. After an unknown one the tables are
// loaded and looked at before anything else, and nothing is deleted while the outcome is unknown.
#pragma once

#include <span>
#include <stop_token>

#include <spdlog/logger.h>

#include "eider/base/backoff.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/commit/table_work.h"

namespace eider::commit {

// Borrowed; all outlive the calls.
struct Uses {
  catalog::Catalog& catalog;
  Clock& clock;
  Random& random;
  spdlog::logger& log;
};

// After a stop an attempt that lost a race is repeated so often, without a wait.
inline constexpr int kRepeatsAfterStop = 3;

// What came of a commit.
struct Committed {
  Status status;
  int retries = 0;  // attempts after the first
};

// Does the work of one table or, all at once, of several; each is of another table. Attempts are
// repeated within `limits` on kConflict, kUnavailable and kOutcomeUnknown. A stop ends every wait.
//
// On an error nothing is in of the work that is not done, and its files are removed; except for
// kOutcomeUnknown, where it may be in and everything is kept. Errors: those of the catalog and of
// the work.
Committed CommitWork(const Uses& uses, std::span<TableWork* const> work, const RetryLimits& limits,
                     const std::stop_token& stop);

}  // namespace eider::commit
