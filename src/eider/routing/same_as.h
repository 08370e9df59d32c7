// Routes that borrow from others: `same_as`.
#pragma once

#include "eider/base/result.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"

namespace eider::routing {

// The route as it is applied. One that is the same as another takes that one's table, SQL,
// create_table, inputs, engine limits and commit lag, and keeps its own key, version, priority and
// what people wrote about it; it is disabled where any route on the way is. A route without
// `same_as` comes back as it is, and the store is not asked.
// Errors: kInvalid, with the routes on the way (one that is missing, a cycle, more than eight
// steps, one that is wrong); those of RouteStore::Find.
Result<routes::Route> FollowSameAs(routes::RouteReader& store, routes::Route route);

}  // namespace eider::routing
