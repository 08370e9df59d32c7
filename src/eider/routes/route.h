// A route: which table gets the rows of a file, and the SQL that shapes them.
//
// The attributes carry the names of the routing table's items (docs/formats.md, "Routes"). Only the
// key, the table and the SQL are required; a route that is the `same_as` another has neither table
// nor SQL of its own.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/uri.h"
#include "eider/iceberg/partition_term.h"
#include "eider/iceberg/sort_term.h"
#include "eider/iceberg/table_name.h"
#include "eider/records/reject_limit.h"
#include "eider/routes/after_load.h"

namespace eider::routes {

// The PartitionKey of the route for whatever no other route is for.
inline constexpr std::string_view kDefaultKey = "*";

// What the SQL of a route may read beside its file: an object, all objects below a prefix (a key
// that ends in '/', or none), or a table of the catalog.
using RouteInput = std::variant<Uri, iceberg::TableName>;

// Limits of a route's queries, below those of the configuration. Empty: those of the configuration.
struct EngineLimits {
  std::optional<std::uint64_t> memory_limit_bytes = {};
  std::optional<int> threads = {};
  std::optional<Milliseconds> timeout = {};  // of one query
  std::optional<int> group_files = {};       // small files that one query may read

  bool operator==(const EngineLimits&) const = default;
};

// What becomes of the table's schema where the rows of a file have more than it.
enum class SchemaContract : std::uint8_t {
  kFreeze,              // it stays, and the file fails
  kEvolve,              // it gets their columns, and what is required becomes optional
  kEvolveWithWidening,  // and its types become wider ones
  kHold,                // the same, but the file is held until somebody has made the change
};

// How the table is made where it is missing; a table that is there stays as it is.
struct TableLayout {
  std::vector<iceberg::PartitionTerm> partition_by = {};
  std::vector<iceberg::SortTerm> sort_by = {};
  std::map<std::string, std::string> properties = {};
  std::optional<Uri> location = {};  // empty: where the catalog puts tables

  bool operator==(const TableLayout&) const = default;
};

struct Route {
  std::string partition_key = {};
  iceberg::TableName target_table = {};
  std::string query_sql = {};
  bool create_table = false;  // a missing table is created from the result's schema

  TableLayout layout = {};
  bool enabled = true;       // false: its files are held until it is enabled
  std::string same_as = {};  // the key of the route whose table, SQL, inputs and limits these are
  std::vector<RouteInput> inputs = {};
  // By the name of a column of the table: what its values are, as records::ParseValueType reads it.
  std::map<std::string, std::string> types = {};
  std::string encoding = {};  // of its CSV files; empty: UTF-8
  // Rows that do not read or do not fit go to the table of rejects, up to this limit; without it
  // they fail their file.
  std::optional<records::RejectLimit> reject = {};
  SchemaContract schema = SchemaContract::kFreeze;
  // The column of the table that gets, as JSON, what does not fit the others; empty: that is an
  // error.
  std::string rescue = {};
  // Each row tells the file that it is of, in columns behind those of the SQL (engine/lineage.h).
  bool lineage = false;
  // The plug-in of the operator's that the rows of the SQL go through, by its name; empty: none.
  std::string transform = {};
  std::string then_sql = {};  // over what comes of it, `transformed`; empty: all of it
  EngineLimits engine = {};
  std::optional<Milliseconds> commit_lag = {};  // how long a file may wait to share a commit
  // What is done with the object of a file that was loaded, or that failed for good.
  std::optional<AfterLoad> after_load = {};
  std::optional<AfterLoad> after_failure = {};
  std::int64_t priority = 0;  // among patterns that match the same key the highest wins

  std::string description = {};
  std::string owner = {};
  std::string updated_at = {};  // "2026-11-24T12:00:00Z"; written by `eider routes`
  std::int64_t version = 0;     // 0: has none; one more with each write by `eider routes`

  bool operator==(const Route&) const = default;
};

// Whether the key is a pattern: it holds '*', each of which stands for any characters or none.
// kDefaultKey is one that every key matches.
bool IsPattern(std::string_view partition_key);

// Takes time proportional to the length of both at most. Bytes match themselves.
bool MatchesPattern(std::string_view pattern, std::string_view key);

}  // namespace eider::routes
