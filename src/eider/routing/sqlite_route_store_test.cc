// What only the SQLite store has: its file, people's own columns, other programs' files.
#include "eider/routing/sqlite_route_store.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/routing/route_store.h"

namespace eider::routing {
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
    auto store = OpenSqliteRoutes(path_);
    EXPECT_TRUE(store) << store.error().message;
    return store ? *std::move(store) : nullptr;
  }

  void Execute(const char* sql) {
    SQLite::Database(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(sql);
  }

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
  Execute("ALTER TABLE routes ADD COLUMN owner TEXT");
  ASSERT_TRUE(store->Put(kRoute));
  Execute("UPDATE routes SET owner = 'ada'");
  ASSERT_TRUE(store->Put(kRoute));
  EXPECT_EQ(SQLite::Database(path_).execAndGet("SELECT owner FROM routes").getString(), "ada");
  ASSERT_TRUE(store->Find("src-a")->has_value());
  const auto listing = store->List();
  EXPECT_EQ(listing->routes.size(), 1U);
  ASSERT_EQ(listing->notes.size(), 1U);
  EXPECT_THAT(listing->notes[0].message, HasSubstr("unknown attribute 'owner'"));
}

TEST_F(SqliteRouteStoreTest, FileOfAnotherProgramIsLeftAlone) {
  Execute("CREATE TABLE theirs (x)");
  const auto store = OpenSqliteRoutes(path_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::kCorrupt);
  EXPECT_THAT(store.error().message, HasSubstr("a database of another program"));
  EXPECT_EQ(SQLite::Database(path_).execAndGet("SELECT count(*) FROM sqlite_schema").getInt(), 1);
}

TEST_F(SqliteRouteStoreTest, NewerSchemaIsRefused) {
  Open();
  Execute("PRAGMA user_version = 2");
  const auto store = OpenSqliteRoutes(path_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::kUnsupported);
}

TEST_F(SqliteRouteStoreTest, FileThatIsNoDatabaseIsCorrupt) {
  std::ofstream(path_) << std::string(4096, 'x');
  const auto store = OpenSqliteRoutes(path_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::kCorrupt);
  EXPECT_THAT(store.error().message, HasSubstr(path_));
}

}  // namespace
}  // namespace eider::routing
