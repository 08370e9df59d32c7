// Which pattern a key is routed by where several match it.
#pragma once

#include <string_view>

#include "eider/base/result.h"
#include "eider/routing/route.h"
#include "eider/routing/route_store.h"

namespace eider::routing {

// The route of the patterns (RouteStore::Patterns) that matches the key with the highest priority;
// null when none does. It lies in `patterns`, and does not depend on their order. Errors: kInvalid
// when a pattern that matches is wrong, as its priority is not known, or when two have the same
// highest priority.
Result<const Route*> ChoosePattern(const RouteListing& patterns, std::string_view key);

}  // namespace eider::routing
