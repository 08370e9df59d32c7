// From the routes that are there to those of a file: what has to be written, as values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "eider/routes/route.h"
#include "eider/routes/route_diff.h"
#include "eider/routes/route_store.h"

namespace eider::routes {

struct RouteChange {
  enum class Kind : std::uint8_t { kNew, kChanged, kRemoved };
  Kind kind = Kind::kNew;
  std::string key;
  std::optional<Route> before = {};               // what was there; none also where it is wrong
  bool was_wrong = false;                         // there was one that cannot be read
  std::optional<Route> after = {};                // none: kRemoved
  std::vector<AttributeChange> differences = {};  // kChanged, unless it was wrong
};

// What makes `present` into `wanted`, in the order in which it is safe to write: new routes first,
// because changed ones may refer to them, then the changed ones, then what goes; each sorted by
// key. Without `prunes` what is not wanted stays. A route that differs in version or time alone is
// none.
std::vector<RouteChange> PlanRoutes(const RouteListing& present, std::span<const Route> wanted,
                                    bool prunes);

}  // namespace eider::routes
