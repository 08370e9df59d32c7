// The version and the time that every write of a route by `eider routes` gives it.
#pragma once

#include <optional>
#include <span>

#include "eider/base/clock.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"

namespace eider::app {

// One version more than what was there, 1 for a new route.
void Stamp(routes::Route& route, const std::optional<routes::Route>& seen, TimePoint now);

// The same for many, by what is present.
void StampAll(std::span<routes::Route> routes, const routes::RouteListing& present, TimePoint now);

}  // namespace eider::app
