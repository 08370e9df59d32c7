// Decide by the rules, write on a condition, and decide again where somebody was faster.
#include "eider/ledger/dynamodb_ledger.h"

#include <algorithm>
#include <climits>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/backoff.h"
#include "eider/base/in_parallel.h"
#include "eider/ledger/claim_ends.h"
#include "eider/ledger/claim_owner.h"
#include "eider/ledger/claim_rules.h"
#include "eider/ledger/history.h"
#include "eider/ledger/ledger_scan.h"
#include "eider/ledger/ledger_table.h"
#include "eider/ledger/own_claims.h"
#include "eider/ledger/part_records.h"

namespace eider::ledger {
namespace {

constexpr std::size_t kRequestsAtATime = 16;
constexpr std::size_t kUnsortedMax = 1'000;  // beyond what is asked for: memory stays bounded

const ClaimRow* RowIn(const std::optional<StoredRow>& stored) {
  return stored ? &stored->row : nullptr;
}

// What a call made of a row.
struct Change {
  std::optional<StoredRow> before;
  std::optional<StoredRow> after;  // none: nothing was written
};

class DynamoDbLedger final : public Ledger {
 public:
  DynamoDbLedger(DynamoDbLedgerOptions options, const DynamoDbLedgerDeps& deps)
      : table_(deps.service, {options.table, options.region, "ledger", kLedgerKey},
               options.keep_days, deps.clock, deps.random),
        owner_(std::move(options.owner)),
        ended_owners_(std::move(options.ended_owners)),
        self_(ClaimOwner::Parse(owner_)),
        clock_(deps.clock),
        random_(deps.random) {}

  Status Announce(std::span<const FileRef> files) override;
  Result<std::vector<LoadRecord>> FindWaiting(int limit) override;
  Result<std::vector<ClaimOutcome>> TryClaim(std::span<const FileRef> files,
                                             const ClaimOptions& options) override;
  Result<std::vector<std::string>> Renew(std::span<const Claim> claims,
                                         Milliseconds lease) override;
  Status RecordParts(const Claim& claim, std::span<const PartRecord> parts) override;
  Status Finish(std::span<const Finished> files) override;
  Status Release(const Claim& claim, const LoadResult& result, const Error& error) override;
  Status SetAside(std::span<const Aside> files) override;
  Status Forget(std::span<const FileRef> files, std::string_view reason) override;
  Result<std::vector<LoadRecord>> FindErrands(const HistoryPlace& after, int limit) override;
  Status RecordErrands(std::span<const ErrandsRun> runs) override;
  Result<std::vector<LoadRecord>> Query(const HistoryFilter& filter) override;
  Result<std::vector<LoadRecord>> ListByUri(const std::string& uri_prefix,
                                            const HistoryPlace& after, int limit) override;
  Result<std::vector<HistoryCount>> Count(const HistoryFilter& filter) override;

 private:
  struct Attempt {
    Result<ClaimOutcome> outcome = Fail(Code::kInternal, "not tried");
    Change change;
  };

  Attempt ClaimOne(const FileRef& file, const ClaimOptions& options);
  void GiveBack(const Change& change);
  bool IsDead(std::string_view owner) const;

  // Those of the scan that are wanted. Now and then `keep` takes away what cannot be among the
  // first `limit` any more, so that memory stays bounded, and it has the last word.
  Result<std::vector<LoadRecord>> Collect(
      const codec::Json& scan, const std::function<bool(const LoadRecord&)>& is_wanted, int limit,
      const std::function<void(std::vector<LoadRecord>&)>& keep);

  Result<std::optional<StoredRow>> RowOf(const Claim& claim);
  Result<Change> Apply(const FileRef& file, std::optional<StoredRow> present, const Decide& decide);
  Status CheckIdentity(const FileRef& file, const std::optional<StoredRow>& row) const;
  Status End(const Claim& claim, const Decide& decide);
  Status EndAll(std::span<const ClaimEnd> ends);
  Status EndTogether(std::span<const ClaimEnd* const> ends);
  Backoff NewBackoff() const;
  Status WaitForOthers(Backoff& backoff) const;

  LedgerTable table_;
  const std::string owner_;
  const std::vector<std::string> ended_owners_;
  const std::optional<ClaimOwner> self_;
  Clock& clock_;
  Random& random_;
  OwnClaims own_;
};

Status DynamoDbLedger::Announce(std::span<const FileRef> files) {
  return AllInParallel(files.size(), kRequestsAtATime, [&](std::size_t i) -> Status {
    EIDER_CHECK(Apply(files[i], std::nullopt, [&](const ClaimRow* row) {
      return AnnouncedRow(row, files[i], clock_.Now());
    }));
    return {};
  });
}

Result<std::vector<LoadRecord>> DynamoDbLedger::Collect(
    const codec::Json& scan, const std::function<bool(const LoadRecord&)>& is_wanted, int limit,
    const std::function<void(std::vector<LoadRecord>&)>& keep) {
  const std::size_t held_max = 2 * static_cast<std::size_t>(std::max(limit, 0)) + kUnsortedMax;
  std::vector<LoadRecord> records;
  EIDER_CHECK(table_.Scan(scan, [&](StoredRow stored) {
    if (!is_wanted(stored.row.record)) return;
    records.push_back(std::move(stored.row.record));
    if (records.size() >= held_max) keep(records);
  }));
  keep(records);
  return records;
}

Result<std::vector<LoadRecord>> DynamoDbLedger::FindWaiting(int limit) {
  const auto waits = [this, now = clock_.Now()](const LoadRecord& record) {
    return IsWaiting(record, now) || (record.state == State::kClaimed && IsDead(record.owner));
  };
  return Collect(OpenScan(), waits, limit,
                 [&](std::vector<LoadRecord>& records) { KeepOldest(records, limit); });
}

Result<std::vector<ClaimOutcome>> DynamoDbLedger::TryClaim(std::span<const FileRef> files,
                                                           const ClaimOptions& options) {
  EIDER_CHECK(CheckLease(options.lease));
  // A file that is named twice is claimed in the order of the call; different ones side by side.
  std::map<std::string, std::vector<std::size_t>> by_key;
  for (std::size_t i = 0; i < files.size(); ++i) by_key[LedgerKeyOf(files[i])].push_back(i);
  std::vector<const std::vector<std::size_t>*> groups;
  for (const auto& [key, positions] : by_key) groups.push_back(&positions);

  std::vector<Attempt> attempts(files.size());
  InParallel(groups.size(), kRequestsAtATime, [&](std::size_t group) {
    for (const std::size_t i : *groups[group]) attempts[i] = ClaimOne(files[i], options);
  });
  const auto failed = std::ranges::find_if(
      attempts, [](const Attempt& attempt) { return !attempt.outcome.has_value(); });
  if (failed != attempts.end()) {
    for (const Attempt& attempt : attempts) GiveBack(attempt.change);
    return std::unexpected(failed->outcome.error());
  }
  std::vector<ClaimOutcome> outcomes;
  for (Attempt& attempt : attempts) {
    if (attempt.change.after) own_.Add(*attempt.change.after);
    outcomes.push_back(*std::move(attempt.outcome));
  }
  return outcomes;
}

// Most files are new: so the first request says there is no row, and brings the row where there is.
DynamoDbLedger::Attempt DynamoDbLedger::ClaimOne(const FileRef& file, const ClaimOptions& options) {
  Attempt attempt;
  auto change = Apply(file, std::nullopt, [&](const ClaimRow* row) {
    const ClaimAttempt claim{NewUuid(random_), owner_, clock_.Now(), options.lease, options.force};
    ClaimDecision decision =
        DecideClaim(row, file, claim, [this](std::string_view owner) { return IsDead(owner); });
    attempt.outcome = std::move(decision.outcome);
    return std::move(decision.row);
  });
  if (change) {
    attempt.change = *std::move(change);
  } else {
    attempt.outcome = std::unexpected(std::move(change).error());
  }
  return attempt;
}

// Undoes a claim as far as that is possible now; otherwise its lease ends it.
void DynamoDbLedger::GiveBack(const Change& change) {
  if (!change.after) return;
  if (change.before) {
    static_cast<void>(table_.Put({{change.before->row, NewUuid(random_)}, change.after->write_id}));
  } else {
    static_cast<void>(table_.RemoveIfUnchanged(*change.after));
  }
}

bool DynamoDbLedger::IsDead(std::string_view owner) const {
  if (std::ranges::find(ended_owners_, owner) != ended_owners_.end()) return true;
  const std::optional<ClaimOwner> other = ClaimOwner::Parse(owner);
  return self_ && other && IsSurelyDead(*other, *self_);
}

// The row as this process wrote it last, or, when it did not, as it stands in the table.
Result<std::optional<StoredRow>> DynamoDbLedger::RowOf(const Claim& claim) {
  if (auto own = own_.Find(claim.claim_id)) return own;
  return table_.Get(claim.file);
}

// `present` may be out of date: the write's condition tells.
Result<Change> DynamoDbLedger::Apply(const FileRef& file, std::optional<StoredRow> present,
                                     const Decide& decide) {
  Backoff backoff = NewBackoff();
  for (bool is_first = true;; is_first = false) {
    EIDER_CHECK(CheckIdentity(file, present));
    std::optional<ClaimRow> row = decide(RowIn(present));
    if (!row) return Change{std::move(present), std::nullopt};
    StoredRow next{*std::move(row), NewUuid(random_)};
    const auto replaced = present ? std::optional(present->write_id) : std::nullopt;
    EIDER_ASSIGN(WriteOutcome outcome, table_.Put({next, replaced}));
    if (outcome.is_written) return Change{std::move(present), std::move(next)};
    present = std::move(outcome.present);
    if (!is_first) EIDER_CHECK(WaitForOthers(backoff));
  }
}

Backoff DynamoDbLedger::NewBackoff() const {
  return Backoff({.num_retries = 50,
                  .min_wait = Milliseconds(5),
                  .max_wait = Milliseconds(500),
                  .total_timeout = Milliseconds(30'000)},
                 clock_, random_);
}

Status DynamoDbLedger::WaitForOthers(Backoff& backoff) const {
  const auto wait = backoff.NextWait();
  if (!wait) {
    return Fail(Code::kUnavailable,
                fmt::format("{}: others write the same item all the time; gave up after {} "
                            "attempts",
                            table_.label(), backoff.retries() + 2));
  }
  clock_.SleepFor(*wait, std::stop_token());
  return {};
}

Status DynamoDbLedger::CheckIdentity(const FileRef& file,
                                     const std::optional<StoredRow>& row) const {
  if (!row) return {};
  const FileRef& theirs = row->row.record.file;
  if (theirs.uri == file.uri && theirs.Version() == file.Version()) return {};
  return Fail(Code::kCorrupt, fmt::format("{}: the item of {} ({}) tells of another file: {} ({})",
                                          table_.label(), file.uri.ToString(), file.Version(),
                                          theirs.uri.ToString(), theirs.Version()));
}

Result<std::vector<std::string>> DynamoDbLedger::Renew(std::span<const Claim> claims,
                                                       Milliseconds lease) {
  EIDER_CHECK(CheckLease(lease));
  std::vector<Result<Change>> changes(claims.size());
  InParallel(claims.size(), kRequestsAtATime, [&](std::size_t i) {
    auto row = RowOf(claims[i]);
    if (!row) {
      changes[i] = std::unexpected(std::move(row).error());
      return;
    }
    changes[i] = Apply(claims[i].file, *std::move(row), [&](const ClaimRow* present) {
      if (!HoldsRow(claims[i], present)) return std::optional<ClaimRow>();
      std::optional<ClaimRow> renewed = *present;
      renewed->record.lease_expires = clock_.Now() + lease;
      return renewed;
    });
    if (changes[i] && changes[i]->after) own_.Replace(*changes[i]->after);
  });
  std::vector<std::string> lost;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    if (!changes[i]) return std::unexpected(std::move(changes[i]).error());
    if (!changes[i]->after) lost.push_back(claims[i].claim_id);
  }
  return lost;
}

Status DynamoDbLedger::RecordParts(const Claim& claim, std::span<const PartRecord> parts) {
  EIDER_CHECK(CheckParts(claim.file, parts));
  EIDER_ASSIGN(auto row, RowOf(claim));
  EIDER_ASSIGN(const Change change, Apply(claim.file, std::move(row), [&](const ClaimRow* present) {
                 return PartsRow(present, claim, parts);
               }));
  if (!change.after) return std::unexpected(ClaimLost(claim));
  own_.Replace(*change.after);
  return {};
}

Status DynamoDbLedger::Finish(std::span<const Finished> files) {
  std::vector<ClaimEnd> ends;
  for (const Finished& file : files) {
    ends.push_back({file.claim,
                    [&](const ClaimRow* present) { return FinishRow(present, file, clock_.Now()); },
                    PartsText(file.result.parts).size()});
  }
  return EndAll(ends);
}

Status DynamoDbLedger::SetAside(std::span<const Aside> files) {
  std::vector<ClaimEnd> ends;
  for (const Aside& file : files) {
    EIDER_CHECK(CheckSetAside(file.state, file.result));
    const auto decide = [&](const ClaimRow* present) {
      return SetAsideRow(present, file.claim, {file.state, file.result, file.reason, clock_.Now()});
    };
    const std::size_t parts_bytes =
        std::max(PartsText(file.claim.parts).size(), PartsText(file.result.parts).size());
    ends.push_back({file.claim, decide, parts_bytes + file.result.schema_change.size()});
  }
  return EndAll(ends);
}

Status DynamoDbLedger::EndAll(std::span<const ClaimEnd> ends) {
  for (const auto& batch : InTransactions(ends)) {
    EIDER_CHECK(batch.size() > 1 ? EndTogether(batch)
                                 : End(batch.front()->claim, batch.front()->decide));
  }
  return {};
}

Status DynamoDbLedger::EndTogether(std::span<const ClaimEnd* const> ends) {
  std::vector<Result<std::optional<StoredRow>>> present(ends.size());
  InParallel(ends.size(), kRequestsAtATime,
             [&](std::size_t i) { present[i] = RowOf(ends[i]->claim); });
  Backoff backoff = NewBackoff();
  for (bool is_first = true;; is_first = false) {
    std::vector<RowWrite> writes;
    std::vector<std::size_t> positions;  // of the writes' files
    for (std::size_t i = 0; i < ends.size(); ++i) {
      if (!present[i]) return std::unexpected(std::move(present[i]).error());
      EIDER_CHECK(CheckIdentity(ends[i]->claim.file, *present[i]));
      auto row = ends[i]->decide(RowIn(*present[i]));
      if (!row) continue;
      const auto replaced = *present[i] ? std::optional((*present[i])->write_id) : std::nullopt;
      writes.push_back({{*std::move(row), NewUuid(random_)}, replaced});
      positions.push_back(i);
    }
    if (writes.empty()) break;
    EIDER_ASSIGN(LedgerTable::AllOutcome outcome, table_.PutAll(writes));
    if (outcome.are_written) break;
    for (std::size_t i = 0; i < writes.size(); ++i) {
      if (outcome.refused[i]) present[positions[i]] = std::move(outcome.refused[i]->present);
    }
    if (!is_first) EIDER_CHECK(WaitForOthers(backoff));
  }
  for (const ClaimEnd* end : ends) own_.Remove(end->claim.claim_id);
  return {};
}

Status DynamoDbLedger::Release(const Claim& claim, const LoadResult& result, const Error& error) {
  return End(claim, [&](const ClaimRow* present) {
    return ReleaseRow(present, claim, result, error, clock_.Now());
  });
}

// Writes what `decide` makes of the claim's row, and forgets the claim.
Status DynamoDbLedger::End(const Claim& claim, const Decide& decide) {
  EIDER_ASSIGN(auto row, RowOf(claim));
  EIDER_ASSIGN(const Change change, Apply(claim.file, std::move(row), decide));
  own_.Remove(claim.claim_id);
  return {};
}

Status DynamoDbLedger::Forget(std::span<const FileRef> files, std::string_view reason) {
  for (const FileRef& file : files) {
    EIDER_ASSIGN(auto present, table_.Get(file));
    Status refused;
    EIDER_CHECK(Apply(file, std::move(present), [&](const ClaimRow* row) {
      std::optional<ClaimRow> after;
      if (row == nullptr) return after;
      auto forgotten = ForgottenRow(*row, reason, clock_.Now(),
                                    [this](std::string_view owner) { return IsDead(owner); });
      refused = forgotten ? Status() : std::unexpected(forgotten.error());
      if (forgotten) after = *std::move(forgotten);
      return after;
    }));
    EIDER_CHECK(refused);
  }
  return {};
}

Result<std::vector<LoadRecord>> DynamoDbLedger::FindErrands(const HistoryPlace& after, int limit) {
  return Collect(
      ErrandsScan(), [&](const LoadRecord& record) { return IsListed(record, "", after); }, limit,
      [&](std::vector<LoadRecord>& records) { KeepFirstByUri(records, limit); });
}

Status DynamoDbLedger::RecordErrands(std::span<const ErrandsRun> runs) {
  return AllInParallel(runs.size(), kRequestsAtATime, [&](std::size_t i) -> Status {
    EIDER_ASSIGN(auto present, table_.Get(runs[i].file));
    EIDER_CHECK(Apply(runs[i].file, std::move(present),
                      [&](const ClaimRow* row) { return ErrandsRow(row, runs[i]); }));
    return {};
  });
}

Result<std::vector<LoadRecord>> DynamoDbLedger::Query(const HistoryFilter& filter) {
  HistoryFilter up_to_page = filter;
  up_to_page.skip = 0;
  up_to_page.limit = static_cast<int>(std::min<std::int64_t>(
      std::int64_t{std::max(filter.limit, 0)} + std::max(filter.skip, 0), INT_MAX));
  EIDER_ASSIGN(
      auto records,
      Collect(
          HistoryScan(filter), [&](const LoadRecord& record) { return Fits(filter, record); },
          up_to_page.limit, [&](std::vector<LoadRecord>& some) { KeepPage(up_to_page, some); }));
  KeepPage(filter, records);
  return records;
}

// The table has no order: each page reads all of it.
Result<std::vector<LoadRecord>> DynamoDbLedger::ListByUri(const std::string& uri_prefix,
                                                          const HistoryPlace& after, int limit) {
  return Collect(
      HistoryScan({}),
      [&](const LoadRecord& record) { return IsListed(record, uri_prefix, after); }, limit,
      [&](std::vector<LoadRecord>& records) { KeepFirstByUri(records, limit); });
}

Result<std::vector<HistoryCount>> DynamoDbLedger::Count(const HistoryFilter& filter) {
  HistoryCounter counter;
  EIDER_CHECK(table_.Scan(HistoryScan(filter), [&](StoredRow stored) {
    if (Fits(filter, stored.row.record)) counter.Add(stored.row.record);
  }));
  return counter.Take();
}

}  // namespace

std::unique_ptr<Ledger> OpenDynamoDbLedger(DynamoDbLedgerOptions options,
                                           const DynamoDbLedgerDeps& deps) {
  return std::make_unique<DynamoDbLedger>(std::move(options), deps);
}

}  // namespace eider::ledger
