// Which file is where in its life: CLAIMED, LOADED or FAILED, one row per identity.
//
// A file's identity is its URI and version (FileRef::Version). A claim is a lease: it is given to
// one owner at a time and ends by Finish, Release, its expiry or its owner's death. The claim's
// token goes into the snapshot that holds the file's rows, so that whoever takes over a broken
// claim can tell whether the rows are in. Source of the states: ../docs/formats.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"

namespace eider::ledger {

enum class State : std::uint8_t { kClaimed, kLoaded, kFailed };

std::string_view StateName(State state);  // "CLAIMED", "LOADED", "FAILED"

struct ClaimOptions {
  Milliseconds lease{300'000};
  bool force = false;  // claim a LOADED file again, on purpose, under a new token
};

// A file that is ours to load until the lease ends.
struct Claim {
  FileRef file;
  std::string claim_id;      // unique per claim; fences off an owner that lost its lease
  std::string commit_token;  // the same for every claim of one identity until a forced load
  // An earlier claim of this identity broke off after the given time: its rows may be in a table
  // already, under the same token.
  std::optional<TimePoint> interrupted_since;
};

struct AlreadyLoaded {
  std::string target_table;
  std::int64_t snapshot_id = 0;
};

struct HeldByAnother {
  std::string owner;
  TimePoint lease_expires{};
};

using ClaimOutcome = std::variant<Claim, AlreadyLoaded, HeldByAnother>;

// What became of a file, with what is worth knowing in the load history.
struct LoadResult {
  std::string route;                        // the routing key that won; empty when unrouted
  std::string target_table;                 // "a.b"; empty when unrouted
  std::optional<std::int64_t> snapshot_id;  // empty when no rows were committed
  std::int64_t rows = 0;
};

struct LoadRecord {
  FileRef file;
  State state = State::kClaimed;
  LoadResult result;
  std::string commit_token;
  std::string owner;
  std::string error;  // of a FAILED file
  int attempts = 0;   // claims so far
  TimePoint first_seen{};
  TimePoint claimed_at{};
  TimePoint lease_expires{};
  std::optional<TimePoint> finished_at;
};

struct HistoryFilter {
  std::optional<State> state = {};
  std::string uri_prefix = {};    // empty: all
  std::string target_table = {};  // empty: all
  int limit = 1'000;              // newest first
};

// Safe for concurrent calls from several threads and processes.
class Ledger {
 public:
  virtual ~Ledger() = default;

  // Claims each file, or says why not; one outcome per file, in order. A FAILED file is claimed
  // again. Errors (none is claimed then): kInvalid (a lease below 1 ms), kUnavailable, kDenied,
  // kCorrupt.
  virtual Result<std::vector<ClaimOutcome>> TryClaim(std::span<const FileRef> files,
                                                     const ClaimOptions& options) = 0;

  // Extends the lease of claims that are still ours; returns the ids of those that are not.
  virtual Result<std::vector<std::string>> Renew(std::span<const Claim> claims,
                                                 Milliseconds lease) = 0;

  struct Finished {
    Claim claim;
    LoadResult result;
  };

  // Records the files as LOADED, in one step. A claim that was lost meanwhile is recorded all the
  // same: the rows are in, which is final. Errors: kUnavailable, kDenied.
  virtual Status Finish(std::span<const Finished> files) = 0;

  // Records the file as FAILED with the reason; no effect when the claim is not ours any more.
  // After kOutcomeUnknown its rows may be in: the next claim says so by `interrupted_since`.
  // Errors: kUnavailable, kDenied.
  virtual Status Release(const Claim& claim, const LoadResult& result, const Error& error) = 0;

  // The load history, newest first. Errors: kUnavailable, kDenied.
  virtual Result<std::vector<LoadRecord>> Query(const HistoryFilter& filter) = 0;
};

// The token of a file's load: the first 32 hex digits of SHA-256 over its identity and the number
// of forced loads so far.
std::string CommitToken(const FileRef& file, std::int64_t forced_loads);

}  // namespace eider::ledger
