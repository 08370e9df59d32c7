// The version and the time that every write of a route by `eider routes` gives it.
#pragma once

#include <optional>
#include <span>

#include "eider/base/clock.h"
#include "eider/routing/route.h"
#include "eider/routing/route_store.h"

namespace eider::app {

// One version more than what was there, 1 for a new route.
void Stamp(routing::Route& route, const std::optional<routing::Route>& seen, TimePoint now);

// The same for many, by what is present.
void StampAll(std::span<routing::Route> routes, const routing::RouteListing& present,
              TimePoint now);

}  // namespace eider::app
