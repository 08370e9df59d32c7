// Routes by key: the two seams to the routing table, one to read it and one to edit it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/routes/route.h"

namespace eider::routes {

// What opening a store does where there is none: only who writes routes begins one.
enum class IfMissing : std::uint8_t { kFail, kCreate };

// Something wrong with one route, for its author.
struct RouteProblem {
  std::string partition_key;  // as far as it is known
  std::string location;       // "routes.yaml:12", or the item
  std::string message;
};

// What must be there for a write to happen, so that two people do not overwrite each other.
struct RouteCondition {
  bool is_checked = false;         // false: whatever is there is written over
  std::optional<Route> seen = {};  // what was there when it was looked at; empty: nothing
};

struct RouteListing {
  std::vector<Route> routes;  // sorted by key; those without problems only
  std::vector<RouteProblem> problems;
  std::vector<RouteProblem> notes = {};  // worth a look, and no mistake: unknown attributes
};

// What finds a file's route, or shows routes to people. Safe for concurrent calls from several
// threads.
class RouteReader {
 public:
  virtual ~RouteReader() = default;

  // The route of exactly that key, or none. A route that is there but wrong is kInvalid with the
  // reason: never "none". Errors: kInvalid, kDenied, kUnavailable.
  virtual Result<std::optional<Route>> Find(std::string_view key) = 0;

  // Every route and everything that is wrong. Errors: kDenied, kUnavailable, kCorrupt (the store as
  // a whole cannot be read).
  virtual Result<RouteListing> List() = 0;

  // As List, of the routes whose key is a pattern; kDefaultKey is not among them.
  virtual Result<RouteListing> Patterns();

  // Of when its answers are: nothing where the store itself is asked; a snapshot tells when it was
  // taken, and nothing when it cannot be read.
  virtual std::optional<TimePoint> AsOf() { return std::nullopt; }

  // What messages call the store: "routes.yaml", "routing table routes in eu-west-1".
  virtual std::string Name() const = 0;
};

// What changes routes. Safe for concurrent calls from several threads.
class RouteEditor {
 public:
  virtual ~RouteEditor() = default;

  // Writes the route, over any earlier one of its key, as it is: whether its SQL parses is for the
  // caller to find out. Attributes that mean nothing to Eider stay as they were. Errors: kInvalid
  // (the key is none for this store), kNotFound (no such routing table), kConflict (the route is
  // not what the condition saw; nothing is written), kDenied, kUnavailable, kUnsupported (a store
  // that only people edit).
  virtual Status Put(const Route& route, const RouteCondition& condition = {}) = 0;

  // Puts all of them, without a condition. An error says how many are written; the same call may
  // be made again. Errors: as Put.
  virtual Status PutAll(std::span<const Route> routes);

  // Removes the route of that key, right or wrong; false when there was none. Errors: as Put.
  virtual Result<bool> Remove(std::string_view key, const RouteCondition& condition = {}) = 0;
};

// A routing table: what is edited can be read.
class RouteStore : public RouteReader, public RouteEditor {};

// Leaves what belongs to patterns, without kDefaultKey.
void KeepPatterns(RouteListing& listing);

// The error of a PutAll that came to an end in the middle.
std::unexpected<Error> PartlyWritten(std::size_t written, std::size_t all, const Error& cause);

}  // namespace eider::routes
