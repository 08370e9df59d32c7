// What is wrong with routes beside each other.
#include "eider/routes/route_checks.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/routes/testing/every_attribute.h"

namespace eider::routes {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Route Pattern(const std::string& key, std::int64_t priority) {
  return {.partition_key = key,
          .target_table = {{"a"}, "b"},
          .query_sql = "FROM '{s3_input_path}'",
          .priority = priority};
}

std::vector<std::string> MessagesOf(const std::vector<RouteProblem>& problems) {
  std::vector<std::string> messages;
  for (const RouteProblem& problem : problems) messages.push_back(problem.message);
  return messages;
}

std::vector<std::string> Ambiguous(std::vector<Route> routes) {
  return MessagesOf(FindAmbiguousPatterns({std::move(routes), {}}, "table t"));
}

std::vector<std::string> Broken(std::vector<Route> routes) {
  return MessagesOf(FindBrokenReferences({std::move(routes), {}}, "table t"));
}

TEST(RouteChecks, PatternThatMatchesAnotherNeedsAnotherPriority) {
  EXPECT_THAT(Ambiguous({Pattern("a*", 3), Pattern("ab*", 3)}),
              ElementsAre("the patterns 'a*' and 'ab*' claim the same keys with the same priority "
                          "3; give one a higher priority"));
  EXPECT_THAT(Ambiguous({Pattern("a*", 3), Pattern("ab*", 4)}), IsEmpty());
  EXPECT_THAT(Ambiguous({Pattern("a*", 0), Pattern("b*", 0), Pattern("*c", 0)}), IsEmpty());
  EXPECT_THAT(Ambiguous({Pattern("a*", 0), Pattern("a*b", 0), Pattern("a*bc*", 0)}),
              ElementsAre(HasSubstr("'a*' and 'a*b'"), HasSubstr("'a*' and 'a*bc*'")));
}

TEST(RouteChecks, ExactRoutesAndTheDefaultAreNeverAmbiguous) {
  EXPECT_THAT(Ambiguous({Pattern("*", 0), Pattern("a*", 0), Pattern("ab", 0), Pattern("a", 0)}),
              IsEmpty());
}

TEST(RouteChecks, ReferenceToNothingNamesBothAndTheWayOut) {
  EXPECT_THAT(Broken({SameAs("a", "b"), SameAs("b", "gone")}),
              ElementsAre("same_as: 'b' -> 'gone', and there is no such route; add it, or give "
                          "'b' a target_table and a query_sql of its own"));
  EXPECT_THAT(Broken({SameAs("a", "b"), Pattern("b", 0)}), IsEmpty());
  // A wrong route is there: its own problem is told.
  EXPECT_THAT(
      FindBrokenReferences({{SameAs("a", "w")}, {{"w", "item", "query_sql is empty"}}}, "t"),
      IsEmpty());
}

TEST(RouteChecks, CirclesAreToldOnceWithTheirChain) {
  EXPECT_THAT(Broken({SameAs("x", "c"), SameAs("c", "a"), SameAs("b", "c"), SameAs("a", "b")}),
              ElementsAre("same_as goes in a circle: 'a' -> 'b' -> 'c' -> 'a'; give one of them a "
                          "target_table and a query_sql of its own"));
  EXPECT_THAT(Broken({SameAs("me", "me")}), ElementsAre(HasSubstr("'me' -> 'me'")));
  EXPECT_THAT(Broken({SameAs("a", "b"), SameAs("b", "a"), SameAs("c", "d"), SameAs("d", "c")}),
              ElementsAre(HasSubstr("'a' -> 'b' -> 'a'"), HasSubstr("'c' -> 'd' -> 'c'")));
}

TEST(RouteChecks, LongCircleIsToldShortly) {
  std::vector<Route> routes;
  for (int i = 0; i < 50'000; ++i) {
    routes.push_back(SameAs(std::to_string(i), std::to_string((i + 1) % 50'000)));
  }
  const auto messages = Broken(std::move(routes));
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_THAT(messages[0], AllOf(HasSubstr("'0' -> '1' ->"), HasSubstr("… (50000 routes) -> '0'")));
  EXPECT_LT(messages[0].size(), 400U);
}

Route Moving(const std::string& key, const std::string& bucket) {
  Route route = Pattern(key, 0);
  route.after_load = AfterLoad{ObjectDeed::kMove, Uri{"s3", bucket, "done/"}};
  return route;
}

TEST(RouteChecks, FilesThatWouldBeTheirOwnRoutesAgainAreTold) {
  const auto circles = [](std::vector<Route> routes) {
    return MessagesOf(FindCirclesOfFiles({std::move(routes), {}}, "t"));
  };
  EXPECT_THAT(circles({Moving("src-a", "src-a"), Moving("src-*", "src-b")}),
              ElementsAre(HasSubstr("after_load puts files into the bucket 'src-a', whose files"),
                          HasSubstr("name another bucket: 'move s3://src-b/done/'")));
  EXPECT_THAT(circles({Moving("src-a", "archive"), Moving("src-*", "archive"),
                       Moving("*", "archive"), Moving("orders", "src-a"), Pattern("x*", 0)}),
              IsEmpty());
  Route failing = Pattern("src-a", 0);
  failing.after_failure = AfterLoad{ObjectDeed::kCopy, Uri{"s3", "src-a", ""}};
  EXPECT_THAT(circles({failing}), ElementsAre(HasSubstr("after_failure puts files")));
  const std::vector<Route> added = {Moving("src-a", "src-a")};
  EXPECT_THAT(FindNewProblems({}, {.put = added}, "f").size(), 1U);
}

TEST(RouteChecks, WriteIsHeldToWhatItAdds) {
  const RouteListing present{{Pattern("a*", 0), Pattern("ab*", 0), Pattern("base", 0)}, {}};
  const std::vector<Route> innocent = {Pattern("c*", 0)};
  EXPECT_THAT(FindNewProblems(present, {.put = innocent}, "f"), IsEmpty());
  const std::vector<Route> third = {Pattern("abc*", 0), SameAs("z", "base")};
  const std::vector<std::string> removed = {"base"};
  EXPECT_THAT(MessagesOf(FindNewProblems(present, {.put = third, .removed = removed}, "f")),
              ElementsAre(HasSubstr("'a*' and 'abc*'"), HasSubstr("'ab*' and 'abc*'"),
                          HasSubstr("'z' -> 'base'")));
  const std::vector<Route> repair = {Pattern("ab*", 1)};
  EXPECT_THAT(FindNewProblems(present, {.put = repair}, "f"), IsEmpty());
}

}  // namespace
}  // namespace eider::routes
