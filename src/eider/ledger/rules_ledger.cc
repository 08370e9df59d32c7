// One step per call: find a row, ask the rules, store what they say.
#include "eider/ledger/rules_ledger.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "eider/ledger/claim_owner.h"
#include "eider/ledger/history.h"
#include "eider/ledger/part_records.h"

namespace eider::ledger {
namespace {

const ClaimRow* PointerTo(const std::optional<ClaimRow>& row) {
  return row ? &*row : nullptr;
}

Status StoreIfAny(LedgerStep& step, const std::optional<ClaimRow>& row) {
  return row ? step.Store(*row) : Status();
}

// Files in work, of all processes, that are looked at for dead owners.
constexpr int kInWorkMax = 100'000;

// A batch meets the same owners often.
OwnerIsDead Remembering(const OwnerIsDead& owner_is_dead) {
  return [&owner_is_dead,
          known = std::map<std::string, bool, std::less<>>()](std::string_view owner) mutable {
    const auto found = known.find(owner);
    if (found != known.end()) return found->second;
    return known.emplace(owner, owner_is_dead(owner)).first->second;
  };
}

const FileRef& FileOf(const FileRef& file) {
  return file;
}

const FileRef& FileOf(const Claim& claim) {
  return claim.file;
}

const FileRef& FileOf(const Ledger::Finished& finished) {
  return finished.claim.file;
}

const FileRef& FileOf(const Ledger::Aside& aside) {
  return aside.claim.file;
}

// Places in the order of the rows: who takes several rows takes them in the same order as all
// others, so that no two wait for each other. (Seen: PostgreSQL's deadlocks of a fleet.)
template <typename T>
std::vector<std::size_t> InOrderOfRows(std::span<const T> of_files) {
  std::vector<std::tuple<std::string, std::string, std::size_t>> keys;
  for (std::size_t i = 0; i < of_files.size(); ++i) {
    const FileRef& file = FileOf(of_files[i]);
    keys.emplace_back(file.uri.ToString(), file.Version(), i);
  }
  std::ranges::sort(keys);
  std::vector<std::size_t> places;
  for (const auto& key : keys) places.push_back(std::get<std::size_t>(key));
  return places;
}

class RulesLedger final : public Ledger {
 public:
  RulesLedger(std::unique_ptr<LedgerRows> rows, RulesLedgerOptions options, Clock& clock,
              Random& random)
      : rows_(std::move(rows)), options_(std::move(options)), clock_(clock), random_(random) {}

  Status Announce(std::span<const FileRef> files) override {
    return rows_->Atomically([&](LedgerStep& step) -> Status {
      for (const std::size_t i : InOrderOfRows(files)) {
        const FileRef& file = files[i];
        EIDER_ASSIGN(const std::optional<ClaimRow> row, step.Find(file));
        EIDER_CHECK(StoreIfAny(step, AnnouncedRow(PointerTo(row), file, clock_.Now())));
      }
      return {};
    });
  }

  Result<std::vector<LoadRecord>> FindWaiting(int limit) override {
    const TimePoint now = clock_.Now();
    EIDER_ASSIGN(std::vector<LoadRecord> records, rows_->FindWaiting(now, limit));
    EIDER_ASSIGN(std::vector<LoadRecord> claimed,
                 rows_->Query({.state = State::kClaimed, .limit = kInWorkMax}));
    const OwnerIsDead is_dead = Remembering(options_.owner_is_dead);
    for (LoadRecord& record : claimed) {
      if (!IsWaiting(record, now) && is_dead(record.owner)) records.push_back(std::move(record));
    }
    KeepOldest(records, limit);
    return records;
  }

  Result<std::vector<ClaimOutcome>> TryClaim(std::span<const FileRef> files,
                                             const ClaimOptions& options) override {
    EIDER_CHECK(CheckLease(options.lease));
    const OwnerIsDead owner_is_dead = Remembering(options_.owner_is_dead);
    std::vector<ClaimOutcome> outcomes;
    const Status claimed = rows_->Atomically([&](LedgerStep& step) -> Status {
      outcomes.clear();
      const TimePoint now = clock_.Now();
      outcomes.resize(files.size(), HeldByAnother());
      for (const std::size_t i : InOrderOfRows(files)) {
        const FileRef& file = files[i];
        EIDER_ASSIGN(const std::optional<ClaimRow> row, step.Find(file));
        const ClaimAttempt attempt{.claim_id = NewUuid(random_),
                                   .owner = options_.owner,
                                   .now = now,
                                   .lease = options.lease,
                                   .force = options.force,
                                   .remembers = options_.remembers};
        ClaimDecision decision = DecideClaim(PointerTo(row), file, attempt, owner_is_dead);
        EIDER_CHECK(StoreIfAny(step, decision.row));
        outcomes[i] = std::move(decision.outcome);
      }
      return {};
    });
    EIDER_CHECK(claimed);
    return outcomes;
  }

  Result<std::vector<std::string>> Renew(std::span<const Claim> claims,
                                         Milliseconds lease) override {
    EIDER_CHECK(CheckLease(lease));
    std::vector<std::string> lost;
    const Status renewed = rows_->Atomically([&](LedgerStep& step) -> Status {
      lost.clear();
      for (const std::size_t i : InOrderOfRows(claims)) {
        const Claim& claim = claims[i];
        EIDER_ASSIGN(std::optional<ClaimRow> row, step.Find(claim.file));
        if (HoldsRow(claim, PointerTo(row))) {
          row->record.lease_expires = clock_.Now() + lease;
          EIDER_CHECK(step.Store(*row));
        } else {
          lost.push_back(claim.claim_id);
        }
      }
      return {};
    });
    EIDER_CHECK(renewed);
    return lost;
  }

  Status RecordParts(const Claim& claim, std::span<const PartRecord> parts) override {
    if (!options_.remembers) return {};  // their tokens are in the tables
    EIDER_CHECK(CheckParts(claim.file, parts));
    return rows_->Atomically([&](LedgerStep& step) -> Status {
      EIDER_ASSIGN(const std::optional<ClaimRow> row, step.Find(claim.file));
      const auto after = PartsRow(PointerTo(row), claim, parts);
      return after ? step.Store(*after) : std::unexpected(ClaimLost(claim));
    });
  }

  Status Finish(std::span<const Finished> files) override {
    return rows_->Atomically([&](LedgerStep& step) -> Status {
      for (const std::size_t i : InOrderOfRows(files)) {
        const Finished& finished = files[i];
        EIDER_ASSIGN(const std::optional<ClaimRow> row, step.Find(finished.claim.file));
        EIDER_CHECK(StoreIfAny(step, FinishRow(PointerTo(row), finished, clock_.Now())));
      }
      return {};
    });
  }

  Status Release(const Claim& claim, const LoadResult& result, const Error& error) override {
    return rows_->Atomically([&](LedgerStep& step) -> Status {
      EIDER_ASSIGN(const std::optional<ClaimRow> row, step.Find(claim.file));
      return StoreIfAny(step, ReleaseRow(PointerTo(row), claim, result, error, clock_.Now()));
    });
  }

  Status SetAside(std::span<const Aside> files) override {
    for (const Aside& file : files) EIDER_CHECK(CheckSetAside(file.state, file.result));
    return rows_->Atomically([&](LedgerStep& step) -> Status {
      for (const std::size_t i : InOrderOfRows(files)) {
        const Aside& file = files[i];
        EIDER_ASSIGN(const std::optional<ClaimRow> row, step.Find(file.claim.file));
        EIDER_CHECK(
            StoreIfAny(step, SetAsideRow(PointerTo(row), file.claim,
                                         {file.state, file.result, file.reason, clock_.Now()})));
      }
      return {};
    });
  }

  Status Forget(std::span<const FileRef> files, std::string_view reason) override {
    return rows_->Atomically([&](LedgerStep& step) -> Status {
      for (const std::size_t i : InOrderOfRows(files)) {
        const FileRef& file = files[i];
        EIDER_ASSIGN(const std::optional<ClaimRow> row, step.Find(file));
        if (!row) continue;
        EIDER_ASSIGN(const ClaimRow after,
                     ForgottenRow(*row, reason, clock_.Now(), options_.owner_is_dead));
        EIDER_CHECK(step.Store(after));
      }
      return {};
    });
  }

  Result<std::vector<LoadRecord>> FindErrands(const HistoryPlace& after, int limit) override {
    return rows_->FindErrands(after, limit);
  }

  Status RecordErrands(std::span<const ErrandsRun> runs) override {
    return rows_->Atomically([&](LedgerStep& step) -> Status {
      for (const ErrandsRun& run : runs) {
        EIDER_ASSIGN(const std::optional<ClaimRow> row, step.Find(run.file));
        EIDER_CHECK(StoreIfAny(step, ErrandsRow(PointerTo(row), run)));
      }
      return {};
    });
  }

  Result<std::vector<LoadRecord>> Query(const HistoryFilter& filter) override {
    return rows_->Query(filter);
  }

  Result<std::vector<LoadRecord>> ListByUri(const std::string& uri_prefix,
                                            const HistoryPlace& after, int limit) override {
    return rows_->ListByUri(uri_prefix, after, limit);
  }

  Result<std::vector<HistoryCount>> Count(const HistoryFilter& filter) override {
    return rows_->Count(filter);
  }

 private:
  const std::unique_ptr<LedgerRows> rows_;
  const RulesLedgerOptions options_;
  Clock& clock_;
  Random& random_;
};

}  // namespace

RulesLedgerOptions OwnedBy(std::string owner, std::vector<std::string> ended_owners) {
  auto self = ClaimOwner::Parse(owner);
  return {.owner = std::move(owner),
          .owner_is_dead = [self = std::move(self),
                            ended = std::move(ended_owners)](std::string_view text) {
            if (std::ranges::find(ended, text) != ended.end()) return true;
            const std::optional<ClaimOwner> other = ClaimOwner::Parse(text);
            return self && other && IsSurelyDead(*other, *self);
          }};
}

std::unique_ptr<Ledger> NewRulesLedger(std::unique_ptr<LedgerRows> rows, RulesLedgerOptions options,
                                       Clock& clock, Random& random) {
  return std::make_unique<RulesLedger>(std::move(rows), std::move(options), clock, random);
}

}  // namespace eider::ledger
