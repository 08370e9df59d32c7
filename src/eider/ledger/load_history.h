// What is known of files: their states, what they gave, and the history that is asked for it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"

namespace eider::ledger {

enum class State : std::uint8_t { kWaiting, kClaimed, kLoaded, kFailed, kHeld, kSkipped };

inline constexpr std::array kStates = {State::kWaiting, State::kClaimed, State::kLoaded,
                                       State::kFailed,  State::kHeld,    State::kSkipped};

// "WAITING", "CLAIMED", "LOADED", "FAILED", "HELD", "SKIPPED".
std::string_view StateName(State state);

// The state of that name, exactly; nothing when there is none.
std::optional<State> StateOf(std::string_view name);

// "WAITING, CLAIMED, LOADED, FAILED, HELD or SKIPPED", for messages.
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
  // What is still to be done for the file now that it has ended, as a text of the caller's; empty:
  // nothing. See Ledger::FindErrands.
  std::string errands = {};
};

struct LoadRecord {
  FileRef file;
  State state = State::kClaimed;
  LoadResult result;
  std::string commit_token;
  std::string owner;
  std::string error;       // why the file is FAILED, HELD or SKIPPED, or was before it is WAITING
  std::string error_code;  // CodeName of the error of a FAILED file; else empty
  FilePlace error_place;   // of that error
  int attempts = 0;        // claims so far
  int broken_off = 0;      // of them, those that broke off since the file was last LOADED
  TimePoint first_seen{};
  TimePoint claimed_at{};  // of a file that nobody has claimed yet: first_seen
  TimePoint lease_expires{};
  std::optional<TimePoint> finished_at;
  // What was done with the object since, in words: "moved to s3://archive/a.csv". Empty: nothing.
  std::string afterwards = {};
};

// How LoadRecord::afterwards begins where the object was taken away by what its route says.
inline constexpr std::string_view kMoved = "moved to ";
inline constexpr std::string_view kDeleted = "deleted";

inline bool IsTakenAway(const LoadRecord& record) {
  return record.afterwards.starts_with(kMoved) || record.afterwards.starts_with(kDeleted);
}

// Which files; what is empty says nothing.
struct HistoryFilter {
  std::optional<State> state = {};
  std::string uri_prefix = {};
  std::string target_table = {};  // finds files with a part in that table, too
  std::string route = {};         // the same with a part by that route
  std::string error_code = {};
  std::string error_text = {};           // a part of LoadRecord::error, in any case
  std::optional<TimePoint> since = {};   // ChangedAt is not before it
  std::optional<TimePoint> until = {};   // and is before it
  int limit = 1'000;                     // newest first
  int skip = 0;                          // of them, the first ones
  bool only_with_rows = false;           // only files that gave rows
  bool only_with_schema_change = false;  // only those with LoadResult::schema_change
};

// When the file came to the state that it has.
inline TimePoint ChangedAt(const LoadRecord& record) {
  return record.finished_at.value_or(record.claimed_at);
}

// Where a list of files goes on.
struct HistoryPlace {
  std::string uri = {};
  std::string version = {};  // FileRef::Version
};

// Files of one state, route and table.
struct HistoryCount {
  State state = State::kClaimed;
  std::string route;
  std::string target_table;
  std::int64_t files = 0;
  std::int64_t rows = 0;
  std::uint64_t size_bytes = 0;
  TimePoint oldest{};  // LoadRecord::claimed_at
  TimePoint newest{};  // ChangedAt

  bool operator==(const HistoryCount&) const = default;
};

// Safe for concurrent calls from several threads.
class LoadHistory {
 public:
  virtual ~LoadHistory() = default;

  // The load history, newest first. Errors: kUnsupported (none is kept), kUnavailable, kDenied.
  virtual Result<std::vector<LoadRecord>> Query(const HistoryFilter& filter) = 0;

  // At most so many files below the prefix, in the order of URI and version, that come after the
  // given one (both empty: from the first). Errors: as Query.
  virtual Result<std::vector<LoadRecord>> ListByUri(const std::string& uri_prefix,
                                                    const HistoryPlace& after, int limit) = 0;

  // Query in numbers, sorted by state, route and table; the filter's limit and skip say nothing.
  virtual Result<std::vector<HistoryCount>> Count(const HistoryFilter& filter) = 0;
};

}  // namespace eider::ledger
