// Where the claim rules keep their rows: one per identity, changed in atomic steps.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/ledger/claim_rules.h"
#include "eider/ledger/ledger.h"

namespace eider::ledger {

// The rows, as one step sees and changes them.
class LedgerStep {
 public:
  virtual ~LedgerStep() = default;

  // The row of the file's identity. Errors: kCorrupt.
  virtual Result<std::optional<ClaimRow>> Find(const FileRef& file) = 0;

  // In the place of the row of that identity. Errors: kUnsupported (such a row is not kept).
  virtual Status Store(const ClaimRow& row) = 0;
};

// Safe for concurrent calls from several threads. An exception of whoever keeps the rows may pass
// through a step's work; its Atomically makes an error of it.
class LedgerRows {
 public:
  virtual ~LedgerRows() = default;

  // Runs `work` in one step: no other writer comes in between, and when it fails nothing is stored.
  // It may be run again, for a further attempt. Errors: work's, kUnavailable, kDenied, kCorrupt,
  // kOutcomeUnknown.
  virtual Status Atomically(const std::function<Status(LedgerStep&)>& work) = 0;

  // As Ledger::FindWaiting, by the leases alone.
  virtual Result<std::vector<LoadRecord>> FindWaiting(TimePoint now, int limit) = 0;

  // As Ledger::FindErrands.
  virtual Result<std::vector<LoadRecord>> FindErrands(const HistoryPlace& after, int limit) = 0;

  // As Ledger::Query.
  virtual Result<std::vector<LoadRecord>> Query(const HistoryFilter& filter) = 0;

  // As Ledger::ListByUri.
  virtual Result<std::vector<LoadRecord>> ListByUri(const std::string& uri_prefix,
                                                    const HistoryPlace& after, int limit) = 0;

  // As Ledger::Count.
  virtual Result<std::vector<HistoryCount>> Count(const HistoryFilter& filter) = 0;
};

}  // namespace eider::ledger
