// Which pattern a key is routed by where several match it.
#pragma once

#include <string_view>

#include "eider/base/result.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"

namespace eider::routing {

// The route of the patterns (RouteStore::Patterns) that matches the key with the highest priority;
// null when none does. It lies in `patterns`, and does not depend on their order. Errors: kInvalid
// when a pattern that matches is wrong, as its priority is not known, or when two have the same
// highest priority.
Result<const routes::Route*> ChoosePattern(const routes::RouteListing& patterns,
                                           std::string_view key);

}  // namespace eider::routing
