// From a file to its routes: what comes before what, and what is told when there is none.
#include "eider/routing/router.h"

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/routes/route.h"
#include "eider/routes/testing/counting_route_store.h"
#include "eider/routing/strategy.h"
#include "eider/routing/testing/memory_file_facts.h"

namespace eider::routing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

constexpr std::string_view kFile = "s3://src-a/orders/x.parquet";

routes::Route RouteTo(std::string key, std::string table) {
  return {std::move(key), {{"bronze"}, std::move(table)}, "SELECT '{s3_input_path}'", false};
}

routes::Route RouteTo(std::string key, std::string table, std::int64_t priority) {
  routes::Route route = RouteTo(std::move(key), std::move(table));
  route.priority = priority;
  return route;
}

routes::Route SameAs(std::string key, std::string other) {
  routes::Route route;
  route.partition_key = std::move(key);
  route.same_as = std::move(other);
  return route;
}

RouterOptions Options(const std::vector<std::string>& strategies) {
  return {.strategies = ParseStrategies(strategies).value()};
}

// Routes whose tables are named like their keys, spelt in letters: "src-*" goes to "to:src-*".
routes::RouteListing Routes(const std::vector<std::string>& keys) {
  routes::RouteListing listing;
  for (const std::string& key : keys) listing.routes.push_back(RouteTo(key, "to:" + key));
  return listing;
}

// "strategy -> key" of a file that goes to one route as a whole, "skipped", or the error.
std::string Outcome(const Result<RoutedFile>& routed) {
  if (!routed) return routed.error().message;
  if (routed->parts.empty()) return "skipped";
  EXPECT_EQ(routed->parts.size(), 1U);
  EXPECT_THAT(routed->parts.front().values, IsEmpty());
  EXPECT_EQ(routed->column, "");
  const routes::Route& route = routed->parts.front().route;
  EXPECT_EQ(route.target_table.name, "to:" + route.partition_key);
  return routed->strategy + " -> " + route.partition_key;
}

// The table of docs/formats.md, "Which route wins".
TEST(Router, PrecedenceIsThatOfTheDocumentation) {
  struct Case {
    std::vector<std::string> strategies;
    std::vector<std::string> routes;
    std::string outcome;
  };

  for (const auto& [strategies, routes, outcome] : std::vector<Case>{
           // Exact: the first strategy, whatever the order of the routes.
           {{"bucket", "folder"}, {"src-a", "orders"}, "bucket -> src-a"},
           {{"bucket", "folder"}, {"orders", "src-a"}, "bucket -> src-a"},
           {{"folder", "bucket"}, {"src-a", "orders"}, "folder -> orders"},
           {{"folder:7", "bucket"}, {"src-a", "orders"}, "bucket -> src-a"},
           {{"bucket", "folder"}, {"orders"}, "folder -> orders"},
           // Exact before pattern, also of a later strategy.
           {{"bucket", "folder"}, {"src-*", "orders"}, "folder -> orders"},
           {{"bucket", "folder"}, {"src-*", "src-a"}, "bucket -> src-a"},
           // Patterns: the first strategy.
           {{"bucket", "folder"}, {"src-*", "ord*"}, "bucket -> src-*"},
           {{"folder", "bucket"}, {"src-*", "ord*"}, "folder -> ord*"},
           {{"bucket", "folder"}, {"ord*"}, "folder -> ord*"},
           // The default route comes last.
           {{"bucket", "folder"}, {"*", "orders"}, "folder -> orders"},
           {{"bucket", "folder"}, {"*", "ord*"}, "folder -> ord*"},
           {{"bucket", "folder"}, {"*", "other"}, "default -> *"},
           {{"folder:7"}, {"*"}, "default -> *"},
           {{"object-tag:team"}, {"*"}, "default -> *"},
       }) {
    routes::CountingRouteStore store(Routes(routes));
    MemoryFileFacts facts(kFile);
    const Router router(store, Options(strategies));
    EXPECT_EQ(Outcome(router.FindRoutes(facts)), outcome);
  }
}

TEST(Router, WhatBecomesOfTheUnroutedIsConfigured) {
  for (const auto& [unrouted, has_default, outcome] :
       std::vector<std::tuple<Unrouted, bool, std::string>>{
           {Unrouted::kDefault, true, "default -> *"},
           {Unrouted::kDefault, false, "no route ("},
           {Unrouted::kFail, true, "no route ("},
           {Unrouted::kFail, false, "no route ("},
           {Unrouted::kSkip, true, "skipped"},
           {Unrouted::kSkip, false, "skipped"}}) {
    routes::CountingRouteStore store(Routes(has_default ? std::vector<std::string>{"*", "src-b"}
                                                        : std::vector<std::string>{"src-b"}));
    RouterOptions options = Options({"bucket"});
    options.unrouted = unrouted;
    MemoryFileFacts facts(kFile);
    const auto routed = Router(store, std::move(options)).FindRoutes(facts);
    EXPECT_THAT(Outcome(routed), HasSubstr(outcome));
    EXPECT_EQ(store.finds["*"], unrouted == Unrouted::kDefault ? 1 : 0);
  }
}

TEST(Router, FileOfARoutedBucketIsAskedForNothing) {
  routes::CountingRouteStore store(Routes({"src-a"}));
  MemoryFileFacts facts(kFile);
  const Router router(store, Options({"bucket", "object-tag:team", "column:country"}));
  EXPECT_EQ(Outcome(router.FindRoutes(facts)), "bucket -> src-a");
  EXPECT_THAT(facts.asked, IsEmpty());
  EXPECT_THAT(store.finds, ElementsAre(Pair("src-a", 1)));
  EXPECT_EQ(store.patterns, 0);
}

TEST(Router, EachQuestionIsAskedOnce) {
  routes::CountingRouteStore store(Routes({"tag-*"}));
  MemoryFileFacts facts(kFile);
  facts.object_tags = {{"team", "tag-1"}};
  facts.object_metadata = {{"route", "meta"}};
  facts.columns = {{"country", {"de", "fr", std::nullopt}}};
  const Router router(store, Options({"object-metadata:route", "column:country", "object-tag:team",
                                      "parquet-metadata:source"}));
  EXPECT_EQ(Outcome(router.FindRoutes(facts)), "object-tag:team -> tag-*");
  EXPECT_THAT(facts.asked,
              ElementsAre(Pair("column:country", 1), Pair("object-metadata:route", 1),
                          Pair("object-tag:team", 1), Pair("parquet-metadata:source", 1)));
  EXPECT_THAT(store.finds,
              ElementsAre(Pair("de", 1), Pair("fr", 1), Pair("meta", 1), Pair("tag-1", 1)));
  EXPECT_EQ(store.patterns, 1);
}

TEST(Router, FileWithoutAKeyAsksForNoPatterns) {
  routes::CountingRouteStore store(Routes({"src-*"}));
  MemoryFileFacts facts("file:///x.parquet");
  EXPECT_FALSE(Router(store, Options({"bucket", "folder"})).FindRoutes(facts));
  EXPECT_EQ(store.patterns, 0);
}

TEST(Router, EveryKindOfStrategyRoutes) {
  for (const auto& [strategy, key] :
       std::vector<std::pair<std::string, std::string>>{{"bucket", "src-a"},
                                                        {"folder", "orders"},
                                                        {"folder:0-1", "orders/2024"},
                                                        {"bucket/folder", "src-a/orders"},
                                                        {R"(key-regex:/(?P<key>\d+)/)", "2024"},
                                                        {"object-metadata:route", "meta"},
                                                        {"object-tag:team", "tag"},
                                                        {"parquet-metadata:source", "footer"}}) {
    routes::CountingRouteStore store(Routes({key, "*"}));
    MemoryFileFacts facts("s3://src-a/orders/2024/x.parquet");
    facts.object_metadata = {{"route", "meta"}};
    facts.object_tags = {{"team", "tag"}};
    facts.parquet_metadata = {{"source", "footer"}};
    EXPECT_EQ(Outcome(Router(store, Options({strategy})).FindRoutes(facts)),
              strategy + " -> " + key);
  }
}

// A key may read like a pattern; the route of that text is a pattern all the same.
TEST(Router, KeyWithStarsIsNoWayToTheDefaultRoute) {
  MemoryFileFacts facts("s3://src-a/*/x.parquet");
  routes::CountingRouteStore store(Routes({"*", "src-a"}));
  EXPECT_EQ(Outcome(Router(store, Options({"folder", "bucket"})).FindRoutes(facts)),
            "bucket -> src-a");
  MemoryFileFacts starred("s3://src-a/a*b/x.parquet");
  routes::CountingRouteStore patterns(Routes({"a*b"}));
  EXPECT_EQ(Outcome(Router(patterns, Options({"folder"})).FindRoutes(starred)), "folder -> a*b");
}

TEST(Router, DisabledRouteWins) {
  routes::Route disabled = RouteTo("src-a", "to:src-a");
  disabled.enabled = false;
  routes::CountingRouteStore store({{disabled, RouteTo("orders", "to:orders")}, {}});
  MemoryFileFacts facts(kFile);
  const auto routed = Router(store, Options({"bucket", "folder"})).FindRoutes(facts);
  EXPECT_EQ(Outcome(routed), "bucket -> src-a");
  EXPECT_FALSE(routed->parts.front().route.enabled);
}

TEST(Router, RouteComesAsItIsApplied) {
  routes::CountingRouteStore store(
      {{SameAs("src-a", "src-b"), SameAs("*", "src-b"), RouteTo("src-b", "to:src-a")}, {}});
  MemoryFileFacts facts(kFile);
  EXPECT_EQ(Outcome(Router(store, Options({"bucket"})).FindRoutes(facts)), "bucket -> src-a");
  const auto routed = Router(store, Options({"folder"})).FindRoutes(facts);
  ASSERT_TRUE(routed) << routed.error().message;
  EXPECT_EQ(routed->parts.front().route.partition_key, "*");
  EXPECT_EQ(routed->parts.front().route.query_sql, "SELECT '{s3_input_path}'");
}

TEST(Router, CycleOfDefaultRoutesFailsTheFile) {
  routes::CountingRouteStore store({{SameAs("*", "a"), SameAs("a", "*")}, {}});
  MemoryFileFacts facts(kFile);
  const auto routed = Router(store, Options({"bucket"})).FindRoutes(facts);
  ASSERT_FALSE(routed);
  EXPECT_EQ(routed.error().code, Code::kInvalid);
  EXPECT_THAT(routed.error().message, HasSubstr("'*' -> 'a' -> '*'"));
}

TEST(Router, StepsTellWhyEachStrategyWonOrNot) {
  MemoryFileFacts facts(kFile);
  routes::CountingRouteStore exact(Routes({"orders"}));
  EXPECT_THAT(Router(exact, Options({"object-tag:x", "bucket", "folder", "folder:1"}))
                  .FindRoutes(facts)
                  ->steps,
              ElementsAre(RouteStep{"object-tag:x", "gives no key"},
                          RouteStep{"bucket", "gives 'src-a', which has no exact route"},
                          RouteStep{"folder", "gives 'orders', which has a route", true}));

  routes::CountingRouteStore pattern(Routes({"ord*"}));
  EXPECT_THAT(
      Router(pattern, Options({"bucket", "folder", "bucket/folder"})).FindRoutes(facts)->steps,
      ElementsAre(RouteStep{"bucket", "gives 'src-a', which has no route"},
                  RouteStep{"folder", "gives 'orders', which the pattern 'ord*' matches", true},
                  RouteStep{"bucket/folder", "gives 'src-a/orders', which has no exact route"}));

  routes::CountingRouteStore last(Routes({"*"}));
  EXPECT_THAT(Router(last, Options({"bucket"})).FindRoutes(facts)->steps,
              ElementsAre(RouteStep{"bucket", "gives 'src-a', which has no route"},
                          RouteStep{"default", "gives '*', which has a route", true}));
}

TEST(Router, UnroutedFileNamesEveryStrategyKeyAndTheWayOut) {
  routes::CountingRouteStore store(Routes({"src-a"}));
  const std::vector<std::string> strategies = {"bucket", "folder:0", "folder:4", "folder:0"};
  MemoryFileFacts facts("s3://src-x/orders/x.parquet");
  const auto routed = Router(store, Options(strategies)).FindRoutes(facts);
  ASSERT_FALSE(routed);
  EXPECT_EQ(routed.error().code, Code::kNotFound);
  EXPECT_EQ(routed.error().message,
            "no route (bucket gives 'src-x', which has no route; folder gives 'orders', which has "
            "no route; folder:4 gives no key; folder gives 'orders', which has no route; default "
            "gives '*', which has no route); add a route with PartitionKey 'src-x' or 'orders', or "
            "the default route '*', to the routing table: s3://src-x/orders/x.parquet");

  RouterOptions options = Options({"bucket"});
  options.unrouted = Unrouted::kFail;
  const auto failed = Router(store, std::move(options)).FindRoutes(facts);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message,
            "no route (bucket gives 'src-x', which has no route); add a route with PartitionKey "
            "'src-x' to the routing table: s3://src-x/orders/x.parquet");
}

TEST(Router, FileWithoutAnyKeyIsToldSo) {
  routes::CountingRouteStore store({});
  MemoryFileFacts facts("/x.parquet");
  const auto routed = Router(store, Options({"bucket", "folder"})).FindRoutes(facts);
  ASSERT_FALSE(routed);
  EXPECT_EQ(routed.error().message,
            "no route (bucket gives no key; folder gives no key; default gives '*', which has no "
            "route); configure a strategy that gives a key for it, or add the default route '*': "
            "file:///x.parquet");
}

TEST(Router, WrongExactRouteIsNotPassedOver) {
  routes::RouteListing listing = Routes({"orders", "src-*"});
  listing.problems = {{"src-a", "r.yaml:3", "no SQL"}};
  routes::CountingRouteStore store(std::move(listing));
  MemoryFileFacts facts(kFile);
  const auto routed = Router(store, Options({"bucket", "folder"})).FindRoutes(facts);
  ASSERT_FALSE(routed);
  EXPECT_EQ(routed.error().code, Code::kInvalid);
  EXPECT_THAT(routed.error().message, HasSubstr("r.yaml:3: no SQL"));
}

TEST(Router, WrongPatternFailsTheFilesThatItMatches) {
  routes::RouteListing listing = Routes({"ord*", "*"});
  listing.problems = {{"src-*", "r.yaml:3", "no SQL"}};
  routes::CountingRouteStore store(std::move(listing));
  MemoryFileFacts matched(kFile);
  MemoryFileFacts other("s3://raw/x.parquet");
  const Router router(store, Options({"bucket", "folder"}));
  const auto routed = router.FindRoutes(matched);
  ASSERT_FALSE(routed);
  EXPECT_EQ(routed.error().code, Code::kInvalid);
  EXPECT_THAT(routed.error().message,
              AllOf(HasSubstr("'src-*' is wrong: r.yaml:3: no SQL"), HasSubstr("'src-a'")));
  EXPECT_EQ(Outcome(router.FindRoutes(other)), "default -> *");
}

TEST(Router, WrongDefaultRouteFailsWhatWouldTakeIt) {
  routes::RouteListing listing = Routes({"src-a"});
  listing.problems = {{"*", "r.yaml:3", "no SQL"}};
  routes::CountingRouteStore store(std::move(listing));
  MemoryFileFacts facts(kFile);
  EXPECT_EQ(Outcome(Router(store, Options({"bucket"})).FindRoutes(facts)), "bucket -> src-a");
  const auto routed = Router(store, Options({"folder"})).FindRoutes(facts);
  ASSERT_FALSE(routed);
  EXPECT_EQ(routed.error().code, Code::kInvalid);
}

TEST(Router, AmbiguousPatternsFailTheFile) {
  routes::CountingRouteStore store(
      {{RouteTo("src-*", "a"), RouteTo("*-a", "b"), RouteTo("*", "to:*")}, {}});
  MemoryFileFacts facts(kFile);
  const auto routed = Router(store, Options({"bucket"})).FindRoutes(facts);
  ASSERT_FALSE(routed);
  EXPECT_EQ(routed.error().code, Code::kInvalid);
  EXPECT_THAT(routed.error().message,
              AllOf(HasSubstr("'*-a' and 'src-*'"), HasSubstr("a higher priority")));
  ASSERT_TRUE(store.Put(RouteTo("*-a", "to:*-a", 1)));
  EXPECT_EQ(Outcome(Router(store, Options({"bucket"})).FindRoutes(facts)), "bucket -> *-a");
}

TEST(Router, ErrorOfAFactNamesTheStrategy) {
  routes::CountingRouteStore store(Routes({"*"}));
  MemoryFileFacts facts(kFile);
  facts.object_metadata = {{"route", "\xFF"}};
  const auto bytes = Router(store, Options({"object-metadata:route"})).FindRoutes(facts);
  ASSERT_FALSE(bytes);
  EXPECT_THAT(bytes.error().message, AllOf(HasSubstr("object-metadata:route"), HasSubstr("UTF-8"),
                                           HasSubstr(R"('\xFF')"), HasSubstr(kFile)));
  const auto column = Router(store, Options({"column:country"})).FindRoutes(facts);
  ASSERT_FALSE(column);
  EXPECT_EQ(column.error().message, "strategy column:country: no such column: 'country'");
}

}  // namespace
}  // namespace eider::routing
