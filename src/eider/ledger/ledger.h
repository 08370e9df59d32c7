// Which file is where in its life, one row per identity: CLAIMED, then LOADED, FAILED, HELD (its
// route is disabled, or its table would have to change for it) or SKIPPED (no route is for it).
//
// A file's identity is its URI and version (FileRef::Version). A claim is a lease: it is given to
// one owner at a time and ends by Finish, Release, its expiry or its owner's death. The claim's
// token goes into the snapshot that holds the file's rows, so that whoever takes over a broken
// claim can tell whether the rows are in. Source of the states: ../docs/formats.md.
//
// A file that goes to several tables is loaded in parts, each committed alone under a token of its
// own. The row holds them from before the first commit on, so that a later claim completes what is
// missing and repeats nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
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

enum class State : std::uint8_t { kClaimed, kLoaded, kFailed, kHeld, kSkipped };

inline constexpr std::array kStates = {State::kClaimed, State::kLoaded, State::kFailed,
                                       State::kHeld, State::kSkipped};

// "CLAIMED", "LOADED", "FAILED", "HELD", "SKIPPED".
std::string_view StateName(State state);

// The state of that name, exactly; nothing when there is none.
std::optional<State> StateOf(std::string_view name);

// "CLAIMED, LOADED, FAILED, HELD or SKIPPED", for messages.
std::string StateNames();

// The records of a file beside the rows that it gave. Read are those written, filtered and
// rejected.
struct RowCounts {
  std::optional<std::int64_t> read = {};      // nothing: it cannot be told
  std::optional<std::int64_t> filtered = {};  // nothing: the SQL does not work row by row
  std::int64_t rejected = 0;                  // they went to a table of rejects

  bool operator==(const RowCounts&) const = default;
};

// Of several; what is not known of one is not known of all.
RowCounts Sum(std::span<const RowCounts> counts);

// One table's share of a file that goes to several.
struct PartRecord {
  std::string route;                               // the PartitionKey of the route that won
  std::vector<std::optional<std::string>> values;  // of the routing column; null is nullopt
  std::string target_table;                        // "a.b"
  std::string commit_token;
  bool is_loaded = false;                   // its rows are in the table, or it has none
  std::optional<std::int64_t> snapshot_id;  // empty when no rows were committed
  std::int64_t rows = 0;
  std::int64_t route_version = 0;  // as in LoadResult
  std::string sql_hash;
  RowCounts counts = {};

  bool operator==(const PartRecord&) const = default;
};

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
};

struct HeldByAnother {
  std::string owner;
  TimePoint lease_expires{};
};

using ClaimOutcome = std::variant<Claim, AlreadyLoaded, HeldByAnother>;

inline constexpr std::size_t kSchemaChangeBytesMax = 30'000;

// What became of a file, with what is worth knowing in the load history.
struct LoadResult {
  std::string route;                        // the routing key that won; empty when unrouted
  std::string target_table;                 // "a.b"; empty when unrouted
  std::optional<std::int64_t> snapshot_id;  // empty when no rows were committed
  std::int64_t rows = 0;
  std::int64_t route_version = 0;  // of the route when it loaded the file; 0: it has none
  std::string sql_hash = {};       // hexadecimal SHA-256 of the route's SQL; empty: none was run
  std::string program = {};  // which read it, such as "eider 0.1.0, DuckDB v1.5.5"; empty: none did
  // The calls that read the text of the file, with their options: "read_csv(delim = ',', …)"; at
  // most 2,048 bytes. Empty: it was not read, or is no CSV and no JSON.
  std::string readers = {};
  std::vector<PartRecord> parts = {};  // of a file that goes to several tables
  RowCounts counts = {};
  // How tables would have to change for the file, as a text of the caller's of at most
  // kSchemaChangeBytesMax bytes; empty where it is not HELD for that.
  std::string schema_change = {};
};

struct LoadRecord {
  FileRef file;
  State state = State::kClaimed;
  LoadResult result;
  std::string commit_token;
  std::string owner;
  std::string error;       // why the file is FAILED, HELD or SKIPPED
  std::string error_code;  // CodeName of the error of a FAILED file; else empty
  FilePlace error_place;   // of that error
  int attempts = 0;        // claims so far
  int broken_off = 0;      // of them, those that broke off since the file was last LOADED
  TimePoint first_seen{};
  TimePoint claimed_at{};
  TimePoint lease_expires{};
  std::optional<TimePoint> finished_at;
};

struct HistoryFilter {
  std::optional<State> state = {};
  std::string uri_prefix = {};           // empty: all
  std::string target_table = {};         // empty: all; finds files with a part in that table, too
  int limit = 1'000;                     // newest first
  bool only_with_rows = false;           // only files that gave rows
  bool only_with_schema_change = false;  // only those with LoadResult::schema_change
};

// Safe for concurrent calls from several threads and processes.
class Ledger {
 public:
  virtual ~Ledger() = default;

  // Claims each file, or says why not; one outcome per file, in order. A FAILED, HELD or SKIPPED
  // file is claimed again, with the parts that it has so far; a LOADED one only by force, and it
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

  // Records the file as HELD or SKIPPED with the reason, to be claimed again by a later run; no
  // effect when the claim is not ours any more. Parts: as in Release. The schema change of a
  // HELD file stays while it is claimed, so that it is found where the claim breaks off.
  // Errors: kUnsupported (nothing can be held without a ledger), kInvalid (a schema change that is
  // too long), kUnavailable, kDenied.
  virtual Status SetAside(const Claim& claim, State state, const LoadResult& result,
                          std::string_view reason) = 0;

  // The load history, newest first. Errors: kUnsupported (none is kept), kUnavailable, kDenied.
  virtual Result<std::vector<LoadRecord>> Query(const HistoryFilter& filter) = 0;
};

// The token of a file's load: the first 32 hex digits of SHA-256 over its identity and the number
// of forced loads so far.
std::string CommitToken(const FileRef& file, std::int64_t forced_loads);

// The token of one part of it: the first 32 hex digits of SHA-256 over the file's token, the
// route's key and the values, whatever their order.
std::string PartToken(std::string_view commit_token, std::string_view route,
                      std::span<const std::optional<std::string>> values);

}  // namespace eider::ledger
