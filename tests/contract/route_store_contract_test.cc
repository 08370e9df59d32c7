// What every route store must do, over each of them.
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/routing/memory_route_store.h"
#include "eider/routing/route_store.h"
#include "eider/routing/yaml_route_store.h"

namespace eider::routing {
namespace {

using ::testing::HasSubstr;

// Every store of this suite holds: "a" and "b c'*ñ" (right), "wrong" (no marker in its SQL).
struct StoreMaker {
  std::string name;
  std::function<std::unique_ptr<RouteStore>()> make;
};

constexpr const char* kSql = "SELECT * FROM '{s3_input_path}'";

std::unique_ptr<RouteStore> MakeMemoryStore() {
  RouteListing listing;
  listing.routes.push_back({"b c'*ñ", {{"silver", "deep"}, "t"}, kSql, false});
  listing.routes.push_back({"a", {{"bronze"}, "orders"}, kSql, true});
  listing.problems.push_back({"wrong", "item 3", "query_sql does not hold the marker"});
  return std::make_unique<MemoryRouteStore>(std::move(listing));
}

std::unique_ptr<RouteStore> MakeYamlStore() {
  auto store = ParseYamlRoutes(R"(routes:
  - {PartitionKey: "b c'*ñ", target_table: silver.deep.t, query_sql: "SELECT * FROM '{s3_input_path}'"}
  - {PartitionKey: a, target_table: bronze.orders, query_sql: "SELECT * FROM '{s3_input_path}'", create_table: true}
  - {PartitionKey: wrong, target_table: bronze.t, query_sql: SELECT 1}
)",
                               "routes.yaml");
  EXPECT_TRUE(store) << store.error().message;
  return store ? *std::move(store) : nullptr;
}

class RouteStoreContract : public ::testing::TestWithParam<StoreMaker> {
 protected:
  void SetUp() override {
    store_ = GetParam().make();
    ASSERT_TRUE(store_);
  }

  std::unique_ptr<RouteStore> store_;
};

TEST_P(RouteStoreContract, FindsARouteWithAllItsAttributes) {
  const auto route = store_->Find("a");
  ASSERT_TRUE(route) << route.error().message;
  ASSERT_TRUE(route->has_value());
  EXPECT_EQ((*route)->partition_key, "a");
  EXPECT_EQ((*route)->target_table.ToString(), "bronze.orders");
  EXPECT_EQ((*route)->query_sql, kSql);
  EXPECT_TRUE((*route)->create_table);
}

TEST_P(RouteStoreContract, FindsExactlyThatKey) {
  ASSERT_TRUE(store_->Find("b c'*ñ"));
  EXPECT_TRUE(store_->Find("b c'*ñ")->has_value());
  for (const char* key : {"", "A", "a ", "b", "b c", "b c'%", "*", "%"}) {
    const auto route = store_->Find(key);
    ASSERT_TRUE(route) << key << ": " << route.error().message;
    EXPECT_FALSE(route->has_value()) << key;
  }
}

TEST_P(RouteStoreContract, WrongRouteIsInvalidAndNeverNone) {
  const auto route = store_->Find("wrong");
  ASSERT_FALSE(route);
  EXPECT_EQ(route.error().code, Code::kInvalid);
  EXPECT_THAT(route.error().message, HasSubstr("'wrong'"));
  EXPECT_THAT(route.error().message, HasSubstr("marker"));
}

TEST_P(RouteStoreContract, ListsRightRoutesByKeyAndEveryProblem) {
  const auto listing = store_->List();
  ASSERT_TRUE(listing) << listing.error().message;
  ASSERT_EQ(listing->routes.size(), 2U);
  EXPECT_EQ(listing->routes[0].partition_key, "a");
  EXPECT_EQ(listing->routes[1].partition_key, "b c'*ñ");
  EXPECT_FALSE(listing->routes[1].create_table);
  ASSERT_EQ(listing->problems.size(), 1U);
  EXPECT_EQ(listing->problems[0].partition_key, "wrong");
  EXPECT_FALSE(listing->problems[0].location.empty());
}

TEST_P(RouteStoreContract, ServesSeveralThreads) {
  std::vector<std::jthread> threads;
  std::vector<int> found(4, 0);
  for (int& count : found) {
    threads.emplace_back([this, &count] {
      for (int i = 0; i < 500; ++i) {
        const auto route = store_->Find("a");
        if (route && route->has_value()) ++count;
      }
    });
  }
  threads.clear();  // joins
  for (const int count : found) EXPECT_EQ(count, 500);
}

INSTANTIATE_TEST_SUITE_P(Stores, RouteStoreContract,
                         ::testing::Values(StoreMaker{"Memory", &MakeMemoryStore},
                                           StoreMaker{"Yaml", &MakeYamlStore}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace eider::routing
