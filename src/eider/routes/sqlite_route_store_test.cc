// What only the SQLite store has: its file, people's own columns, other programs' files.
#include "eider/routes/sqlite_route_store.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/routes/route_store.h"
#include "eider/routes/testing/every_attribute.h"
#include "eider/routes/testing/sqlite_route_store_fixture.h"

namespace eider::routes {
namespace {

using ::testing::HasSubstr;

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
  Execute("PRAGMA user_version = 9");
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
