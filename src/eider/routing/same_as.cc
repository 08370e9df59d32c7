#include "eider/routing/same_as.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"

namespace eider::routing {
namespace {

constexpr std::size_t kStepsMax = 8;

// What is borrowed of `source`.
void Borrow(routes::Route& route, routes::Route source) {
  route.target_table = std::move(source.target_table);
  route.query_sql = std::move(source.query_sql);
  route.transform = std::move(source.transform);
  route.then_sql = std::move(source.then_sql);
  route.create_table = source.create_table;
  route.layout = std::move(source.layout);
  route.inputs = std::move(source.inputs);
  route.types = std::move(source.types);
  route.encoding = std::move(source.encoding);
  route.reject = source.reject;
  route.schema = source.schema;
  route.rescue = std::move(source.rescue);
  route.lineage = source.lineage;
  route.engine = source.engine;
  route.commit_lag = source.commit_lag;
  route.after_load = std::move(source.after_load);
  route.after_failure = std::move(source.after_failure);
}

}  // namespace

Result<routes::Route> FollowSameAs(routes::RouteReader& store, routes::Route route) {
  if (route.same_as.empty()) return route;
  std::vector<std::string> way = {route.partition_key};
  std::string next = route.same_as;
  while (true) {
    const std::string from = way.back();
    const bool is_cycle = std::ranges::find(way, next) != way.end();
    way.push_back(next);
    if (is_cycle || way.size() > kStepsMax + 1) {
      const std::string what =
          is_cycle ? std::string("a cycle of routes that are the same as one another")
                   : fmt::format("more than {} routes that are the same as the next", kStepsMax);
      return Fail(Code::kInvalid, fmt::format("{}; give one of them a target_table and a query_sql "
                                              "in place of same_as: '{}'",
                                              what, fmt::join(way, "' -> '")));
    }
    auto found = store.Find(next);
    if (!found) {
      return Fail(fmt::format("the route '{}' is the same as '{}'", from, next),
                  std::move(found).error());
    }
    if (!*found) {
      return Fail(Code::kInvalid,
                  fmt::format("the route '{}' is the same as one that is not there; add that one, "
                              "or name another in same_as: '{}'",
                              from, next));
    }
    routes::Route source = **std::move(found);
    route.enabled = route.enabled && source.enabled;
    if (source.same_as.empty()) {
      Borrow(route, std::move(source));
      return route;
    }
    next = std::move(source.same_as);
  }
}

}  // namespace eider::routing
