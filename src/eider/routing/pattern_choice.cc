// The choice among patterns by priority.
#include "eider/routing/pattern_choice.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/routes/route.h"
#include "eider/routes/route_attributes.h"
#include "eider/routes/route_store.h"

namespace eider::routing {
namespace {

// The wrong pattern that matches; of several always the same.
const routes::RouteProblem* FindProblem(const routes::RouteListing& patterns,
                                        std::string_view key) {
  const auto place = [](const routes::RouteProblem& problem) {
    return std::tie(problem.partition_key, problem.location, problem.message);
  };
  const routes::RouteProblem* first = nullptr;
  for (const routes::RouteProblem& problem : patterns.problems) {
    if (!routes::MatchesPattern(problem.partition_key, key)) continue;
    if (first == nullptr || place(problem) < place(*first)) first = &problem;
  }
  return first;
}

}  // namespace

Result<const routes::Route*> ChoosePattern(const routes::RouteListing& patterns,
                                           std::string_view key) {
  if (const routes::RouteProblem* const problem = FindProblem(patterns, key)) {
    return std::unexpected(routes::WrongRoute(
        problem->partition_key, fmt::format("{}: {} (the pattern matches the key '{}')",
                                            problem->location, problem->message, key)));
  }
  std::vector<const routes::Route*> highest;
  for (const routes::Route& route : patterns.routes) {
    if (!highest.empty() && route.priority < highest.front()->priority) continue;
    if (!routes::MatchesPattern(route.partition_key, key)) continue;
    if (!highest.empty() && route.priority > highest.front()->priority) highest.clear();
    highest.push_back(&route);
  }
  if (highest.empty()) return nullptr;
  if (highest.size() == 1) return highest.front();
  std::ranges::sort(highest, {}, &routes::Route::partition_key);
  return Fail(Code::kInvalid,
              fmt::format("two routes match the key '{}' with the same priority, {}; give the one "
                          "that is meant a higher priority: '{}' and '{}'",
                          key, highest.front()->priority, highest[0]->partition_key,
                          highest[1]->partition_key));
}

}  // namespace eider::routing
