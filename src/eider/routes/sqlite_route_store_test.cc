// What only the SQLite store has: its file, people's own columns, other programs' files.
#include "eider/routes/sqlite_route_store.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/routes/route_store.h"
#include "eider/routes/testing/every_attribute.h"

namespace eider::routes {
namespace {

using ::testing::HasSubstr;

const Route kRoute{"src-a", {{"bronze"}, "orders"}, "FROM '{s3_input_path}'", true};

class SqliteRouteStoreTest : public ::testing::Test {
 protected:
  SqliteRouteStoreTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "eider-routes-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ / "routes.db";
  }

  ~SqliteRouteStoreTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<RouteStore> Open() {
    auto store = OpenSqliteRoutes(path_, IfMissing::kCreate, clock_, random_);
    EXPECT_TRUE(store) << store.error().message;
    return store ? *std::move(store) : nullptr;
  }

  void Execute(const char* sql) {
    SQLite::Database(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(sql);
  }

  SystemClock clock_;
  SystemRandom random_;
  std::filesystem::path folder_;
  std::string path_;
};

TEST_F(SqliteRouteStoreTest, KeepsRoutesOverAReopen) {
  path_ = folder_ / "a" / "b" / "routes.db";
  ASSERT_TRUE(Open()->Put(kRoute));
  const auto found = Open()->Find("src-a");
  ASSERT_TRUE(found && found->has_value());
  EXPECT_EQ((*found)->query_sql, kRoute.query_sql);
  EXPECT_TRUE((*found)->create_table);
}

TEST_F(SqliteRouteStoreTest, LeavesPeoplesOwnColumnsAlone) {
  const auto store = Open();
  Execute("ALTER TABLE routes ADD COLUMN team TEXT");
  ASSERT_TRUE(store->Put(kRoute));
  Execute("UPDATE routes SET team = 'ada'");
  ASSERT_TRUE(store->Put(kRoute));
  EXPECT_EQ(SQLite::Database(path_).execAndGet("SELECT team FROM routes").getString(), "ada");
  ASSERT_TRUE(store->Find("src-a")->has_value());
  const auto listing = store->List();
  EXPECT_EQ(listing->routes.size(), 1U);
  ASSERT_EQ(listing->notes.size(), 1U);
  EXPECT_THAT(listing->notes[0].message, HasSubstr("unknown attribute 'team'"));
}

// What Eider 0.1 made, with a column of people's own.
constexpr const char* kVersion1 = R"(
CREATE TABLE routes (
  PartitionKey TEXT NOT NULL PRIMARY KEY,
  target_table TEXT NOT NULL,
  query_sql TEXT NOT NULL,
  create_table INTEGER NOT NULL DEFAULT 0 CHECK (create_table IN (0, 1))
) STRICT;
PRAGMA application_id = 1162433108;
PRAGMA user_version = 1;
ALTER TABLE routes ADD COLUMN team TEXT;
INSERT INTO routes VALUES ('src-a', 'bronze.orders', 'FROM ''{s3_input_path}''', 1, 'ada'),
                          ('src-b', 'bronze.t', 'SELECT 1', 0, NULL);
)";

TEST_F(SqliteRouteStoreTest, VersionOneIsMigratedInPlace) {
  Execute(kVersion1);
  for (int opened = 0; opened < 2; ++opened) {
    const auto store = Open();
    const auto listing = store->List();
    ASSERT_TRUE(listing) << listing.error().message;
    ASSERT_EQ(listing->routes.size(), 1U);
    EXPECT_EQ(listing->routes[0], kRoute);
    ASSERT_EQ(listing->problems.size(), 1U);
    EXPECT_EQ(listing->problems[0].partition_key, "src-b");
  }
  const auto store = Open();
  ASSERT_TRUE(store->Put(EveryAttribute("src-a")));
  EXPECT_EQ(**store->Find("src-a"), EveryAttribute("src-a"));
  SQLite::Database database(path_);
  EXPECT_EQ(database.execAndGet("PRAGMA user_version").getInt(), 6);
  EXPECT_EQ(database.execAndGet("SELECT team FROM routes WHERE PartitionKey = 'src-a'").getString(),
            "ada");
}

TEST_F(SqliteRouteStoreTest, TableOfTheVersionBeforeTypesGetsThem) {
  {
    const auto store = Open();
    ASSERT_TRUE(store->Put(kRoute));
  }
  Execute(
      "ALTER TABLE routes DROP COLUMN types; ALTER TABLE routes DROP COLUMN encoding; "
      "ALTER TABLE routes DROP COLUMN on_bad_rows; ALTER TABLE routes DROP COLUMN reject_max; "
      "ALTER TABLE routes DROP COLUMN schema; ALTER TABLE routes DROP COLUMN rescue; "
      "ALTER TABLE routes DROP COLUMN partition_by; ALTER TABLE routes DROP COLUMN sort_by; "
      "ALTER TABLE routes DROP COLUMN table_properties; ALTER TABLE routes DROP COLUMN location; "
      "PRAGMA user_version = 2");
  const auto store = Open();
  EXPECT_EQ(**store->Find("src-a"), kRoute);
  ASSERT_TRUE(store->Put(EveryAttribute("src-a")));
  EXPECT_EQ(**store->Find("src-a"), EveryAttribute("src-a"));
  EXPECT_EQ(SQLite::Database(path_).execAndGet("PRAGMA user_version").getInt(), 6);
}

TEST_F(SqliteRouteStoreTest, TableOfTheVersionBeforePartitionsGetsThem) {
  {
    const auto store = Open();
    ASSERT_TRUE(store->Put(kRoute));
  }
  Execute(
      "ALTER TABLE routes DROP COLUMN partition_by; ALTER TABLE routes DROP COLUMN sort_by; "
      "ALTER TABLE routes DROP COLUMN table_properties; ALTER TABLE routes DROP COLUMN location; "
      "ALTER TABLE routes DROP COLUMN schema; ALTER TABLE routes DROP COLUMN rescue; "
      "PRAGMA user_version = 4");
  const auto store = Open();
  EXPECT_EQ(**store->Find("src-a"), kRoute);
  ASSERT_TRUE(store->Put(EveryAttribute("src-a")));
  EXPECT_EQ(**store->Find("src-a"), EveryAttribute("src-a"));
  Execute(R"sql(UPDATE routes SET partition_by = '["day(ts)", "dya(ts)"]')sql");
  EXPECT_THAT(store->Find("src-a").error().message,
              HasSubstr("partition_by[1]: `dya(ts)`: there is no transform dya"));
}

TEST_F(SqliteRouteStoreTest, TableOfTheVersionBeforeRescueGetsIt) {
  {
    const auto store = Open();
    ASSERT_TRUE(store->Put(kRoute));
  }
  Execute("ALTER TABLE routes DROP COLUMN rescue; PRAGMA user_version = 5");
  const auto store = Open();
  EXPECT_EQ(**store->Find("src-a"), kRoute);
  ASSERT_TRUE(store->Put(EveryAttribute("src-a")));
  EXPECT_EQ(**store->Find("src-a"), EveryAttribute("src-a"));
}

TEST_F(SqliteRouteStoreTest, PeoplesColumnOfAnAttributesNameGetsItsMeaning) {
  Execute(kVersion1);
  Execute("ALTER TABLE routes ADD COLUMN owner TEXT; UPDATE routes SET owner = 'grace'");
  const auto route = Open()->Find("src-a");
  ASSERT_TRUE(route && route->has_value());
  EXPECT_EQ((*route)->owner, "grace");
}

TEST_F(SqliteRouteStoreTest, PeoplesColumnOfAnotherTypeIsInTheWay) {
  Execute(kVersion1);
  Execute("ALTER TABLE routes ADD COLUMN priority TEXT");
  const auto store = OpenSqliteRoutes(path_, IfMissing::kCreate, clock_, random_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::kInvalid);
  EXPECT_THAT(store.error().message,
              HasSubstr("has a column priority of people's own, of type TEXT"));
  EXPECT_THAT(store.error().message, HasSubstr("RENAME COLUMN \"priority\" TO"));
  SQLite::Database database(path_);
  EXPECT_EQ(database.execAndGet("PRAGMA user_version").getInt(), 1);
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM pragma_table_info('routes')").getInt(), 6);
}

TEST_F(SqliteRouteStoreTest, ColumnsThatHoldNoJsonAreProblemsOfTheirRoute) {
  const auto store = Open();
  ASSERT_TRUE(store->Put(kRoute));
  Execute(R"(UPDATE routes SET inputs = '[broken', engine = '[1]', "commit" = '{"lag_ms": -1}')");
  const auto route = store->Find("src-a");
  ASSERT_FALSE(route);
  for (const char* what : {"'src-a'",
                           "inputs must be a list of at most 32 texts, not the text "
                           "'[broken'",
                           "engine must be a map of memory_limit, threads, timeout_ms and "
                           "group_files, not a list",
                           "commit.lag_ms must be a whole number from 0 to 604800000, not the "
                           "number -1"}) {
    EXPECT_THAT(route.error().message, HasSubstr(what));
  }
  EXPECT_EQ(store->List()->problems.size(), 3U);
}

TEST_F(SqliteRouteStoreTest, FailureInTheMiddleOfManyWritesNone) {
  const auto store = Open();
  Execute(
      "CREATE TRIGGER no_c BEFORE INSERT ON routes WHEN NEW.PartitionKey = 'c'"
      " BEGIN SELECT RAISE(ABORT, 'no c'); END");
  const std::vector<Route> routes = {SameAs("a", "x"), SameAs("b", "x"), SameAs("c", "x")};
  const Status put = store->PutAll(routes);
  ASSERT_FALSE(put);
  EXPECT_THAT(put.error().message, HasSubstr("0 of 3 routes are written"));
  EXPECT_FALSE(store->Find("a")->has_value());
}

TEST_F(SqliteRouteStoreTest, FileOfAnotherProgramIsLeftAlone) {
  Execute("CREATE TABLE theirs (x)");
  const auto store = OpenSqliteRoutes(path_, IfMissing::kCreate, clock_, random_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::kCorrupt);
  EXPECT_THAT(store.error().message, HasSubstr("a database of another program"));
  EXPECT_EQ(SQLite::Database(path_).execAndGet("SELECT count(*) FROM sqlite_schema").getInt(), 1);
}

TEST_F(SqliteRouteStoreTest, NewerSchemaIsRefused) {
  Open();
  Execute("PRAGMA user_version = 7");
  const auto store = OpenSqliteRoutes(path_, IfMissing::kCreate, clock_, random_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::kUnsupported);
}

TEST_F(SqliteRouteStoreTest, FileThatIsNoDatabaseIsCorrupt) {
  std::ofstream(path_) << std::string(4096, 'x');
  const auto store = OpenSqliteRoutes(path_, IfMissing::kCreate, clock_, random_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::kCorrupt);
  EXPECT_THAT(store.error().message, HasSubstr(path_));
}

TEST_F(SqliteRouteStoreTest, WhoeverReadsMakesNoTableOfAMissingFile) {
  const auto store = OpenSqliteRoutes(path_, IfMissing::kFail, clock_, random_);
  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().code, Code::kNotFound);
  EXPECT_THAT(store.error().message, testing::HasSubstr("does not exist"));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace eider::routes
