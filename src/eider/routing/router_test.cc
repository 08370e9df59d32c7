// From a file's location to its route, and what is told when there is none.
#include "eider/routing/router.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/routing/memory_route_store.h"

namespace eider::routing {
namespace {

using ::testing::HasSubstr;

FileRef File(std::string_view uri) {
  FileRef file;
  file.uri = *Uri::Parse(uri);
  return file;
}

Route RouteTo(std::string key, std::string table) {
  return {std::move(key), {{"bronze"}, std::move(table)}, "SELECT '{s3_input_path}'", false};
}

std::vector<Strategy> Strategies(std::vector<std::string> texts) {
  std::vector<Strategy> strategies;
  for (const std::string& text : texts) strategies.push_back(*Strategy::Parse(text));
  return strategies;
}

TEST(Strategy, GivesTheKeyOfAFile) {
  struct Case {
    std::string strategy;
    std::string uri;
    std::string key;
  };

  for (const auto& [strategy, uri, key] : std::vector<Case>{
           {"bucket", "s3://src-a/orders/x.parquet", "src-a"},
           {"bucket", "file:///data/x.parquet", ""},
           {"folder", "s3://src-a/orders/2024/x.parquet", "orders"},
           {"folder:0", "s3://src-a/orders/2024/x.parquet", "orders"},
           {"folder:1", "s3://src-a/orders/2024/x.parquet", "2024"},
           {"folder:2", "s3://src-a/orders/2024/x.parquet", ""},
           {"folder", "s3://src-a/x.parquet", ""},
           {"folder", "s3://src-a//x.parquet", ""},
           {"folder:1", "s3://src-a//b/x.parquet", "b"},
           {"folder", "s3://src-a/it's a *ñ*/x", "it's a *ñ*"},
           {"folder", "file:///data/in/x.parquet", "data"},
           {"folder:1", "file:///data/in/x.parquet", "in"},
       }) {
    const auto parsed = Strategy::Parse(strategy);
    ASSERT_TRUE(parsed) << strategy;
    EXPECT_EQ(parsed->KeyFor(File(uri)), key) << strategy << " of " << uri;
  }
}

TEST(Strategy, ReadsBackWhatItPrints) {
  for (const std::string text : {"bucket", "folder", "folder:3"}) {
    EXPECT_EQ(Strategy::Parse(text)->ToString(), text);
  }
}

TEST(Strategy, RefusesUnknownOnesAndNamesTheKnown) {
  for (const char* text : {"", "buckets", "Bucket", "folder:", "folder:-1", "folder:x", "folder:1x",
                           "folder:99999999999", "folder0", "metadata"}) {
    const auto parsed = Strategy::Parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Code::kInvalid);
    EXPECT_THAT(parsed.error().message, HasSubstr("bucket, folder"));
  }
}

TEST(Router, FirstStrategyWithARouteWins) {
  MemoryRouteStore store({{RouteTo("orders", "by_folder"), RouteTo("src-a", "by_bucket")}, {}});
  const FileRef file = File("s3://src-a/orders/x.parquet");
  EXPECT_EQ(Router(store, Strategies({"bucket", "folder"})).FindRoute(file)->target_table.name,
            "by_bucket");
  EXPECT_EQ(Router(store, Strategies({"folder", "bucket"})).FindRoute(file)->target_table.name,
            "by_folder");
  EXPECT_EQ(Router(store, Strategies({"folder:7", "bucket"})).FindRoute(file)->target_table.name,
            "by_bucket");
}

TEST(Router, UnroutedFileNamesEveryStrategyKeyAndTheWayOut) {
  MemoryRouteStore store({{RouteTo("src-a", "t")}, {}});
  const Router router(store, Strategies({"bucket", "folder:0", "folder:4"}));
  const auto route = router.FindRoute(File("s3://src-x/orders/x.parquet"));
  ASSERT_FALSE(route);
  EXPECT_EQ(route.error().code, Code::kNotFound);
  EXPECT_EQ(
      route.error().message,
      "no route (bucket gives 'src-x', which has none; folder gives 'orders', which has none; "
      "folder:4 gives no key); add a route with PartitionKey 'src-x' or 'orders' to the "
      "routing table: s3://src-x/orders/x.parquet");
}

TEST(Router, FileWithoutAnyKeyIsToldSo) {
  MemoryRouteStore store({});
  const auto route = Router(store, Strategies({"bucket", "folder"})).FindRoute(File("/x.parquet"));
  ASSERT_FALSE(route);
  EXPECT_EQ(route.error().message,
            "no route (bucket gives no key; folder gives no key); configure "
            "a strategy that gives a key for it: file:///x.parquet");
}

TEST(Router, WrongRouteIsNotPassedOver) {
  MemoryRouteStore store({{RouteTo("orders", "t")}, {{"src-a", "r.yaml:3", "no SQL"}}});
  const auto route =
      Router(store, Strategies({"bucket", "folder"})).FindRoute(File("s3://src-a/orders/x"));
  ASSERT_FALSE(route);
  EXPECT_EQ(route.error().code, Code::kInvalid);
  EXPECT_THAT(route.error().message, HasSubstr("r.yaml:3: no SQL"));
}

}  // namespace
}  // namespace eider::routing
