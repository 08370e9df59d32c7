// Routes by key: the seam to the routing table.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/routing/route.h"

namespace eider::routing {

// Something wrong with one route, for its author.
struct RouteProblem {
  std::string partition_key;  // as far as it is known
  std::string location;       // "routes.yaml:12", or the item
  std::string message;
};

struct RouteListing {
  std::vector<Route> routes;  // sorted by key; those without problems only
  std::vector<RouteProblem> problems;
  std::vector<RouteProblem> notes = {};  // worth a look, and no mistake: unknown attributes
};

// Safe for concurrent calls from several threads.
class RouteStore {
 public:
  virtual ~RouteStore() = default;

  // The route of exactly that key, or none. A route that is there but wrong is kInvalid with the
  // reason: never "none". Errors: kInvalid, kDenied, kUnavailable.
  virtual Result<std::optional<Route>> Find(std::string_view key) = 0;

  // Every route and everything that is wrong. Errors: kDenied, kUnavailable, kCorrupt (the store as
  // a whole cannot be read).
  virtual Result<RouteListing> List() = 0;

  // As List, of the routes whose key is a pattern; kDefaultKey is not among them.
  virtual Result<RouteListing> Patterns();

  // Writes the route, over any earlier one of its key, as it is: whether its SQL parses is for the
  // caller to find out. Attributes that mean nothing to Eider stay as they were. Errors: kInvalid
  // (the key is none for this store), kNotFound (no such routing table), kDenied, kUnavailable,
  // kUnsupported (a store that only people edit).
  virtual Status Put(const Route& route) = 0;

  // Removes the route of that key, right or wrong; false when there was none. Errors: as Put.
  virtual Result<bool> Remove(std::string_view key) = 0;

  // What messages call the store: "routes.yaml", "routing table routes in eu-west-1".
  virtual std::string Name() const = 0;
};

}  // namespace eider::routing
