// Routes by key in a hash map, and the wrong ones beside them.
#include "eider/routes/memory_route_store.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/routes/route.h"
#include "eider/routes/route_attributes.h"
#include "eider/routes/route_condition.h"
#include "eider/routes/route_store.h"

namespace eider::routes {

MemoryRouteStore::MemoryRouteStore(RouteListing listing)
    : wrong_listing_({}, std::move(listing.problems), std::move(listing.notes)) {
  for (const RouteProblem& problem : wrong_listing_.problems) {
    if (problem.partition_key.empty()) continue;  // nobody can ask for it
    std::string& reasons = wrong_[problem.partition_key];
    if (!reasons.empty()) reasons += "; ";
    reasons += fmt::format("{}: {}", problem.location, problem.message);
  }
  for (Route& route : listing.routes) {
    if (wrong_.contains(route.partition_key)) continue;
    std::string key = route.partition_key;
    routes_.emplace(std::move(key), std::move(route));
  }
}

Result<std::optional<Route>> MemoryRouteStore::Find(std::string_view key) {
  const std::shared_lock lock(mutex_);
  if (const auto found = routes_.find(key); found != routes_.end()) return found->second;
  if (const auto found = wrong_.find(key); found != wrong_.end()) {
    return std::unexpected(WrongRoute(key, found->second));
  }
  return std::nullopt;
}

Result<RouteListing> MemoryRouteStore::List() {
  const std::shared_lock lock(mutex_);
  RouteListing listing = wrong_listing_;
  for (const auto& [key, route] : routes_) listing.routes.push_back(route);
  std::ranges::sort(listing.routes, {}, &Route::partition_key);
  return listing;
}

Status MemoryRouteStore::Put(const Route& route, const RouteCondition& condition) {
  const std::unique_lock lock(mutex_);
  EIDER_CHECK(Check(route.partition_key, condition));
  Forget(route.partition_key);
  routes_.emplace(route.partition_key, route);
  return {};
}

Result<bool> MemoryRouteStore::Remove(std::string_view key, const RouteCondition& condition) {
  const std::unique_lock lock(mutex_);
  EIDER_CHECK(Check(key, condition));
  return Forget(key);
}

Status MemoryRouteStore::Check(std::string_view key, const RouteCondition& condition) const {
  PresentRoute present;
  if (const auto found = routes_.find(key); found != routes_.end()) present.route = found->second;
  present.is_wrong = wrong_.contains(key);
  return CheckCondition(key, condition, present);
}

bool MemoryRouteStore::Forget(std::string_view key) {
  const auto has_key = [&](const RouteProblem& problem) { return problem.partition_key == key; };
  std::erase_if(wrong_listing_.problems, has_key);
  std::erase_if(wrong_listing_.notes, has_key);
  bool was_there = false;
  if (const auto found = wrong_.find(key); found != wrong_.end()) {
    wrong_.erase(found);
    was_there = true;
  }
  if (const auto found = routes_.find(key); found != routes_.end()) {
    routes_.erase(found);
    was_there = true;
  }
  return was_there;
}

}  // namespace eider::routes
