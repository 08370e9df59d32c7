// The ledger in memory, for tests: the same contract, gone with the process.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/ledger/claim_rules.h"
#include "eider/ledger/history.h"
#include "eider/ledger/ledger.h"
#include "eider/ledger/ledger_rows.h"
#include "eider/ledger/rules_ledger.h"

namespace eider::ledger {

// Rows in a map under one mutex.
class MemoryRows final : public LedgerRows, private LedgerStep {
 public:
  // The rules fail before they store, so there is nothing to undo.
  Status Atomically(const std::function<Status(LedgerStep&)>& work) override {
    const std::scoped_lock lock(mutex_);
    return work(*this);
  }

  Result<std::vector<LoadRecord>> FindWaiting(TimePoint now, int limit) override {
    const std::scoped_lock lock(mutex_);
    std::vector<LoadRecord> records;
    for (const auto& [identity, row] : rows_) {
      if (IsWaiting(row.record, now)) records.push_back(row.record);
    }
    KeepOldest(records, limit);
    return records;
  }

  Result<std::vector<LoadRecord>> FindErrands(const HistoryPlace& after, int limit) override {
    const std::scoped_lock lock(mutex_);
    std::vector<LoadRecord> records;
    for (const auto& [identity, row] : rows_) {
      const bool has_errands = !row.record.result.errands.empty();
      if (has_errands && IsListed(row.record, "", after)) records.push_back(row.record);
    }
    KeepFirstByUri(records, limit);
    return records;
  }

  Result<std::vector<LoadRecord>> Query(const HistoryFilter& filter) override {
    const std::scoped_lock lock(mutex_);
    std::vector<LoadRecord> records;
    for (const auto& [identity, row] : rows_) {
      if (Fits(filter, row.record)) records.push_back(row.record);
    }
    KeepPage(filter, records);
    return records;
  }

  Result<std::vector<LoadRecord>> ListByUri(const std::string& uri_prefix,
                                            const HistoryPlace& after, int limit) override {
    const std::scoped_lock lock(mutex_);
    std::vector<LoadRecord> records;
    for (const auto& [identity, row] : rows_) {
      if (IsListed(row.record, uri_prefix, after)) records.push_back(row.record);
    }
    KeepFirstByUri(records, limit);
    return records;
  }

  Result<std::vector<HistoryCount>> Count(const HistoryFilter& filter) override {
    const std::scoped_lock lock(mutex_);
    HistoryCounter counter;
    for (const auto& [identity, row] : rows_) {
      if (Fits(filter, row.record)) counter.Add(row.record);
    }
    return counter.Take();
  }

 private:
  using Identity = std::pair<std::string, std::string>;  // URI, version

  static Identity IdentityOf(const FileRef& file) { return {file.uri.ToString(), file.Version()}; }

  Result<std::optional<ClaimRow>> Find(const FileRef& file) override {
    const auto found = rows_.find(IdentityOf(file));
    if (found == rows_.end()) return std::nullopt;
    return found->second;
  }

  Status Store(const ClaimRow& row) override {
    rows_[IdentityOf(row.record.file)] = row;
    return {};
  }

  std::mutex mutex_;
  std::map<Identity, ClaimRow> rows_;
};

// Borrows clock and random.
inline std::unique_ptr<Ledger> NewMemoryLedger(Clock& clock, Random& random) {
  return NewRulesLedger(std::make_unique<MemoryRows>(), {}, clock, random);
}

}  // namespace eider::ledger
