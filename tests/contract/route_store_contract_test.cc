// What every route store must do, over each of them.
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dynamodb_test_table.h"
#include "eider/base/clock.h"
#include "eider/base/log.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/routes/cached_route_store.h"
#include "eider/routes/dynamodb_route_store.h"
#include "eider/routes/memory_route_store.h"
#include "eider/routes/postgres_route_store.h"
#include "eider/routes/route_store.h"
#include "eider/routes/snapshot_refresh.h"
#include "eider/routes/snapshot_route_store.h"
#include "eider/routes/sqlite_route_store.h"
#include "eider/routes/store_health.h"
#include "eider/routes/testing/every_attribute.h"
#include "eider/routes/yaml_route_store.h"
#include "eider/store/memory_store.h"
#include "postgres_schema.h"

namespace eider::routes {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Every store of this suite holds: "a" and "b c'*ñ" (right, a pattern), "wrong" (no marker in its
// SQL).
class Subject {
 public:
  virtual ~Subject() = default;

  // What a test of it would need and this machine has not; empty: nothing.
  virtual std::string missing() const { return ""; }

  virtual bool is_writable() const { return true; }

  virtual RouteStore& store() = 0;
};

struct SubjectMaker {
  std::string name;
  std::function<std::unique_ptr<Subject>()> make;
};

constexpr const char* kSql = "SELECT * FROM '{s3_input_path}'";

const Route kRouteA{"a", {{"bronze"}, "orders"}, kSql, true};
const Route kRouteB{"b c'*ñ", {{"silver", "deep"}, "t"}, kSql, false};

class MemorySubject final : public Subject {
 public:
  RouteStore& store() override { return store_; }

 private:
  MemoryRouteStore store_{
      {{kRouteB, kRouteA}, {{"wrong", "item 3", "query_sql does not hold the marker"}}}};
};

class YamlSubject final : public Subject {
 public:
  YamlSubject() {
    auto store = ParseYamlRoutes(R"(routes:
  - {PartitionKey: "b c'*ñ", target_table: silver.deep.t, query_sql: "SELECT * FROM '{s3_input_path}'"}
  - {PartitionKey: a, target_table: bronze.orders, query_sql: "SELECT * FROM '{s3_input_path}'", create_table: true}
  - {PartitionKey: wrong, target_table: bronze.t, query_sql: SELECT 1}
)",
                                 "routes.yaml");
    EXPECT_TRUE(store) << store.error().message;
    if (store) store_ = *std::move(store);
  }

  bool is_writable() const override { return false; }

  RouteStore& store() override { return *store_; }

 private:
  std::unique_ptr<RouteStore> store_;
};

// A store does not look into the SQL that it is given.
void Fill(RouteStore& store) {
  for (const Route& route : {kRouteB, kRouteA, Route{"wrong", {{"bronze"}, "t"}, "SELECT 1"}}) {
    const Status put = store.Put(route);
    EXPECT_TRUE(put) << put.error().message;
  }
}

class SqliteSubject final : public Subject {
 public:
  SqliteSubject() {
    std::string pattern = std::filesystem::temp_directory_path() / "eider-routes-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    auto store = OpenSqliteRoutes(folder_ / "routes.db", IfMissing::kCreate, clock_, random_);
    EXPECT_TRUE(store) << store.error().message;
    if (store) store_ = *std::move(store);
    if (store_) Fill(*store_);
  }

  ~SqliteSubject() override { std::filesystem::remove_all(folder_); }

  RouteStore& store() override { return *store_; }

 private:
  SystemClock clock_;
  SystemRandom random_;
  std::filesystem::path folder_;
  std::unique_ptr<RouteStore> store_;
};

class PostgresSubject final : public Subject {
 public:
  PostgresSubject() {
    if (!missing().empty()) return;
    store_ = *OpenPostgresRoutes(schema_.uri(), IfMissing::kCreate, clock_, random_);
    Fill(*store_);
  }

  std::string missing() const override { return schema_.missing(); }

  RouteStore& store() override { return *store_; }

 private:
  SystemClock clock_;
  SystemRandom random_;
  postgres::TestSchema schema_;
  std::unique_ptr<RouteStore> store_;
};

class DynamoDbSubject final : public Subject {
 public:
  DynamoDbSubject() {
    if (missing().empty()) Fill(*store_);
  }

  std::string missing() const override {
    return table_.is_there() ? "" : "EIDER_TEST_DYNAMODB_ENDPOINT is not set";
  }

  RouteStore& store() override { return *store_; }

 private:
  aws::DynamoDbTestTable table_{"PartitionKey"};
  std::unique_ptr<RouteStore> store_ =
      OpenDynamoDbRoutes(table_.service(), table_.name(), table_.region());
};

// A cache over a store that is written, with a later store that it never needs.
class CachedSubject final : public Subject {
 public:
  RouteStore& store() override { return store_; }

 private:
  SystemClock clock_;
  std::unique_ptr<spdlog::logger> log_ = NewSilentLogger();
  StoreHealth health_{"routes in memory", Milliseconds(3'000), *log_};
  MemorySubject routes_;
  MemoryRouteStore next_{{}};
  CachedRouteStore store_{{}, {routes_.store(), &next_, clock_, health_}};
};

class SnapshotSubject final : public Subject {
 public:
  SnapshotSubject() {
    MemorySubject routes;
    const auto written = WriteSnapshot(routes.store(), objects_, uri_, clock_);
    EXPECT_TRUE(written) << written.error().message;
  }

  bool is_writable() const override { return false; }

  RouteStore& store() override { return store_; }

 private:
  const Uri uri_ = *Uri::Parse("s3://lake/routes.snapshot");
  SystemClock clock_;
  store::MemoryStore objects_;
  SnapshotRouteStore store_{{.uri = uri_}, objects_, clock_};
};

class RouteStoreContract : public ::testing::TestWithParam<SubjectMaker> {
 protected:
  void SetUp() override {
    if (const std::string missing = subject_->missing(); !missing.empty()) GTEST_SKIP() << missing;
  }

  std::unique_ptr<Subject> subject_ = GetParam().make();
  RouteStore* const store_ = subject_->missing().empty() ? &subject_->store() : nullptr;
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

TEST_P(RouteStoreContract, PutIsFoundAtOnceAndReplaces) {
  if (!subject_->is_writable()) GTEST_SKIP() << "a store that only people edit";
  const std::string sql = "SELECT 'it''s \"ñ\"'\nFROM '{s3_input_path}'\n";
  ASSERT_TRUE(store_->Put({"new", {{"bronze"}, "t"}, sql, true}));
  const auto put = store_->Find("new");
  ASSERT_TRUE(put && put->has_value());
  EXPECT_EQ((*put)->query_sql, sql);
  EXPECT_TRUE((*put)->create_table);
  ASSERT_TRUE(store_->Put({"new", {{"silver"}, "u"}, kSql, false}));
  const auto replaced = store_->Find("new");
  ASSERT_TRUE(replaced && replaced->has_value());
  EXPECT_EQ((*replaced)->target_table.ToString(), "silver.u");
  EXPECT_EQ((*replaced)->query_sql, kSql);
  EXPECT_FALSE((*replaced)->create_table);
  EXPECT_EQ(store_->List()->routes.size(), 3U);
}

TEST_P(RouteStoreContract, PutRepairsAWrongRoute) {
  if (!subject_->is_writable()) GTEST_SKIP() << "a store that only people edit";
  ASSERT_TRUE(store_->Put({"wrong", {{"bronze"}, "t"}, kSql, false}));
  EXPECT_TRUE(store_->Find("wrong")->has_value());
  EXPECT_TRUE(store_->List()->problems.empty());
}

TEST_P(RouteStoreContract, RemoveTellsWhetherThereWasARoute) {
  if (!subject_->is_writable()) GTEST_SKIP() << "a store that only people edit";
  for (const char* key : {"b c'*ñ", "wrong"}) {
    const auto removed = store_->Remove(key);
    ASSERT_TRUE(removed) << removed.error().message;
    EXPECT_TRUE(*removed) << key;
    EXPECT_FALSE(*store_->Remove(key)) << key;
    EXPECT_FALSE(store_->Find(key)->has_value()) << key;
  }
  EXPECT_EQ(store_->List()->routes.size(), 1U);
  EXPECT_TRUE(store_->List()->problems.empty());
  EXPECT_FALSE(*store_->Remove(""));
}

TEST_P(RouteStoreContract, KeepsEveryAttribute) {
  if (!subject_->is_writable()) GTEST_SKIP() << "a store that only people edit";
  for (const Route& route : {EveryAttribute("every"), SameAs("alias", "every")}) {
    const Status put = store_->Put(route);
    ASSERT_TRUE(put) << put.error().message;
    const auto found = store_->Find(route.partition_key);
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_TRUE(found->has_value());
    EXPECT_EQ(**found, route);
  }
  // What a later route does not have is gone.
  const Route plain{"every", {{"bronze"}, "t"}, kSql, false};
  ASSERT_TRUE(store_->Put(plain));
  EXPECT_EQ(**store_->Find("every"), plain);
  ASSERT_TRUE(store_->Put(EveryAttribute("alias")));
  EXPECT_EQ(**store_->Find("alias"), EveryAttribute("alias"));
  const auto listing = store_->List();
  EXPECT_THAT(listing->routes, Contains(EveryAttribute("alias")));
  EXPECT_THAT(listing->notes, IsEmpty());
}

TEST_P(RouteStoreContract, PatternsAreThoseWithAStarButTheDefault) {
  auto listing = store_->Patterns();
  ASSERT_TRUE(listing) << listing.error().message;
  EXPECT_THAT(listing->routes, ElementsAre(kRouteB));
  EXPECT_THAT(listing->problems, IsEmpty());
  if (!subject_->is_writable()) return;
  for (const char* key : {"*", "z*", "*a", "plain"}) {
    ASSERT_TRUE(store_->Put({key, {{"bronze"}, "t"}, kSql, false}));
  }
  listing = store_->Patterns();
  std::vector<std::string> keys;
  for (const Route& route : listing->routes) keys.push_back(route.partition_key);
  EXPECT_THAT(keys, ElementsAre("*a", "b c'*ñ", "z*"));
  EXPECT_TRUE(store_->Find("*")->has_value());
}

TEST_P(RouteStoreContract, ConditionalPutHoldsToWhatWasSeen) {
  if (!subject_->is_writable()) GTEST_SKIP() << "a store that only people edit";
  Route mine{"cond", {{"bronze"}, "t"}, kSql, false};
  mine.version = 1;
  ASSERT_TRUE(store_->Put(mine, {true, {}}));
  Route theirs = mine;
  theirs.version = 2;
  theirs.updated_at = "2026-11-24T12:00:00Z";
  theirs.target_table.name = "theirs";
  EXPECT_EQ(store_->Put(theirs, {true, {}}).error().code, Code::kConflict);  // it is there by now
  ASSERT_TRUE(store_->Put(theirs, {true, mine}));
  Route late = mine;
  late.version = 2;
  late.target_table.name = "late";
  const Status refused = store_->Put(late, {true, mine});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("'cond'"));
  EXPECT_THAT(refused.error().message, HasSubstr("version 2, of 2026-11-24T12:00:00Z"));
  EXPECT_THAT(refused.error().message, HasSubstr("look at it again"));
  EXPECT_EQ(**store_->Find("cond"), theirs);
  // Gone, and wrong: neither is what was seen.
  EXPECT_EQ(store_->Put({"gone", {{"a"}, "b"}, kSql}, {true, mine}).error().code, Code::kConflict);
  EXPECT_FALSE(store_->Find("gone")->has_value());
  EXPECT_EQ(store_->Put({"wrong", {{"a"}, "b"}, kSql}, {true, {}}).error().code, Code::kConflict);
  EXPECT_FALSE(store_->Find("wrong"));
}

TEST_P(RouteStoreContract, ConditionWithoutVersionsComparesTableAndSql) {
  if (!subject_->is_writable()) GTEST_SKIP() << "a store that only people edit";
  Route next = kRouteA;
  next.version = 1;
  Route other_sql = kRouteA;
  other_sql.query_sql = "SELECT 1 FROM '{s3_input_path}'";
  Route other_table = kRouteA;
  other_table.target_table.name = "other";
  for (const Route& seen : {other_sql, other_table, SameAs("a", "b"), next}) {
    EXPECT_EQ(store_->Put(next, {true, seen}).error().code, Code::kConflict);
  }
  ASSERT_TRUE(store_->Put(next, {true, kRouteA}));
  ASSERT_TRUE(store_->Put(SameAs("alias", "a")));
  ASSERT_TRUE(store_->Put({"alias", {{"a"}, "b"}, kSql}, {true, SameAs("alias", "a")}));
}

TEST_P(RouteStoreContract, ConditionalRemoveHoldsToWhatWasSeen) {
  if (!subject_->is_writable()) GTEST_SKIP() << "a store that only people edit";
  Route other = kRouteA;
  other.target_table.name = "other";
  EXPECT_EQ(store_->Remove("a", {true, other}).error().code, Code::kConflict);
  EXPECT_EQ(store_->Remove("a", {true, {}}).error().code, Code::kConflict);
  EXPECT_TRUE(store_->Find("a")->has_value());
  const auto removed = store_->Remove("a", {true, kRouteA});
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_TRUE(*removed);
  EXPECT_FALSE(*store_->Remove("a", {true, {}}));
}

TEST_P(RouteStoreContract, OneOfManyConditionalWritersWins) {
  if (!subject_->is_writable()) GTEST_SKIP() << "a store that only people edit";
  std::vector<std::jthread> threads;
  std::vector<int> wins(8, 0);
  for (std::size_t i = 0; i < wins.size(); ++i) {
    threads.emplace_back([&, i] {
      Route route{"race", {{"bronze"}, "t" + std::to_string(i)}, kSql, false};
      route.version = 1;
      if (store_->Put(route, {true, {}})) wins[i] = 1;
    });
  }
  threads.clear();  // joins
  EXPECT_EQ(std::accumulate(wins.begin(), wins.end(), 0), 1);
  const auto winner = std::ranges::find(wins, 1) - wins.begin();
  EXPECT_EQ((*store_->Find("race"))->target_table.name, "t" + std::to_string(winner));
}

TEST_P(RouteStoreContract, PutAllWritesEveryRoute) {
  if (!subject_->is_writable()) GTEST_SKIP() << "a store that only people edit";
  std::vector<Route> routes;
  for (int i = 0; i < 100; ++i) routes.push_back(EveryAttribute("many-" + std::to_string(i)));
  routes.push_back({"a", {{"silver"}, "replaced"}, kSql, false});
  const Status put = store_->PutAll(routes);
  ASSERT_TRUE(put) << put.error().message;
  const auto listing = store_->List();
  ASSERT_EQ(listing->routes.size(), 102U);  // and "b c'*ñ"
  for (const Route& route : routes) EXPECT_THAT(listing->routes, Contains(route));
  EXPECT_TRUE(store_->PutAll({}));
}

TEST_P(RouteStoreContract, StoreThatPeopleEditRefusesToBeWritten) {
  if (subject_->is_writable()) GTEST_SKIP() << "a store that is written";
  EXPECT_EQ(store_->Put(kRouteA).error().code, Code::kUnsupported);
  EXPECT_EQ(store_->PutAll({&kRouteA, 1}).error().code, Code::kUnsupported);
  EXPECT_EQ(store_->Remove("a").error().code, Code::kUnsupported);
  EXPECT_TRUE(store_->Find("a")->has_value());
}

template <typename T>
std::unique_ptr<Subject> Make() {
  return std::make_unique<T>();
}

INSTANTIATE_TEST_SUITE_P(Stores, RouteStoreContract,
                         ::testing::Values(SubjectMaker{"Memory", &Make<MemorySubject>},
                                           SubjectMaker{"Yaml", &Make<YamlSubject>},
                                           SubjectMaker{"Sqlite", &Make<SqliteSubject>},
                                           SubjectMaker{"Postgres", &Make<PostgresSubject>},
                                           SubjectMaker{"DynamoDb", &Make<DynamoDbSubject>},
                                           SubjectMaker{"Cached", &Make<CachedSubject>},
                                           SubjectMaker{"Snapshot", &Make<SnapshotSubject>}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace eider::routes
