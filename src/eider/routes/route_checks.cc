#include "eider/routes/route_checks.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/routes/after_load.h"
#include "eider/routes/attribute_types.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"

namespace eider::routes {
namespace {

constexpr std::size_t kShownKeys = 10;

// "'a' -> 'b' -> 'a'", without the middle of a long one.
std::string ChainText(const std::vector<const Route*>& circle) {
  std::vector<std::string> keys;
  for (const Route* const route : circle) {
    if (keys.size() == kShownKeys) {
      keys.push_back(fmt::format("… ({} routes)", circle.size()));
      break;
    }
    keys.push_back(fmt::format("'{}'", route->partition_key));
  }
  keys.push_back(fmt::format("'{}'", circle.front()->partition_key));
  return fmt::to_string(fmt::join(keys, " -> "));
}

// The routes by key, and where each one's same_as leads.
class References {
 public:
  explicit References(const RouteListing& listing) : routes_(listing.routes) {
    for (std::size_t i = 0; i < routes_.size(); ++i) indexes_[routes_[i].partition_key] = i;
    for (const RouteProblem& problem : listing.problems) wrong_.insert(problem.partition_key);
  }

  bool LeadsNowhere(const Route& route) const {
    return !route.same_as.empty() && !indexes_.contains(route.same_as) &&
           !wrong_.contains(route.same_as);
  }

  // Every circle once, beginning with its smallest key. Each route is walked over once.
  std::vector<std::vector<const Route*>> Circles() const {
    std::vector<std::vector<const Route*>> circles;
    std::vector<std::size_t> walk_of(routes_.size(), 0);  // 0: in no walk so far
    for (std::size_t start = 0; start < routes_.size(); ++start) {
      std::vector<std::size_t> walk;
      std::size_t at = start;
      bool goes_on = walk_of[start] == 0;
      while (goes_on && walk_of[at] == 0) {
        walk_of[at] = start + 1;
        walk.push_back(at);
        const auto next = indexes_.find(routes_[at].same_as);
        goes_on = !routes_[at].same_as.empty() && next != indexes_.end();
        if (goes_on) at = next->second;
      }
      if (goes_on && walk_of[at] == start + 1) circles.push_back(CircleFrom(walk, at));
    }
    return circles;
  }

 private:
  std::vector<const Route*> CircleFrom(const std::vector<std::size_t>& walk,
                                       std::size_t first) const {
    std::vector<const Route*> circle;
    for (auto at = std::ranges::find(walk, first); at != walk.end(); ++at) {
      circle.push_back(&routes_[*at]);
    }
    const auto smallest = std::ranges::min_element(
        circle, {}, [](const Route* route) -> const std::string& { return route->partition_key; });
    std::ranges::rotate(circle, smallest);
    return circle;
  }

  const std::vector<Route>& routes_;
  std::unordered_map<std::string_view, std::size_t> indexes_;
  std::unordered_set<std::string_view> wrong_;
};

}  // namespace

std::vector<RouteProblem> FindAmbiguousPatterns(const RouteListing& listing,
                                                const std::string& location) {
  std::map<std::int64_t, std::vector<std::string_view>> patterns;  // by priority
  for (const Route& route : listing.routes) {
    if (!IsPattern(route.partition_key) || route.partition_key == kDefaultKey) continue;
    patterns[route.priority].push_back(route.partition_key);
  }
  std::vector<RouteProblem> problems;
  for (const auto& [priority, keys] : patterns) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      for (std::size_t j = i + 1; j < keys.size(); ++j) {
        if (!MatchesPattern(keys[i], keys[j]) && !MatchesPattern(keys[j], keys[i])) continue;
        problems.push_back(
            {std::string(keys[i]), location,
             fmt::format("the patterns '{}' and '{}' claim the same keys with the same priority "
                         "{}; give one a higher priority",
                         keys[i], keys[j], priority)});
      }
    }
  }
  return problems;
}

std::vector<RouteProblem> FindBrokenReferences(const RouteListing& listing,
                                               const std::string& location) {
  const References references(listing);
  std::vector<RouteProblem> problems;
  for (const Route& route : listing.routes) {
    if (!references.LeadsNowhere(route)) continue;
    problems.push_back(
        {route.partition_key, location,
         fmt::format("same_as: '{}' -> '{}', and there is no such route; add it, or give '{}' a "
                     "target_table and a query_sql of its own",
                     route.partition_key, route.same_as, route.partition_key)});
  }
  for (const std::vector<const Route*>& circle : references.Circles()) {
    problems.push_back({circle.front()->partition_key, location,
                        fmt::format("same_as goes in a circle: {}; give one of them a "
                                    "target_table and a query_sql of its own",
                                    ChainText(circle))});
  }
  return problems;
}

std::vector<RouteProblem> FindCirclesOfFiles(const RouteListing& listing,
                                             const std::string& location) {
  std::vector<RouteProblem> problems;
  for (const Route& route : listing.routes) {
    if (route.partition_key == kDefaultKey) continue;
    for (const auto& [name, after] : {std::pair(kAfterLoad, &route.after_load),
                                      std::pair(kAfterFailure, &route.after_failure)}) {
      if (!*after || !(*after)->prefix) continue;
      const std::string& bucket = (*after)->prefix->bucket;
      if (bucket.empty() || !MatchesPattern(route.partition_key, bucket)) continue;
      problems.push_back(
          {route.partition_key, location,
           fmt::format("{} puts files into the bucket '{}', whose files are this route's: they "
                       "would be its again; name another bucket: '{}'",
                       name, bucket, ToText(**after))});
    }
  }
  return problems;
}

std::vector<RouteProblem> FindNewProblems(const RouteListing& present, const RouteChanges& changes,
                                          const std::string& location) {
  std::unordered_set<std::string_view> replaced(changes.removed.begin(), changes.removed.end());
  for (const Route& route : changes.put) replaced.insert(route.partition_key);
  const auto stays = [&](const auto& item) { return !replaced.contains(item.partition_key); };
  RouteListing after;
  std::ranges::copy_if(present.routes, std::back_inserter(after.routes), stays);
  std::ranges::copy_if(present.problems, std::back_inserter(after.problems), stays);
  after.routes.insert(after.routes.end(), changes.put.begin(), changes.put.end());
  std::ranges::sort(after.routes, {}, &Route::partition_key);

  std::vector<RouteProblem> problems;
  for (const auto find : {FindAmbiguousPatterns, FindBrokenReferences, FindCirclesOfFiles}) {
    std::set<std::string> known;
    for (const RouteProblem& problem : find(present, location)) known.insert(problem.message);
    for (RouteProblem& problem : find(after, location)) {
      if (!known.contains(problem.message)) problems.push_back(std::move(problem));
    }
  }
  return problems;
}

}  // namespace eider::routes
