// Rows in a map under one mutex.
#include "eider/ledger/memory_ledger.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eider/ledger/claim_rules.h"
#include "eider/ledger/part_records.h"

namespace eider::ledger {
namespace {

constexpr std::string_view kOwner = "this process";

using Identity = std::pair<std::string, std::string>;  // URI, version

Identity IdentityOf(const FileRef& file) {
  return {file.uri.ToString(), file.Version()};
}

bool HasTable(const LoadResult& result, const std::string& target_table) {
  return result.target_table == target_table ||
         std::ranges::find(result.parts, target_table, &PartRecord::target_table) !=
             result.parts.end();
}

bool Matches(const HistoryFilter& filter, const Identity& identity, const LoadRecord& record) {
  return (!filter.state || *filter.state == record.state) &&
         (filter.target_table.empty() || HasTable(record.result, filter.target_table)) &&
         (!filter.only_with_rows || record.result.rows > 0) &&
         identity.first.starts_with(filter.uri_prefix);
}

class MemoryLedger final : public Ledger {
 public:
  MemoryLedger(Clock& clock, Random& random) : clock_(clock), random_(random) {}

  Result<std::vector<ClaimOutcome>> TryClaim(std::span<const FileRef> files,
                                             const ClaimOptions& options) override {
    EIDER_CHECK(CheckLease(options.lease));
    const std::scoped_lock lock(mutex_);
    const TimePoint now = clock_.Now();
    std::vector<ClaimOutcome> outcomes;
    outcomes.reserve(files.size());
    for (const FileRef& file : files) {
      const ClaimAttempt attempt{NewUuid(random_), std::string(kOwner), now, options.lease,
                                 options.force};
      // The owner of every claim is this process, which lives.
      ClaimDecision decision =
          DecideClaim(Find(file), file, attempt, [](std::string_view /*owner*/) { return false; });
      if (decision.row) rows_[IdentityOf(file)] = *std::move(decision.row);
      outcomes.push_back(std::move(decision.outcome));
    }
    return outcomes;
  }

  Result<std::vector<std::string>> Renew(std::span<const Claim> claims,
                                         Milliseconds lease) override {
    EIDER_CHECK(CheckLease(lease));
    const std::scoped_lock lock(mutex_);
    std::vector<std::string> lost;
    for (const Claim& claim : claims) {
      ClaimRow* row = Find(claim.file);
      if (HoldsRow(claim, row)) {
        row->record.lease_expires = clock_.Now() + lease;
      } else {
        lost.push_back(claim.claim_id);
      }
    }
    return lost;
  }

  Status RecordParts(const Claim& claim, std::span<const PartRecord> parts) override {
    EIDER_CHECK(CheckParts(claim.file, parts));
    const std::scoped_lock lock(mutex_);
    auto row = PartsRow(Find(claim.file), claim, parts);
    if (!row) return std::unexpected(ClaimLost(claim));
    Store(claim.file, std::move(row));
    return {};
  }

  Status Finish(std::span<const Finished> files) override {
    const std::scoped_lock lock(mutex_);
    for (const Finished& finished : files) {
      Store(finished.claim.file, FinishRow(Find(finished.claim.file), finished, clock_.Now()));
    }
    return {};
  }

  Status Release(const Claim& claim, const LoadResult& result, const Error& error) override {
    const std::scoped_lock lock(mutex_);
    Store(claim.file, ReleaseRow(Find(claim.file), claim, result, error, clock_.Now()));
    return {};
  }

  Status SetAside(const Claim& claim, State state, const LoadResult& result,
                  std::string_view reason) override {
    EIDER_CHECK(CheckSetAside(state));
    const std::scoped_lock lock(mutex_);
    Store(claim.file, SetAsideRow(Find(claim.file), claim, {state, result, reason, clock_.Now()}));
    return {};
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
  ClaimRow* Find(const FileRef& file) {
    const auto found = rows_.find(IdentityOf(file));
    return found == rows_.end() ? nullptr : &found->second;
  }

  void Store(const FileRef& file, std::optional<ClaimRow> row) {
    if (row) rows_[IdentityOf(file)] = *std::move(row);
  }

  Clock& clock_;
  Random& random_;
  std::mutex mutex_;
  std::map<Identity, ClaimRow> rows_;
};

}  // namespace

std::unique_ptr<Ledger> NewMemoryLedger(Clock& clock, Random& random) {
  return std::make_unique<MemoryLedger>(clock, random);
}

}  // namespace eider::ledger
