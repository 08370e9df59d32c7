// The ledger in memory, for tests: the same contract, gone with the process.
#pragma once

#include <algorithm>
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

  Result<std::vector<LoadRecord>> Query(const HistoryFilter& filter) override {
    const std::scoped_lock lock(mutex_);
    std::vector<LoadRecord> records;  // in the order of their identities
    for (const auto& [identity, row] : rows_) {
      if (Matches(filter, identity, row.record)) records.push_back(row.record);
    }
    std::ranges::stable_sort(records, [](const LoadRecord& left, const LoadRecord& right) {
      return left.claimed_at > right.claimed_at;
    });
    const auto limit = static_cast<std::size_t>(std::max(filter.limit, 0));
    if (records.size() > limit) records.resize(limit);
    return records;
  }

 private:
  using Identity = std::pair<std::string, std::string>;  // URI, version

  static Identity IdentityOf(const FileRef& file) { return {file.uri.ToString(), file.Version()}; }

  static bool HasTable(const LoadResult& result, const std::string& target_table) {
    return result.target_table == target_table ||
           std::ranges::find(result.parts, target_table, &PartRecord::target_table) !=
               result.parts.end();
  }

  static bool Matches(const HistoryFilter& filter, const Identity& identity,
                      const LoadRecord& record) {
    return (!filter.state || *filter.state == record.state) &&
           (filter.target_table.empty() || HasTable(record.result, filter.target_table)) &&
           (!filter.only_with_rows || record.result.rows > 0) &&
           (!filter.only_with_schema_change || !record.result.schema_change.empty()) &&
           identity.first.starts_with(filter.uri_prefix);
  }

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
