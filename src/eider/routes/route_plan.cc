// Comparison of two sets of routes by their keys.
#include "eider/routes/route_plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "eider/routes/route.h"
#include "eider/routes/route_diff.h"
#include "eider/routes/route_store.h"

namespace eider::routes {

std::vector<RouteChange> PlanRoutes(const RouteListing& present, std::span<const Route> wanted,
                                    bool prunes) {
  using Kind = RouteChange::Kind;
  std::map<std::string_view, const Route*> there;
  for (const Route& route : present.routes) there[route.partition_key] = &route;
  std::set<std::string_view> wrong;
  for (const RouteProblem& problem : present.problems) {
    if (!problem.partition_key.empty()) wrong.insert(problem.partition_key);
  }
  std::vector<RouteChange> changes;
  for (const Route& route : wanted) {
    const std::string& key = route.partition_key;
    if (wrong.erase(key) > 0) {
      there.erase(key);
      changes.push_back({.kind = Kind::kChanged, .key = key, .was_wrong = true, .after = route});
    } else if (const auto found = there.find(key); found != there.end()) {
      std::vector<AttributeChange> differences = DiffOf(*found->second, route);
      if (!differences.empty()) {
        changes.push_back({.kind = Kind::kChanged,
                           .key = key,
                           .before = *found->second,
                           .after = route,
                           .differences = std::move(differences)});
      }
      there.erase(found);
    } else {
      changes.push_back({.kind = Kind::kNew, .key = key, .after = route});
    }
  }
  if (prunes) {
    for (const std::string_view key : wrong) {
      there.erase(key);
      changes.push_back({.kind = Kind::kRemoved, .key = std::string(key), .was_wrong = true});
    }
    for (const auto& [key, route] : there) {
      changes.push_back({.kind = Kind::kRemoved, .key = std::string(key), .before = *route});
    }
  }
  std::ranges::sort(changes, {}, [](const RouteChange& change) {
    return std::tuple(change.kind, std::string_view(change.key));
  });
  return changes;
}

}  // namespace eider::routes
