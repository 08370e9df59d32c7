// Whether a conditional write may happen: the one rule that every route store keeps.
//
// A route is what was seen when it has the same version and time of writing (a route that was
// removed and added again begins with version 1); where both have no version, when it has the same
// table, SQL and same_as. A route that is there but wrong was seen by nobody.
#pragma once

#include <optional>
#include <string_view>

#include "eider/base/result.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"

namespace eider::routes {

// What a store has under a key.
struct PresentRoute {
  std::optional<Route> route = {};
  bool is_wrong = false;  // there is one, and it cannot be read
};

bool IsSameRoute(const Route& seen, const Route& present);

// Errors: kConflict, which says what was seen, what is there now and what to do.
Status CheckCondition(std::string_view key, const RouteCondition& condition,
                      const PresentRoute& present);

}  // namespace eider::routes
