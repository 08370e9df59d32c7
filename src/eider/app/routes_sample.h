// Routes on trial, before any file takes them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "eider/app/commands.h"
#include "eider/base/result.h"
#include "eider/routing/route.h"
#include "eider/routing/route_store.h"

namespace eider::app {

// What each route's SQL has against the file that `uri` names: it is bound and run for one row, and
// nothing is written. The session is a dry run from then on. Errors: kInvalid (not one file), those
// of finding it and of opening the rooms.
Result<std::vector<routing::RouteProblem>> TryOnSample(Session& session,
                                                       std::span<const routing::Route> routes,
                                                       const std::string& uri);

}  // namespace eider::app
