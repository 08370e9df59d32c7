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
};

}  // namespace eider::routing
