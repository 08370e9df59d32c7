// Snapshots as objects: read when needed, replaced by newer ones, renewed when old; and what is
// told when one is broken.
#include "eider/routes/snapshot_route_store.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/clock.h"
#include "eider/base/log.h"
#include "eider/base/result.h"
#include "eider/routes/route_snapshot.h"
#include "eider/routes/snapshot_refresh.h"
#include "eider/routes/testing/scripted_route_store.h"
#include "eider/store/memory_store.h"

namespace eider::routes {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Objects in memory whose times are the test's own, and which can be out of reach.
class TimedStore final : public store::MemoryStore {
 public:
  explicit TimedStore(Clock& clock) : clock_(clock) {}

  Result<store::ObjectInfo> Stat(const Uri& uri) override {
    ++looks;
    if (is_down) return Fail(Code::kUnavailable, "S3 is down");
    EIDER_ASSIGN(store::ObjectInfo info, MemoryStore::Stat(uri));
    info.modified = modified_;
    return info;
  }

  Result<std::unique_ptr<store::ObjectReader>> Open(const Uri& uri,
                                                    const store::OpenOptions& options) override {
    ++reads;
    if (is_down) return Fail(Code::kUnavailable, "S3 is down");
    return MemoryStore::Open(uri, options);
  }

  Status Put(const Uri& uri, std::string_view bytes, store::PutMode mode) override {
    if (is_down) return Fail(Code::kUnavailable, "S3 is down");
    modified_ = clock_.Now();
    return MemoryStore::Put(uri, bytes, mode);
  }

  bool is_down = false;
  int looks = 0;
  int reads = 0;

 private:
  Clock& clock_;
  TimePoint modified_{};
};

class SnapshotRouteStoreTest : public ::testing::Test {
 protected:
  static Route RouteTo(std::string key, std::string table) {
    return {.partition_key = std::move(key),
            .target_table = {{"bronze"}, std::move(table)},
            .query_sql = "SELECT '{s3_input_path}'"};
  }

  void Write() {
    const auto written = WriteSnapshot(table_, objects_, uri_, clock_);
    ASSERT_TRUE(written) << written.error().message;
  }

  void WriteBytes(std::string_view bytes) {
    ASSERT_TRUE(objects_.Put(uri_, bytes, store::PutMode::kReplace));
  }

  std::string Bytes() { return *store::ReadAll(objects_, uri_, kSnapshotBytesMax); }

  std::string TableOf(std::string_view key) {
    const auto route = store_.Find(key);
    if (!route) return route.error().message;
    return *route ? (*route)->target_table.name : "none";
  }

  const Uri uri_ = *Uri::Parse("s3://lake/routes.snapshot");
  ManualClock clock_{TimePoint(Milliseconds(1'700'000'000'000))};
  TimedStore objects_{clock_};
  std::unique_ptr<spdlog::logger> log_ = NewSilentLogger();
  ScriptedRouteStore table_{{.routes = {RouteTo("a", "orders"), RouteTo("b*", "pattern")},
                             .problems = {{"wrong", "item", "no SQL"}}}};
  SnapshotRouteStore store_{{.uri = uri_, .look_interval = Milliseconds(30'000)}, objects_, clock_};
  SnapshotRefresher refresher_{{.uri = uri_, .interval = Milliseconds(900'000)},
                               {objects_, clock_, *log_}};
};

TEST_F(SnapshotRouteStoreTest, FindsWhatTheTableHad) {
  Write();
  clock_.Advance(Milliseconds(60'000));
  EXPECT_EQ(TableOf("a"), "orders");
  EXPECT_EQ(TableOf("x"), "none");
  EXPECT_THAT(TableOf("wrong"), HasSubstr("item: no SQL"));
  EXPECT_EQ(store_.AsOf(), TimePoint(Milliseconds(1'700'000'000'000)));
  const auto patterns = store_.Patterns();
  ASSERT_TRUE(patterns);
  ASSERT_EQ(patterns->routes.size(), 1U);
  EXPECT_EQ(patterns->routes[0].partition_key, "b*");
  EXPECT_EQ(objects_.reads, 1);
}

TEST_F(SnapshotRouteStoreTest, MissingOneIsNamedWithTheWayOut) {
  EXPECT_THAT(TableOf("a"), AllOf(HasSubstr("s3://lake/routes.snapshot does not exist"),
                                  HasSubstr("`eider routes snapshot`")));
  EXPECT_EQ(store_.Find("a").error().code, Code::kNotFound);
  EXPECT_EQ(store_.AsOf(), std::nullopt);
  EXPECT_EQ(objects_.reads, 1) << "not with every file";
  Write();
  clock_.Advance(Milliseconds(3'000));
  EXPECT_EQ(TableOf("a"), "orders");
}

TEST_F(SnapshotRouteStoreTest, ANewerOneServesAfterTheNextLook) {
  Write();
  EXPECT_EQ(TableOf("a"), "orders");
  ASSERT_TRUE(table_.Put(RouteTo("a", "moved")));
  Write();
  EXPECT_EQ(TableOf("a"), "orders");
  clock_.Advance(Milliseconds(30'000));
  EXPECT_EQ(TableOf("a"), "moved");
  clock_.Advance(Milliseconds(30'000));
  EXPECT_EQ(TableOf("a"), "moved");
  EXPECT_EQ(objects_.reads, 2) << "the same one is not read again";
}

TEST_F(SnapshotRouteStoreTest, WhatIsLoadedServesOnWhenTheObjectIsAwayOrBroken) {
  Write();
  EXPECT_EQ(TableOf("a"), "orders");
  objects_.is_down = true;
  clock_.Advance(Milliseconds(30'000));
  EXPECT_EQ(TableOf("a"), "orders");
  objects_.is_down = false;
  WriteBytes("broken");
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(Milliseconds(30'000));
    EXPECT_EQ(TableOf("a"), "orders");
  }
  EXPECT_EQ(objects_.reads, 2) << "what is broken is not read again and again";
}

TEST_F(SnapshotRouteStoreTest, ABrokenOneDoesNotServe) {
  Write();
  std::string bytes = Bytes();
  bytes.replace(bytes.find("bronze.orders"), 13, "bronze.others");
  WriteBytes(bytes);
  const auto route = store_.Find("a");
  ASSERT_FALSE(route);
  EXPECT_EQ(route.error().code, Code::kCorrupt);
  EXPECT_THAT(route.error().message,
              AllOf(HasSubstr("snapshot s3://lake/routes.snapshot"), HasSubstr("SHA-256"),
                    HasSubstr("`eider routes snapshot`")));
}

TEST_F(SnapshotRouteStoreTest, IsWrittenAsAWhole) {
  EXPECT_EQ(store_.Put(RouteTo("a", "b")).error().code, Code::kUnsupported);
  EXPECT_THAT(store_.Put(RouteTo("a", "b")).error().message, HasSubstr("'a'"));
  EXPECT_EQ(store_.Remove("a").error().code, Code::kUnsupported);
}

TEST_F(SnapshotRouteStoreTest, IsRenewedWhenItIsOldAndNotBefore) {
  refresher_.RefreshIfOld(table_);  // there is none
  EXPECT_EQ(table_.questions(), 1);
  refresher_.RefreshIfOld(table_);
  clock_.Advance(Milliseconds(899'999));
  EXPECT_FALSE(refresher_.IsTime());
  refresher_.RefreshIfOld(table_);
  EXPECT_EQ(table_.questions(), 1);
  EXPECT_EQ(objects_.looks, 1);
  clock_.Advance(Milliseconds(1));
  EXPECT_TRUE(refresher_.IsTime());
  refresher_.RefreshIfOld(table_);
  EXPECT_EQ(table_.questions(), 2);
  EXPECT_EQ(store_.AsOf(), clock_.Now()) << "the same routes, and newer";
}

TEST_F(SnapshotRouteStoreTest, AnotherProcessMayHaveRenewedIt) {
  refresher_.RefreshIfOld(table_);
  clock_.Advance(Milliseconds(600'000));
  Write();  // the other one
  clock_.Advance(Milliseconds(300'000));
  refresher_.RefreshIfOld(table_);
  EXPECT_EQ(table_.questions(), 2) << "it is five minutes old";
  clock_.Advance(Milliseconds(600'000));
  refresher_.RefreshIfOld(table_);
  EXPECT_EQ(table_.questions(), 3);
}

TEST_F(SnapshotRouteStoreTest, IsNotReplacedByNothing) {
  Write();
  const std::string before = Bytes();
  ScriptedRouteStore empty;
  clock_.Advance(Milliseconds(900'000));
  refresher_.RefreshIfOld(empty);
  EXPECT_EQ(Bytes(), before);
  ScriptedRouteStore down;
  down.FailWith(Error{Code::kUnavailable, "down"});
  clock_.Advance(Milliseconds(900'000));
  refresher_.RefreshIfOld(down);
  EXPECT_EQ(Bytes(), before);
  ASSERT_TRUE(WriteSnapshot(empty, objects_, uri_, clock_)) << "by hand it is";
  EXPECT_NE(Bytes(), before);
}

TEST_F(SnapshotRouteStoreTest, AnIntervalOfZeroIsNever) {
  SnapshotRefresher never({.uri = uri_, .interval = Milliseconds(0)}, {objects_, clock_, *log_});
  EXPECT_FALSE(never.IsTime());
  never.RefreshIfOld(table_);
  EXPECT_EQ(objects_.looks, 0);
}

}  // namespace
}  // namespace eider::routes
