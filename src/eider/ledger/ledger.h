// Which file is where in its life, one row per identity: CLAIMED, then LOADED, FAILED, HELD (its
// route is disabled, or its table would have to change for it) or SKIPPED (no route is for it). One
// that was announced and that nobody has begun yet is WAITING.
//
// A file's identity is its URI and version (FileRef::Version). A claim is a lease: it is given to
// one owner at a time and ends by Finish, Release, its expiry or its owner's death. The claim's
// token goes into the snapshot that holds the file's rows, so that whoever takes over a broken
// claim can tell whether the rows are in. Source of the states: ../docs/formats.md.
//
// A file that goes to several tables is loaded in parts, each committed alone under a token of its
// own. The row holds them from before the first commit on, so that a later claim completes what is
// missing and repeats nothing.
//
// A file that has ended may have errands: what is to be told of it, or done with its object. They
// are written with its end, and stay until somebody says that they are done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/ledger/load_history.h"

namespace eider::ledger {

struct ClaimOptions {
  Milliseconds lease{300'000};
  bool force = false;  // claim a LOADED file again, on purpose, under a new token
};

// What the ledger knows of the last attempt, when it ended with kReaderCrashed.
struct ReaderCrash {
  std::string message;
  std::string sql_hash;  // as in LoadResult
  std::string program;   // as in LoadResult

  bool operator==(const ReaderCrash&) const = default;
};

// A file that is ours to load until the lease ends.
struct Claim {
  FileRef file;
  std::string claim_id;      // unique per claim; fences off an owner that lost its lease
  std::string commit_token;  // the same for every claim of one identity until a forced load
  // An earlier claim of this identity broke off after the given time: its rows may be in a table
  // already, under the same token.
  std::optional<TimePoint> interrupted_since;
  // The parts of this load so far, planned or loaded by earlier claims that broke off or ended
  // without the file being LOADED. Of the planned ones that another claim broke off at, the rows
  // may be in.
  std::vector<PartRecord> parts = {};
  int broken_off = 0;  // claims of this identity that broke off since it was last LOADED
  std::optional<ReaderCrash> crash = {};  // none for a claim by force
  std::string schema_change = {};         // that the file was HELD for
};

struct AlreadyLoaded {
  std::string target_table;
  std::optional<std::int64_t> snapshot_id;  // empty when no rows were committed
  std::optional<LoadRecord> left = {};      // where it has errands yet
};

struct HeldByAnother {
  std::string owner;
  TimePoint lease_expires{};
};

using ClaimOutcome = std::variant<Claim, AlreadyLoaded, HeldByAnother>;

// Safe for concurrent calls from several threads and processes.
class Ledger : public LoadHistory {
 public:
  // Records files as WAITING that are to be loaded: new ones, and those that are FAILED or SKIPPED.
  // The others stay as they are. Synced like a claim: what was announced outlives this process.
  // Errors: kUnsupported (there is no ledger to keep them in), kUnavailable, kDenied, kCorrupt.
  virtual Status Announce(std::span<const FileRef> files) = 0;

  // At most so many files that are to be loaded and that nobody has in work: WAITING ones, and
  // CLAIMED ones whose lease has ended or whose owner is surely dead. The oldest first. Errors:
  // kUnsupported, kUnavailable, kDenied, kCorrupt.
  virtual Result<std::vector<LoadRecord>> FindWaiting(int limit) = 0;

  // Claims each file, or says why not; one outcome per file, in order. A WAITING, FAILED, HELD or
  // SKIPPED file is claimed, with the parts that it has so far; a LOADED one only by force, and it
  // begins with none. A claim broke off when its lease ended or its owner died before it was
  // ended: the next one counts it. Errors (none is claimed then): kInvalid (a lease below 1 ms),
  // kUnavailable, kDenied, kCorrupt.
  virtual Result<std::vector<ClaimOutcome>> TryClaim(std::span<const FileRef> files,
                                                     const ClaimOptions& options) = 0;

  // Extends the lease of claims that are still ours; returns the ids of those that are not.
  virtual Result<std::vector<std::string>> Renew(std::span<const Claim> claims,
                                                 Milliseconds lease) = 0;

  // Replaces the parts of a claimed file. To be called before the first of them is committed and
  // after each one is. Synced like a claim: parts that are recorded outlive this process, and stay
  // until the file is LOADED.
  // Errors: kConflict (the claim was lost: another may load the file now), kInvalid (more than the
  // ledger holds of one file), kUnavailable, kDenied.
  virtual Status RecordParts(const Claim& claim, std::span<const PartRecord> parts) = 0;

  struct Finished {
    Claim claim;
    LoadResult result;  // with the final parts
  };

  // Records the files as LOADED, in one step. A claim that was lost meanwhile is recorded all the
  // same: the rows are in, which is final. Errors: kUnavailable, kDenied.
  virtual Status Finish(std::span<const Finished> files) = 0;

  // Records the file as FAILED with the error's message and code; no effect when the claim is not
  // ours any more. After kOutcomeUnknown its rows may be in: the next claim says so by
  // `interrupted_since`. The parts stay as they were recorded; those of `result` are not looked at.
  // Errors: kUnavailable, kDenied.
  virtual Status Release(const Claim& claim, const LoadResult& result, const Error& error) = 0;

  struct Aside {
    Claim claim;
    State state = State::kHeld;  // or kSkipped
    LoadResult result;
    std::string reason;
  };

  // Records each file as HELD or SKIPPED with the reason, to be claimed again by a later run, in
  // one step; no effect on one whose claim is not ours any more. Parts: as in Release. The schema
  // change of a HELD file stays while it is claimed, so that it is found where the claim breaks
  // off. Errors (none is set aside then, but in DynamoDB): kUnsupported (nothing can be held
  // without a ledger), kInvalid (a schema change that is too long), kUnavailable, kDenied.
  virtual Status SetAside(std::span<const Aside> files) = 0;

  // The same for one file.
  Status SetAside(const Claim& claim, State state, LoadResult result, std::string_view reason) {
    const Aside file{claim, state, std::move(result), std::string(reason)};
    return SetAside({&file, 1});
  }

  // From now on files are as if they had never been loaded: whatever names one loads it again,
  // under a new token. They are SKIPPED, with the reason. Errors: kConflict (one is in work; then
  // nothing has changed, but in DynamoDB), kUnsupported, kUnavailable, kDenied.
  virtual Status Forget(std::span<const FileRef> files, std::string_view reason) = 0;

  // At most so many files with errands that come after the given one, in the order of URI and
  // version. Errors: kUnsupported (no ledger is kept), kUnavailable, kDenied, kCorrupt.
  virtual Result<std::vector<LoadRecord>> FindErrands(const HistoryPlace& after, int limit) = 0;

  struct ErrandsRun {
    FileRef file;
    std::string before;           // LoadResult::errands, as they were found
    std::string left = {};        // of them, what is still to be done
    std::string afterwards = {};  // LoadRecord::afterwards from now on; empty: as it was
  };

  // Records what was done. No effect on a file whose errands are others by now: it was claimed
  // since, or somebody else has done them. Errors: kUnavailable, kDenied, kCorrupt.
  virtual Status RecordErrands(std::span<const ErrandsRun> runs) = 0;
};

// The token of a file's load: the first 32 hex digits of SHA-256 over its identity and the number
// of forced loads so far.
std::string CommitToken(const FileRef& file, std::int64_t forced_loads);

// The token of one part of it: the first 32 hex digits of SHA-256 over the file's token, the
// route's key and the values, whatever their order.
std::string PartToken(std::string_view commit_token, std::string_view route,
                      std::span<const std::optional<std::string>> values);

}  // namespace eider::ledger
