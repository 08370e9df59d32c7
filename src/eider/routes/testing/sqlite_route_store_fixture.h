// A routing table in SQLite, in a temporary folder, and a route for it.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"
#include "eider/routes/sqlite_route_store.h"

namespace eider::routes {

inline const Route kRoute{"src-a", {{"bronze"}, "orders"}, "FROM '{s3_input_path}'", true};

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

}  // namespace eider::routes
