// What is wrong with routes only beside each other: patterns that claim the same key, references
// that lead nowhere. Pure functions over a listing, for check and for whatever writes routes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "eider/routes/route.h"
#include "eider/routes/route_store.h"

namespace eider::routes {

// Pairs of patterns of one priority of which one matches the other's text: some key is of both, and
// nothing says whose it is. kDefaultKey is the last resort by its meaning and never ambiguous.
// Takes time by the square of the number of patterns of one priority; exact routes cost nothing.
std::vector<RouteProblem> FindAmbiguousPatterns(const RouteListing& listing,
                                                const std::string& location);

// Routes whose same_as names a route that is not there, and circles of same_as, each once. One that
// is there and wrong has a problem of its own.
std::vector<RouteProblem> FindBrokenReferences(const RouteListing& listing,
                                               const std::string& location);

// Routes that put files, once they are done with them, into a bucket whose name is their own key
// (or that their pattern matches): each would be one of theirs again. The default route is asked
// for nothing: it is for whatever comes, and what comes is for the sources to say.
std::vector<RouteProblem> FindCirclesOfFiles(const RouteListing& listing,
                                             const std::string& location);

struct RouteChanges {
  std::span<const Route> put = {};
  std::span<const std::string> removed = {};  // keys
};

// What of these kinds the changes would add to `present`: what is wrong before is left alone.
std::vector<RouteProblem> FindNewProblems(const RouteListing& present, const RouteChanges& changes,
                                          const std::string& location);

}  // namespace eider::routes
