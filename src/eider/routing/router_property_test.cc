// What holds for all files and routes: one answer, whatever the order of the items, and the one
// that the documentation's table gives.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/iceberg/table_name.h"
#include "eider/routes/memory_route_store.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"
#include "eider/routing/file_facts.h"
#include "eider/routing/router.h"
#include "eider/routing/strategy.h"
#include "eider/routing/testing/memory_file_facts.h"

namespace eider::routing {
namespace {

constexpr int kWorlds = 2'000;

// A routing table that lists its patterns in the order in which it was given them.
class ListedRouteStore final : public routes::RouteStore {
 public:
  explicit ListedRouteStore(routes::RouteListing listing)
      : listing_(listing), store_(std::move(listing)) {}

  Result<std::optional<routes::Route>> Find(std::string_view key) override {
    return store_.Find(key);
  }

  Result<routes::RouteListing> List() override { return listing_; }

  Status Put(const routes::Route& route, const routes::RouteCondition& condition = {}) override {
    return store_.Put(route, condition);
  }

  Result<bool> Remove(std::string_view key, const routes::RouteCondition& condition = {}) override {
    return store_.Remove(key, condition);
  }

  std::string Name() const override { return "listed routes"; }

 private:
  routes::RouteListing listing_;
  routes::MemoryRouteStore store_;
};

// A file, a configuration and a routing table, all small, so that they meet often.
class World {
 public:
  explicit World(unsigned seed) : random_(seed) {
    for (const char* key : {"a", "b", "aa", "ab", "ba", "a*", "*a", "*b*", "a*b", "*"}) {
      if (!Chance(3)) continue;
      routes::Route route;
      route.partition_key = key;
      route.priority = Below(3);
      route.enabled = !Chance(5);
      if (Chance(6)) {
        route.same_as = Chance(2) ? "*" : "a";
      } else {
        route.target_table = {{"bronze"}, fmt::format("t{}", Below(3))};
        route.query_sql = "SELECT * FROM '{s3_input_path}'";
      }
      if (Chance(12)) {
        listing_.problems.push_back({key, fmt::format("item {}", Below(100)), "is wrong"});
      } else {
        listing_.routes.push_back(std::move(route));
      }
    }
    facts_ = MemoryFileFacts(fmt::format("s3://{}/{}/x", Word(), Word()));
    if (Chance(2)) facts_.object_tags = {{"t", Word()}};
    std::vector<ColumnValue> values;
    for (const char* value : {"", "a", "aab", "b", "bb"}) {
      if (Chance(2)) values.emplace_back(value);
    }
    if (Chance(3)) values.emplace_back(std::nullopt);
    facts_.columns = {{"c", values}};
    for (const char* strategy : {"bucket", "folder", "object-tag:t", "column:c", "bucket/folder"}) {
      if (Chance(2)) strategies_.emplace_back(strategy);
    }
    std::ranges::shuffle(strategies_, random_);
    unrouted_ = static_cast<Unrouted>(Below(3));
    unrouted_values_ = static_cast<UnroutedValues>(Below(3));
  }

  Result<RoutedFile> Answer() {
    ListedRouteStore store(listing_);
    RouterOptions options;
    options.strategies = ParseStrategies(strategies_).value();
    options.unrouted = unrouted_;
    options.unrouted_values = unrouted_values_;
    options.rejects_table = iceberg::TableName{{"ops"}, "rejects"};
    return Router(store, std::move(options)).FindRoutes(facts_);
  }

  void Shuffle() {
    std::ranges::shuffle(listing_.routes, random_);
    std::ranges::shuffle(listing_.problems, random_);
  }

  const MemoryFileFacts& facts() const { return facts_; }

 private:
  int Below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }

  // One time in `times`.
  bool Chance(int times) { return Below(times) == 0; }

  std::string Word() {
    std::string word;
    for (int i = 0; i <= Below(3); ++i) word += Chance(2) ? 'a' : 'b';
    return word;
  }

  std::mt19937 random_;
  routes::RouteListing listing_;
  MemoryFileFacts facts_{"s3://x/x"};
  std::vector<std::string> strategies_;
  Unrouted unrouted_ = {};
  UnroutedValues unrouted_values_ = {};
};

void ExpectSame(const Result<RoutedFile>& left, const Result<RoutedFile>& right, unsigned seed) {
  ASSERT_EQ(left.has_value(), right.has_value()) << "seed " << seed;
  if (left) {
    EXPECT_EQ(*left, *right) << "seed " << seed;
  } else {
    EXPECT_EQ(left.error().code, right.error().code) << "seed " << seed;
    EXPECT_EQ(left.error().message, right.error().message) << "seed " << seed;
  }
}

TEST(RouterProperty, TheSameFileAndRoutesGiveTheSameAnswer) {
  for (unsigned seed = 0; seed < kWorlds; ++seed) {
    World world(seed);
    ExpectSame(world.Answer(), world.Answer(), seed);
  }
}

TEST(RouterProperty, TheOrderOfItemsDoesNotMatter) {
  for (unsigned seed = 0; seed < kWorlds; ++seed) {
    World world(seed);
    const auto answer = world.Answer();
    for (int i = 0; i < 3; ++i) {
      world.Shuffle();
      ExpectSame(answer, world.Answer(), seed);
    }
  }
}

// Of a file that is routed by a column every value is in one part and in one only; parts are sorted
// and come from one strategy.
TEST(RouterProperty, PartsHoldEveryValueOnce) {
  int fan_outs = 0;
  for (unsigned seed = 0; seed < kWorlds; ++seed) {
    World world(seed);
    const auto answer = world.Answer();
    if (!answer || answer->column.empty()) continue;
    std::vector<ColumnValue> values;
    for (const RoutedPart& part : answer->parts) {
      EXPECT_FALSE(part.values.empty()) << "seed " << seed;
      values.insert(values.end(), part.values.begin(), part.values.end());
    }
    std::vector<ColumnValue> expected = world.facts().columns.at("c");
    std::ranges::sort(values);
    std::ranges::sort(expected);
    EXPECT_EQ(values, expected) << "seed " << seed;
    EXPECT_TRUE(std::ranges::is_sorted(
        answer->parts, {}, [](const RoutedPart& part) { return part.route.partition_key; }))
        << "seed " << seed;
    fan_outs += answer->parts.size() > 1 ? 1 : 0;
  }
  EXPECT_GT(fan_outs, 50);  // else this would show nothing
}

TEST(RouterProperty, AppliedRoutesAreWholeAndOneStrategyWins) {
  int wins = 0;
  for (unsigned seed = 0; seed < kWorlds; ++seed) {
    World world(seed);
    const auto answer = world.Answer();
    if (!answer) continue;
    for (const RoutedPart& part : answer->parts) {
      EXPECT_FALSE(part.route.query_sql.empty()) << "seed " << seed;
      EXPECT_FALSE(part.route.target_table.name.empty()) << "seed " << seed;
    }
    const auto won = std::ranges::count_if(answer->steps, &RouteStep::won);
    EXPECT_EQ(won, answer->parts.empty() ? 0 : 1) << "seed " << seed;
    wins += static_cast<int>(won);
  }
  EXPECT_GT(wins, 500);
}

}  // namespace
}  // namespace eider::routing
