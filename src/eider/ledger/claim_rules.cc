// The transitions of a ledger row.
#include "eider/ledger/claim_rules.h"

#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "eider/codec/shortened_text.h"

namespace eider::ledger {
namespace {

bool IsHeld(const ClaimRow& row, TimePoint now, const OwnerIsDead& owner_is_dead) {
  return row.record.state == State::kClaimed && now < row.record.lease_expires &&
         !owner_is_dead(row.record.owner);
}

ClaimRow NewRow(const FileRef& file, TimePoint now) {
  ClaimRow row;
  row.record.file = file;
  row.record.first_seen = now;
  return row;
}

ClaimRow ClaimedRow(const ClaimRow* before, const FileRef& file, const ClaimAttempt& attempt) {
  ClaimRow row = before == nullptr ? NewRow(file, attempt.now) : *before;
  LoadRecord& record = row.record;
  if (before != nullptr && record.state == State::kClaimed) {
    if (!row.interrupted_since) row.interrupted_since = record.claimed_at;
    ++record.broken_off;
  }
  auto parts = std::move(record.result.parts);
  auto schema_change = std::move(record.result.schema_change);
  if (before != nullptr && record.state == State::kLoaded) {
    ++row.forced_loads;
    parts.clear();
  }
  // How often it was forced before is not known: the time makes a token of its own.
  if (!attempt.remembers && attempt.force) row.forced_loads = UnixMillis(attempt.now);
  row.claim_id = attempt.claim_id;
  record.file = file;  // the latest sequencer
  record.state = State::kClaimed;
  record.result = LoadResult{};
  record.result.parts = std::move(parts);
  record.result.schema_change = std::move(schema_change);
  record.commit_token = CommitToken(file, row.forced_loads);
  record.owner = attempt.owner;
  record.error.clear();
  record.error_code.clear();
  record.error_place = {};
  ++record.attempts;
  record.claimed_at = attempt.now;
  record.lease_expires = attempt.now + attempt.lease;
  record.finished_at.reset();
  return row;
}

std::optional<ReaderCrash> CrashOf(const ClaimRow* row) {
  if (row == nullptr) return std::nullopt;
  const State state = row->record.state;
  if (state != State::kFailed && state != State::kWaiting) return std::nullopt;
  const LoadRecord& record = row->record;
  if (record.error_code != CodeName(Code::kReaderCrashed)) return std::nullopt;
  return ReaderCrash{record.error, record.result.sql_hash, record.result.program};
}

}  // namespace

std::optional<ClaimRow> AnnouncedRow(const ClaimRow* row, const FileRef& file, TimePoint now) {
  if (row != nullptr) {
    if (row->record.state != State::kFailed && row->record.state != State::kSkipped) {
      return std::nullopt;
    }
    ClaimRow after = *row;
    after.record.state = State::kWaiting;
    after.record.result.errands.clear();
    return after;
  }
  ClaimRow announced = NewRow(file, now);
  announced.record.state = State::kWaiting;
  announced.record.claimed_at = now;
  announced.record.lease_expires = now;
  announced.record.commit_token = CommitToken(file, 0);
  return announced;
}

bool IsWaiting(const LoadRecord& record, TimePoint now) {
  return record.state == State::kWaiting ||
         (record.state == State::kClaimed && record.lease_expires <= now);
}

Status CheckLease(Milliseconds lease) {
  if (lease > Milliseconds::zero()) return {};
  return Fail(Code::kInvalid,
              fmt::format("a claim needs a lease of at least 1 ms, not of {} ms", lease.count()));
}

Status CheckSetAside(State state, const LoadResult& result) {
  if (state != State::kHeld && state != State::kSkipped) {
    return Fail(Code::kInternal,
                fmt::format("a file is set aside as HELD or SKIPPED, not as {}", StateName(state)));
  }
  if (result.schema_change.size() <= kSchemaChangeBytesMax) return {};
  return Fail(Code::kInvalid,
              fmt::format("the change of the schema has {} bytes, more than the {} that the ledger "
                          "keeps of a file: change the table by hand, or name the columns in the "
                          "route's SELECT",
                          result.schema_change.size(), kSchemaChangeBytesMax));
}

ClaimDecision DecideClaim(const ClaimRow* row, const FileRef& file, const ClaimAttempt& attempt,
                          const OwnerIsDead& owner_is_dead) {
  if (row != nullptr && row->record.state == State::kLoaded && !attempt.force) {
    const LoadResult& result = row->record.result;
    AlreadyLoaded loaded{result.target_table, result.snapshot_id};
    if (!result.errands.empty()) loaded.left = row->record;
    return {std::move(loaded), std::nullopt};
  }
  if (row != nullptr && IsHeld(*row, attempt.now, owner_is_dead)) {
    return {HeldByAnother{row->record.owner, row->record.lease_expires}, std::nullopt};
  }
  // That an earlier claim broke off would be known by chance only: the table is looked at anyway.
  ClaimRow claimed = ClaimedRow(attempt.remembers ? row : nullptr, file, attempt);
  Claim claim{.file = file,
              .claim_id = claimed.claim_id,
              .commit_token = claimed.record.commit_token,
              .interrupted_since = claimed.interrupted_since,
              .parts = claimed.record.result.parts,
              .broken_off = claimed.record.broken_off,
              .crash = attempt.force ? std::nullopt : CrashOf(row),
              .schema_change = claimed.record.result.schema_change};
  return {std::move(claim), std::move(claimed)};
}

Result<ClaimRow> ForgottenRow(const ClaimRow& row, std::string_view reason, TimePoint now,
                              const OwnerIsDead& owner_is_dead) {
  const LoadRecord& record = row.record;
  if (IsHeld(row, now, owner_is_dead)) {
    return Fail(Code::kConflict,
                fmt::format("it is in work by {}: {}", record.owner, record.file.uri.ToString()));
  }
  ClaimRow after = row;
  ++after.forced_loads;
  after.interrupted_since.reset();
  after.record.state = State::kSkipped;
  after.record.result.parts.clear();
  after.record.result.schema_change.clear();
  after.record.result.errands.clear();
  after.record.afterwards.clear();
  after.record.commit_token = CommitToken(record.file, after.forced_loads);
  after.record.error = codec::ShortMessage(reason);
  after.record.error_code.clear();
  after.record.error_place = {};
  after.record.broken_off = 0;
  after.record.finished_at = now;
  return after;
}

bool HoldsRow(const Claim& claim, const ClaimRow* row) {
  return row != nullptr && row->record.state == State::kClaimed && row->claim_id == claim.claim_id;
}

std::optional<ClaimRow> PartsRow(const ClaimRow* row, const Claim& claim,
                                 std::span<const PartRecord> parts) {
  if (!HoldsRow(claim, row)) return std::nullopt;
  ClaimRow after = *row;
  after.record.result.parts.assign(parts.begin(), parts.end());
  return after;
}

Error ClaimLost(const Claim& claim) {
  return {Code::kConflict,
          fmt::format("the claim was lost, since its lease ended or the ledger forgot it; whoever "
                      "has the file now goes on with it: {}",
                      claim.file.uri.ToString())};
}

std::optional<ClaimRow> FinishRow(const ClaimRow* row, const Ledger::Finished& finished,
                                  TimePoint now) {
  const Claim& claim = finished.claim;
  if (row != nullptr && row->record.commit_token != claim.commit_token) return std::nullopt;
  ClaimRow after = row == nullptr ? NewRow(claim.file, now) : *row;
  if (row == nullptr) {  // the ledger was lost or emptied meanwhile
    after.record.attempts = 1;
    after.record.claimed_at = now;
    after.record.lease_expires = now;
    after.record.commit_token = claim.commit_token;
  }
  after.claim_id = claim.claim_id;
  after.record.state = State::kLoaded;
  after.record.result = finished.result;
  after.record.error.clear();
  after.record.error_code.clear();
  after.record.error_place = {};
  after.record.broken_off = 0;
  after.record.finished_at = now;
  after.record.afterwards.clear();
  after.interrupted_since.reset();
  return after;
}

std::optional<ClaimRow> ReleaseRow(const ClaimRow* row, const Claim& claim,
                                   const LoadResult& result, const Error& error, TimePoint now) {
  auto after = SetAsideRow(row, claim, {State::kFailed, result, error.message, now});
  if (!after) return after;
  after->record.error_code = CodeName(error.code);
  after->record.error_place = codec::ShortPlace(error.place);
  if (error.code == Code::kOutcomeUnknown && !after->interrupted_since) {
    after->interrupted_since = after->record.claimed_at;
  }
  // That the object is not there has its reason in what was done with it.
  if (error.code != Code::kNotFound) after->record.afterwards.clear();
  return after;
}

std::optional<ClaimRow> SetAsideRow(const ClaimRow* row, const Claim& claim, const Ending& ending) {
  if (!HoldsRow(claim, row)) return std::nullopt;
  ClaimRow after = *row;
  after.record.state = ending.state;
  after.record.result = ending.result;
  after.record.result.parts = row->record.result.parts;
  after.record.error = codec::ShortMessage(ending.reason);
  after.record.error_code.clear();
  after.record.error_place = {};
  after.record.finished_at = ending.now;
  return after;
}

std::optional<ClaimRow> ErrandsRow(const ClaimRow* row, const Ledger::ErrandsRun& run) {
  if (row == nullptr || row->record.result.errands.empty()) return std::nullopt;
  if (row->record.result.errands != run.before) return std::nullopt;
  ClaimRow after = *row;
  after.record.result.errands = run.left;
  if (!run.afterwards.empty()) after.record.afterwards = run.afterwards;
  return after;
}

}  // namespace eider::ledger
