// How many files are in which state, without asking the ledger for it all the time.
#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/ledger/load_history.h"

namespace eider::web {

using Counts = std::vector<ledger::HistoryCount>;

// Safe for concurrent calls from several threads. Borrows history and clock.
class CountedFiles {
 public:
  CountedFiles(ledger::LoadHistory& history, Clock& clock) : history_(history), clock_(clock) {}

  // All files, by state, route and table, as the ledger had it some seconds ago. A ledger that is
  // slow at counting is asked the more seldom, so that it does not count all the time; while one
  // asks it, others get what was there before. Errors: those of LoadHistory::Count.
  Result<Counts> Get();

 private:
  static constexpr Milliseconds kFreshFor{5'000};
  static constexpr int kRestsPerCount = 20;  // rest, in times of what a count took

  ledger::LoadHistory& history_;
  Clock& clock_;
  std::mutex asking_;
  std::mutex mutex_;  // guards what follows
  std::optional<Result<Counts>> last_;
  TimePoint fresh_from_{};
  TimePoint fresh_until_{};
};

}  // namespace eider::web
