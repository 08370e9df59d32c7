// A routing table of an earlier version becomes one of today's when it is opened.
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/routes/route_store.h"
#include "eider/routes/sqlite_route_store.h"
#include "eider/routes/testing/every_attribute.h"
#include "eider/routes/testing/sqlite_route_store_fixture.h"

namespace eider::routes {
namespace {

using ::testing::HasSubstr;

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

class SqliteRouteStoreMigrationTest : public SqliteRouteStoreTest {
 protected:
  // kRoute in a table of that version, which has no such columns.
  void MakeOld(int version, const std::vector<std::string>& without) {
    ASSERT_TRUE(Open()->Put(kRoute));
    for (const std::string& column : without) {
      Execute(fmt::format("ALTER TABLE routes DROP COLUMN {}", column).c_str());
    }
    Execute(fmt::format("PRAGMA user_version = {}", version).c_str());
  }

  // The route is as it was, and the table has room for every attribute.
  void ExpectMigrated() {
    const auto store = Open();
    EXPECT_EQ(**store->Find("src-a"), kRoute);
    ASSERT_TRUE(store->Put(EveryAttribute("src-a")));
    EXPECT_EQ(**store->Find("src-a"), EveryAttribute("src-a"));
    EXPECT_EQ(SQLite::Database(path_).execAndGet("PRAGMA user_version").getInt(), 8);
  }
};

TEST_F(SqliteRouteStoreMigrationTest, VersionOneIsMigratedInPlace) {
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
  EXPECT_EQ(database.execAndGet("PRAGMA user_version").getInt(), 8);
  EXPECT_EQ(database.execAndGet("SELECT team FROM routes WHERE PartitionKey = 'src-a'").getString(),
            "ada");
}

TEST_F(SqliteRouteStoreMigrationTest, TableOfTheVersionBeforeTypesGetsThem) {
  MakeOld(2, {"types", "encoding", "on_bad_rows", "reject_max", "schema", "rescue", "partition_by",
              "sort_by", "table_properties", "location", "lineage", "after_load", "after_failure",
              "transform", "then_sql"});
  ExpectMigrated();
}

TEST_F(SqliteRouteStoreMigrationTest, TableOfTheVersionBeforePartitionsGetsThem) {
  MakeOld(4, {"partition_by", "sort_by", "table_properties", "location", "schema", "rescue",
              "lineage", "after_load", "after_failure", "transform", "then_sql"});
  ExpectMigrated();
  Execute(R"sql(UPDATE routes SET partition_by = '["day(ts)", "dya(ts)"]')sql");
  EXPECT_THAT(Open()->Find("src-a").error().message,
              HasSubstr("partition_by[1]: `dya(ts)`: there is no transform dya"));
}

TEST_F(SqliteRouteStoreMigrationTest, TableOfTheVersionBeforeRescueGetsIt) {
  MakeOld(5, {"rescue", "lineage", "after_load", "after_failure", "transform", "then_sql"});
  ExpectMigrated();
}

TEST_F(SqliteRouteStoreMigrationTest, TableOfTheVersionBeforeLineageGetsIt) {
  MakeOld(6, {"lineage", "after_load", "after_failure", "transform", "then_sql"});
  ExpectMigrated();
}

TEST_F(SqliteRouteStoreMigrationTest, TableOfTheVersionBeforePluginsGetsThem) {
  MakeOld(7, {"transform", "then_sql"});
  ExpectMigrated();
}

TEST_F(SqliteRouteStoreMigrationTest, PeoplesColumnOfAnAttributesNameGetsItsMeaning) {
  Execute(kVersion1);
  Execute("ALTER TABLE routes ADD COLUMN owner TEXT; UPDATE routes SET owner = 'grace'");
  const auto route = Open()->Find("src-a");
  ASSERT_TRUE(route && route->has_value());
  EXPECT_EQ((*route)->owner, "grace");
}

TEST_F(SqliteRouteStoreMigrationTest, PeoplesColumnOfAnotherTypeIsInTheWay) {
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

}  // namespace
}  // namespace eider::routes
