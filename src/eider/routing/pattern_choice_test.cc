// The pattern with the highest priority, in whatever order they are listed.
#include "eider/routing/pattern_choice.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"

namespace eider::routing {
namespace {

using ::testing::HasSubstr;

routes::Route Pattern(std::string key, std::int64_t priority) {
  routes::Route route;
  route.partition_key = std::move(key);
  route.priority = priority;
  return route;
}

// The key of the pattern chosen, "none", or the error.
std::string Chosen(const routes::RouteListing& patterns, std::string_view key) {
  const auto chosen = ChoosePattern(patterns, key);
  if (!chosen) {
    EXPECT_EQ(chosen.error().code, Code::kInvalid);
    return chosen.error().message;
  }
  return *chosen == nullptr ? "none" : (*chosen)->partition_key;
}

TEST(ChoosePattern, TheHighestPriorityWinsNotTheLongestPattern) {
  const routes::RouteListing patterns{
      {Pattern("src-*", 1), Pattern("src-a*", 0), Pattern("src-b*", 2), Pattern("*x", -1)}, {}};
  EXPECT_EQ(Chosen(patterns, "src-a1"), "src-*");
  EXPECT_EQ(Chosen(patterns, "src-b1"), "src-b*");
  EXPECT_EQ(Chosen(patterns, "box"), "*x");
  EXPECT_EQ(Chosen(patterns, "src"), "none");
  EXPECT_EQ(Chosen({}, "src"), "none");
}

TEST(ChoosePattern, TwoOfTheSameHighestPriorityNameBothAndTheWayOut) {
  routes::RouteListing patterns{{Pattern("src-*", 0), Pattern("*-a", 0), Pattern("s*", -1)}, {}};
  EXPECT_EQ(Chosen(patterns, "src-a"),
            "two routes match the key 'src-a' with the same priority, 0; give the one that is "
            "meant a higher priority: '*-a' and 'src-*'");
  EXPECT_EQ(Chosen(patterns, "src-b"), "src-*");
  patterns.routes.push_back(Pattern("*", 1));
  EXPECT_EQ(Chosen(patterns, "src-a"), "*");
}

TEST(ChoosePattern, WrongPatternThatMatchesIsNotPassedOver) {
  const routes::RouteListing patterns{{Pattern("src-*", 9)}, {{"*-a", "routes.yaml:3", "no SQL"}}};
  const std::string error = Chosen(patterns, "src-a");
  EXPECT_THAT(error, HasSubstr("the route '*-a' is wrong: routes.yaml:3: no SQL"));
  EXPECT_THAT(error, HasSubstr("matches the key 'src-a'"));
  EXPECT_EQ(Chosen(patterns, "src-b"), "src-*");
}

TEST(ChoosePattern, OrderOfTheListingDoesNotMatter) {
  routes::RouteListing patterns;
  for (const char* key : {"a*", "*a", "ab*", "*ba", "a*b*a", "*b*", "c*"}) {
    patterns.routes.push_back(Pattern(key, static_cast<std::int64_t>(std::string(key).size() % 3)));
  }
  patterns.problems = {{"*z", "x:2", "second"}, {"*z", "x:1", "first"}, {"z*", "x:3", "third"}};
  const std::vector<std::string> keys = {"a", "aba", "abba", "b", "c", "cb", "z", "zz", "d"};
  std::vector<std::string> expected;
  for (const std::string& key : keys) expected.push_back(Chosen(patterns, key));
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    std::ranges::shuffle(patterns.routes, random);
    std::ranges::shuffle(patterns.problems, random);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      EXPECT_EQ(Chosen(patterns, keys[i]), expected[i]) << keys[i] << ", seed " << seed;
    }
  }
}

}  // namespace
}  // namespace eider::routing
