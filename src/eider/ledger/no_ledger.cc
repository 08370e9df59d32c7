// Claims that are in work, and nothing else.
#include "eider/ledger/no_ledger.h"

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "eider/ledger/claim_rules.h"

namespace eider::ledger {
namespace {

using Identity = std::pair<std::string, std::string>;  // URI, version

Identity IdentityOf(const FileRef& file) {
  return {file.uri.ToString(), file.Version()};
}

class NoLedger final : public Ledger {
 public:
  NoLedger(Clock& clock, Random& random) : clock_(clock), random_(random) {}

  Result<std::vector<ClaimOutcome>> TryClaim(std::span<const FileRef> files,
                                             const ClaimOptions& options) override {
    EIDER_CHECK(CheckLease(options.lease));
    const std::scoped_lock lock(mutex_);
    const TimePoint now = clock_.Now();
    std::vector<ClaimOutcome> outcomes;
    outcomes.reserve(files.size());
    for (const FileRef& file : files) {
      const ClaimAttempt attempt{NewUuid(random_), "this process", now, options.lease,
                                 options.force};
      ClaimDecision decision =
          DecideClaim(Find(file), file, attempt, [](std::string_view /*owner*/) { return false; });
      if (decision.row) {
        ClaimRow& row = in_work_[IdentityOf(file)] = *std::move(decision.row);
        // How often it was forced before is not known: the time makes a token of its own.
        if (options.force) row.record.commit_token = CommitToken(file, UnixMillis(now));
        auto& claim = std::get<Claim>(decision.outcome);
        claim.commit_token = row.record.commit_token;
        // That an earlier claim broke off is known by chance only: the table is looked at anyway.
        claim.interrupted_since.reset();
        row.record.broken_off = claim.broken_off = 0;
      }
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
      ClaimRow* const row = Find(claim.file);
      if (HoldsRow(claim, row)) {
        row->record.lease_expires = clock_.Now() + lease;
      } else {
        lost.push_back(claim.claim_id);
      }
    }
    return lost;
  }

  Status RecordParts(const Claim& /*claim*/, std::span<const PartRecord> /*parts*/) override {
    return {};  // their tokens are in the tables
  }

  Status Finish(std::span<const Finished> files) override {
    const std::scoped_lock lock(mutex_);
    for (const Finished& finished : files) Forget(finished.claim);
    return {};
  }

  Status Release(const Claim& claim, const LoadResult& /*result*/,
                 const Error& /*error*/) override {
    const std::scoped_lock lock(mutex_);
    Forget(claim);
    return {};
  }

  Status SetAside(const Claim& claim, State state, const LoadResult& /*result*/,
                  std::string_view /*reason*/) override {
    EIDER_CHECK(CheckSetAside(state));
    if (state == State::kHeld) {
      return Fail(Code::kUnsupported,
                  fmt::format("a disabled route can only hold files where there is a ledger: "
                              "configure ledger.type (sqlite or dynamodb), or enable the route: {}",
                              claim.file.uri.ToString()));
    }
    const std::scoped_lock lock(mutex_);
    Forget(claim);
    return {};
  }

  Result<std::vector<LoadRecord>> Query(const HistoryFilter& /*filter*/) override {
    return Fail(Code::kUnsupported,
                "there is no load history, because no ledger is kept; configure one (ledger.type: "
                "sqlite or dynamodb) to have it from then on");
  }

 private:
  ClaimRow* Find(const FileRef& file) {
    const auto found = in_work_.find(IdentityOf(file));
    return found == in_work_.end() ? nullptr : &found->second;
  }

  void Forget(const Claim& claim) {
    if (HoldsRow(claim, Find(claim.file))) in_work_.erase(IdentityOf(claim.file));
  }

  Clock& clock_;
  Random& random_;
  std::mutex mutex_;
  std::map<Identity, ClaimRow> in_work_;
};

}  // namespace

std::unique_ptr<Ledger> NewNoLedger(Clock& clock, Random& random) {
  return std::make_unique<NoLedger>(clock, random);
}

}  // namespace eider::ledger
