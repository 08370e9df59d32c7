// What a route borrows from the one it is the same as, and chains that lead nowhere.
#include "eider/routing/same_as.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/iceberg/table_name.h"
#include "eider/routes/memory_route_store.h"
#include "eider/routes/route.h"
#include "eider/routes/testing/counting_route_store.h"

namespace eider::routing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

routes::Route RouteTo(std::string key, std::string table) {
  return {std::move(key), {{"bronze"}, std::move(table)}, "SELECT '{s3_input_path}'", false};
}

routes::Route SameAs(std::string key, std::string other) {
  routes::Route route;
  route.partition_key = std::move(key);
  route.same_as = std::move(other);
  return route;
}

std::string ErrorOf(std::vector<routes::Route> routes, const std::string& key) {
  routes::MemoryRouteStore store({std::move(routes), {}});
  const auto followed = FollowSameAs(store, store.Find(key).value().value());
  if (followed) return "no error";
  EXPECT_EQ(followed.error().code, Code::kInvalid);
  return followed.error().message;
}

TEST(FollowSameAs, RouteOfItsOwnAsksForNothing) {
  routes::CountingRouteStore store({});
  const routes::Route route = RouteTo("a", "t");
  EXPECT_EQ(FollowSameAs(store, route).value(), route);
  EXPECT_THAT(store.finds, IsEmpty());
}

TEST(FollowSameAs, TakesWhatItRunsAndKeepsWhoItIs) {
  routes::Route source = RouteTo("a", "t");
  source.create_table = true;
  source.layout.partition_by = {{{{}, "region"}}};
  source.layout.location = Uri{"s3", "lake", "t"};
  source.inputs = {iceberg::TableName{{"dim"}, "countries"}};
  source.types = {{"day", "DATE '%d/%m/%Y'"}};
  source.encoding = "windows-1252";
  source.engine = {.memory_limit_bytes = 7, .threads = 3, .timeout = Milliseconds(9)};
  source.commit_lag = Milliseconds(11);
  source.after_load = routes::AfterLoad{routes::ObjectDeed::kTag};
  source.after_failure = routes::AfterLoad{routes::ObjectDeed::kDelete};
  source.version = 4;
  source.priority = 5;
  source.description = "of a";
  source.owner = "a's";
  routes::Route route = SameAs("b", "a");
  route.version = 2;
  route.priority = 3;
  route.description = "of b";
  route.owner = "b's";
  route.updated_at = "2026-11-24T12:00:00Z";

  routes::MemoryRouteStore store({{source, route}, {}});
  routes::Route expected = route;
  expected.target_table = source.target_table;
  expected.query_sql = source.query_sql;
  expected.create_table = true;
  expected.layout = source.layout;
  expected.inputs = source.inputs;
  expected.types = source.types;
  expected.encoding = source.encoding;
  expected.engine = source.engine;
  expected.commit_lag = source.commit_lag;
  expected.after_load = source.after_load;
  expected.after_failure = source.after_failure;
  EXPECT_EQ(FollowSameAs(store, route).value(), expected);
}

TEST(FollowSameAs, IsDisabledWhereAnyOnTheWayIs) {
  for (const std::string disabled : {"a", "b", "c"}) {
    std::vector<routes::Route> routes = {SameAs("a", "b"), SameAs("b", "c"), RouteTo("c", "t")};
    for (routes::Route& route : routes) route.enabled = route.partition_key != disabled;
    routes::MemoryRouteStore store({std::move(routes), {}});
    const auto followed = FollowSameAs(store, store.Find("a").value().value());
    ASSERT_TRUE(followed) << followed.error().message;
    EXPECT_FALSE(followed->enabled) << disabled;
    EXPECT_EQ(followed->target_table.name, "t");
  }
}

TEST(FollowSameAs, GoesEightStepsAndNoFurther) {
  const auto chain = [](int steps) {
    std::vector<routes::Route> routes;
    for (int i = 0; i < steps; ++i) {
      routes.push_back(SameAs("k" + std::to_string(i), "k" + std::to_string(i + 1)));
    }
    routes.push_back(RouteTo("k" + std::to_string(steps), "t"));
    return routes;
  };
  EXPECT_EQ(ErrorOf(chain(8), "k0"), "no error");
  EXPECT_THAT(ErrorOf(chain(9), "k0"), HasSubstr("more than 8 routes"));
  EXPECT_THAT(ErrorOf(chain(9), "k0"), HasSubstr("'k0' -> 'k1' -> "));
  EXPECT_THAT(ErrorOf(chain(9), "k0"), HasSubstr("give one of them a target_table"));
}

TEST(FollowSameAs, CycleNamesItsRoutesAndTheWayOut) {
  const std::string error = ErrorOf({SameAs("*", "a"), SameAs("a", "*")}, "*");
  EXPECT_THAT(error, HasSubstr("a cycle of routes"));
  EXPECT_THAT(error, HasSubstr("'*' -> 'a' -> '*'"));
  EXPECT_THAT(error, HasSubstr("give one of them a target_table and a query_sql"));
  EXPECT_THAT(ErrorOf({SameAs("a", "a")}, "a"), HasSubstr("'a' -> 'a'"));
  EXPECT_THAT(ErrorOf({SameAs("a", "b"), SameAs("b", "c"), SameAs("c", "b")}, "a"),
              HasSubstr("'a' -> 'b' -> 'c' -> 'b'"));
}

TEST(FollowSameAs, MissingOneNamesBoth) {
  const std::string error = ErrorOf({SameAs("a", "b")}, "a");
  EXPECT_THAT(error, HasSubstr("the route 'a' is the same as one that is not there"));
  EXPECT_THAT(error, HasSubstr("add that one, or name another in same_as: 'b'"));
}

TEST(FollowSameAs, WrongOneIsToldWithWhoWantsIt) {
  routes::MemoryRouteStore store({{SameAs("a", "b")}, {{"b", "r.yaml:3", "no SQL"}}});
  const auto followed = FollowSameAs(store, store.Find("a").value().value());
  ASSERT_FALSE(followed);
  EXPECT_EQ(followed.error().code, Code::kInvalid);
  EXPECT_THAT(followed.error().message, HasSubstr("the route 'a' is the same as 'b'"));
  EXPECT_THAT(followed.error().message, HasSubstr("r.yaml:3: no SQL"));
}

}  // namespace
}  // namespace eider::routing
