// Routes by key in a hash map, and the wrong ones beside them.
#include "eider/routing/memory_route_store.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/routing/route.h"
#include "eider/routing/route_store.h"

namespace eider::routing {

MemoryRouteStore::MemoryRouteStore(RouteListing listing) : listing_(std::move(listing)) {
  for (const RouteProblem& problem : listing_.problems) {
    if (problem.partition_key.empty()) continue;  // nobody can ask for it
    std::string& reasons = wrong_[problem.partition_key];
    if (!reasons.empty()) reasons += "; ";
    reasons += fmt::format("{}: {}", problem.location, problem.message);
  }
  std::erase_if(listing_.routes,
                [&](const Route& route) { return wrong_.contains(route.partition_key); });
  std::ranges::sort(listing_.routes, {}, &Route::partition_key);
  for (std::size_t i = 0; i < listing_.routes.size(); ++i) {
    positions_.emplace(listing_.routes[i].partition_key, i);
  }
}

Result<std::optional<Route>> MemoryRouteStore::Find(std::string_view key) {
  if (const auto found = positions_.find(key); found != positions_.end()) {
    return listing_.routes[found->second];
  }
  if (const auto found = wrong_.find(key); found != wrong_.end()) {
    return Fail(Code::kInvalid, fmt::format("the route '{}' is wrong: {}", key, found->second));
  }
  return std::nullopt;
}

Result<RouteListing> MemoryRouteStore::List() {
  return listing_;
}

}  // namespace eider::routing
