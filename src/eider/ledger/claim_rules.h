// The life of a ledger row as pure functions: what each call of the ledger does to it.
//
// Every ledger keeps one ClaimRow per identity and runs these functions on it inside one atomic
// step, so that all of them answer alike: RulesLedger does, and DynamoDbLedger with conditions.
//
//   (no row) --announce--> WAITING --claim--> CLAIMED --finish--> LOADED --forced claim--> CLAIMED
//                             ^                 |  ^
//             FAILED, SKIPPED |                 |  |  claim (of no row and a broken CLAIMED, too)
//                             |                 v  |
//                              FAILED, HELD, SKIPPED    by release or set aside
//
// Whatever is not CLAIMED becomes SKIPPED when it is forgotten.
//
// The parts of a file (record.result.parts) go along all of these arrows but the forced claim. The
// schema change of a HELD file goes along its claim. Errands are of one end of the file: they go
// with the arrow that leaves it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/ledger/ledger.h"

namespace eider::ledger {

// What is kept per identity.
struct ClaimRow {
  LoadRecord record;
  std::string claim_id;  // of the last claim
  std::int64_t forced_loads = 0;
  // The start of the first claim that broke off since the file was last LOADED. Survives a Release:
  // whether the broken claim's rows are in is not known to be answered by a later failure.
  std::optional<TimePoint> interrupted_since;
};

// The row after Announce; nothing when it stays as it is. `row`: null where there is none.
std::optional<ClaimRow> AnnouncedRow(const ClaimRow* row, const FileRef& file, TimePoint now);

// Whether the file is to be loaded and nobody has it in work.
bool IsWaiting(const LoadRecord& record, TimePoint now);

// A lease must be positive, or two claims of one call could both hold. Errors: kInvalid.
Status CheckLease(Milliseconds lease);

// Only HELD and SKIPPED are states to set a file aside in. Errors: kInternal, kInvalid (the
// result's schema change is too long).
Status CheckSetAside(State state, const LoadResult& result);

// One call of TryClaim, for one file of it.
struct ClaimAttempt {
  std::string claim_id;  // fresh
  std::string owner;
  TimePoint now{};
  Milliseconds lease{};
  bool force = false;
  bool remembers = true;  // false: the ledger knows the files in work, and nothing of their past
};

// Whether the owner of a claim is surely gone.
using OwnerIsDead = std::function<bool(std::string_view owner)>;

struct ClaimDecision {
  ClaimOutcome outcome;
  std::optional<ClaimRow> row;  // the row to store, when the file was claimed
};

// The answer for `file`, whose row is `row` (null: there is none).
ClaimDecision DecideClaim(const ClaimRow* row, const FileRef& file, const ClaimAttempt& attempt,
                          const OwnerIsDead& owner_is_dead);

// The row after Forget. Errors: kConflict.
Result<ClaimRow> ForgottenRow(const ClaimRow& row, std::string_view reason, TimePoint now,
                              const OwnerIsDead& owner_is_dead);

// True when the claim still holds the row.
bool HoldsRow(const Claim& claim, const ClaimRow* row);

// The row after RecordParts, or nothing when the claim does not hold it any more: ClaimLost.
std::optional<ClaimRow> PartsRow(const ClaimRow* row, const Claim& claim,
                                 std::span<const PartRecord> parts);

// kConflict.
Error ClaimLost(const Claim& claim);

// The row after Finish; nothing when it stays as it is, because the file was loaded by this claim's
// token before and is being loaded again, on purpose, under a newer one.
std::optional<ClaimRow> FinishRow(const ClaimRow* row, const Ledger::Finished& finished,
                                  TimePoint now);

// The row after Release, or nothing when the claim does not hold it any more.
std::optional<ClaimRow> ReleaseRow(const ClaimRow* row, const Claim& claim,
                                   const LoadResult& result, const Error& error, TimePoint now);

// How a claim ends without its file being LOADED.
struct Ending {
  State state = State::kFailed;
  const LoadResult& result;  // borrowed
  std::string_view reason;   // borrowed
  TimePoint now{};
};

// The row after SetAside, or nothing when the claim does not hold it any more.
std::optional<ClaimRow> SetAsideRow(const ClaimRow* row, const Claim& claim, const Ending& ending);

// The row after RecordErrands; nothing when it stays as it is.
std::optional<ClaimRow> ErrandsRow(const ClaimRow* row, const Ledger::ErrandsRun& run);

}  // namespace eider::ledger
