// What serves when the store answers, and what when it fails, is slow, or is not there at all.
#include "eider/routes/cached_route_store.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/base/testing/shared_clock.h"
#include "eider/routes/memory_route_store.h"
#include "eider/routes/store_health.h"
#include "eider/routes/testing/scripted_route_store.h"

namespace eider::routes {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr Milliseconds kRetryInterval{3'000};
const Error kDown{Code::kUnavailable, "routing table scripted: connection refused"};

Route RouteTo(std::string key, std::string table) {
  return {.partition_key = std::move(key),
          .target_table = {{"bronze"}, std::move(table)},
          .query_sql = "SELECT '{s3_input_path}'"};
}

// A later store of the order whose routes are of a moment: a snapshot, as the cache sees it.
class CopiedRouteStore final : public RouteStore {
 public:
  CopiedRouteStore(RouteListing listing, TimePoint as_of)
      : routes_(std::move(listing)), as_of_(as_of) {}

  Result<std::optional<Route>> Find(std::string_view key) override {
    ++questions;
    if (error) return std::unexpected(*error);
    return routes_.Find(key);
  }

  Result<RouteListing> List() override { return routes_.List(); }

  Status Put(const Route& /*route*/, const RouteCondition& /*condition*/) override {
    return Fail(Code::kUnsupported, "a copy");
  }

  Result<bool> Remove(std::string_view /*key*/, const RouteCondition& /*condition*/) override {
    return Fail(Code::kUnsupported, "a copy");
  }

  std::optional<TimePoint> AsOf() override {
    ++looks;
    return as_of_;
  }

  std::string Name() const override { return "snapshot of the test"; }

  std::optional<Error> error;
  int questions = 0;
  int looks = 0;

 private:
  MemoryRouteStore routes_;
  TimePoint as_of_;
};

class CachedRouteStoreTest : public ::testing::Test {
 protected:
  CachedRouteStoreTest() { log_.set_pattern("%v"); }

  ~CachedRouteStoreTest() override { store_.Release(); }  // before the cache waits for it

  void OpenCache(RouteStore* next = nullptr, Milliseconds timeout = Milliseconds(60'000)) {
    cache_ = std::make_unique<CachedRouteStore>(
        CacheOptions{.ttl = Milliseconds(30'000),
                     .negative_ttl = Milliseconds(5'000),
                     .stale_max = Milliseconds(3'600'000),
                     .timeout = timeout,
                     .entries_max = 100},
        CacheDeps{.store = store_, .next = next, .clock = clock_, .health = health_});
  }

  // The table that the key's route names, "none", or the error.
  std::string TableOf(std::string_view key) {
    const auto route = cache_->Find(key);
    if (!route) return route.error().message;
    return *route ? (*route)->target_table.name : "none";
  }

  std::string Logged() const { return logged_.str(); }

  SharedClock clock_{TimePoint(Milliseconds(1'700'000'000'000))};
  std::ostringstream logged_;
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(logged_)};
  StoreHealth health_{"routing table scripted", kRetryInterval, log_};
  ScriptedRouteStore store_{{.routes = {RouteTo("a", "orders"), RouteTo("b*", "pattern")},
                             .problems = {{"wrong", "item", "no SQL"}}}};
  std::unique_ptr<CachedRouteStore> cache_;
};

TEST_F(CachedRouteStoreTest, AsksAgainWhenAnAnswerIsNoLongerFresh) {
  OpenCache();
  EXPECT_EQ(TableOf("a"), "orders");
  ASSERT_TRUE(store_.Put(RouteTo("a", "moved")));
  clock_.Advance(Milliseconds(29'999));
  EXPECT_EQ(TableOf("a"), "orders");
  EXPECT_EQ(store_.questions(), 1);
  clock_.Advance(Milliseconds(1));
  EXPECT_EQ(TableOf("a"), "moved");
  EXPECT_EQ(store_.questions(), 2);
}

TEST_F(CachedRouteStoreTest, NoneAndWrongRoutesAreAnswersWithAShorterTime) {
  OpenCache();
  EXPECT_EQ(TableOf("x"), "none");
  EXPECT_THAT(TableOf("wrong"), HasSubstr("no SQL"));
  clock_.Advance(Milliseconds(4'999));
  EXPECT_EQ(TableOf("x"), "none");
  EXPECT_THAT(TableOf("wrong"), HasSubstr("no SQL"));
  EXPECT_EQ(store_.questions(), 2);
  ASSERT_TRUE(store_.Put(RouteTo("x", "new")));
  ASSERT_TRUE(store_.Put(RouteTo("wrong", "mended")));
  clock_.Advance(Milliseconds(1));
  EXPECT_EQ(TableOf("x"), "new");
  EXPECT_EQ(TableOf("wrong"), "mended");
  EXPECT_FALSE(health_.trouble()) << "a wrong route is no trouble of the store";
}

TEST_F(CachedRouteStoreTest, PatternsAreKeptAsRoutesAre) {
  OpenCache();
  for (int i = 0; i < 3; ++i) {
    const auto patterns = cache_->Patterns();
    ASSERT_TRUE(patterns);
    ASSERT_EQ(patterns->routes.size(), 1U);
    EXPECT_EQ(patterns->routes[0].partition_key, "b*");
  }
  EXPECT_EQ(store_.questions(), 1);
  store_.FailWith(kDown);
  clock_.Advance(Milliseconds(60'000));
  const auto patterns = cache_->Patterns();
  ASSERT_TRUE(patterns) << patterns.error().message;
  EXPECT_EQ(patterns->routes.size(), 1U);
  EXPECT_EQ(health_.TakeServed().stale, 1);
}

TEST_F(CachedRouteStoreTest, ThoseWhoAskForOneKeyAtATimeAskOnce) {
  OpenCache();
  store_.Hold();
  std::vector<std::string> found(8);
  std::vector<std::jthread> threads;
  for (std::string& table : found) {
    threads.emplace_back([this, &table] { table = TableOf("a"); });
  }
  store_.WaitForQuestions(1);
  store_.Release();
  threads.clear();  // joins
  for (const std::string& table : found) EXPECT_EQ(table, "orders");
  EXPECT_EQ(store_.questions(), 1);
}

TEST_F(CachedRouteStoreTest, TheLastKnownAnswerServesWhileTheStoreIsAwayAndIsToldOnce) {
  OpenCache();
  EXPECT_EQ(TableOf("a"), "orders");
  EXPECT_EQ(TableOf("x"), "none");
  store_.FailWith(kDown);
  clock_.Advance(Milliseconds(31'000));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(TableOf("a"), "orders");
  EXPECT_EQ(TableOf("x"), "none") << "that there was none is known as well";
  EXPECT_EQ(store_.questions(), 3) << "who is down is asked once";
  EXPECT_EQ(Logged(),
            "routing table scripted does not answer, the last known routes serve in its place: "
            "routing table scripted: connection refused\n");
  ASSERT_TRUE(health_.trouble());
  EXPECT_EQ(health_.trouble()->since, clock_.Now());
  EXPECT_EQ(health_.trouble()->error.message, kDown.message);
  EXPECT_EQ(health_.TakeServed().stale, 6);
  EXPECT_EQ(health_.TakeServed().stale, 0) << "since the last time";
}

TEST_F(CachedRouteStoreTest, AskedAgainAfterAWhileAndTheEndIsToldOnce) {
  OpenCache();
  EXPECT_EQ(TableOf("a"), "orders");
  store_.FailWith(kDown);
  clock_.Advance(Milliseconds(31'000));
  EXPECT_EQ(TableOf("a"), "orders");
  store_.FailWith({});
  ASSERT_TRUE(store_.Put(RouteTo("a", "moved")));
  clock_.Advance(kRetryInterval - Milliseconds(1));
  EXPECT_EQ(TableOf("a"), "orders") << "not yet";
  clock_.Advance(Milliseconds(1));
  EXPECT_EQ(TableOf("a"), "moved");
  EXPECT_FALSE(health_.trouble());
  EXPECT_THAT(Logged(), HasSubstr("routing table scripted answers again, after 3 s in which 2 "
                                  "routes were served without it\n"));
  clock_.Advance(Milliseconds(31'000));
  EXPECT_EQ(TableOf("a"), "moved");
  const std::string logged = Logged();
  EXPECT_EQ(std::count(logged.begin(), logged.end(), '\n'), 2) << logged;
}

TEST_F(CachedRouteStoreTest, AnAnswerThatIsTooOldServesNoLonger) {
  OpenCache();
  EXPECT_EQ(TableOf("a"), "orders");
  store_.FailWith(kDown);
  clock_.Advance(Milliseconds(3'600'000));
  EXPECT_EQ(TableOf("a"), "orders");
  clock_.Advance(Milliseconds(1));
  EXPECT_EQ(TableOf("a"), kDown.message);
}

TEST_F(CachedRouteStoreTest, FailuresOfEveryKindAreTroubleOfTheStore) {
  for (const Code code :
       {Code::kUnavailable, Code::kDenied, Code::kNotFound, Code::kCorrupt, Code::kDeadlineExceeded,
        Code::kInternal, Code::kOutcomeUnknown, Code::kUnsupported}) {
    OpenCache();
    store_.FailWith({});
    EXPECT_EQ(TableOf("a"), "orders");
    store_.FailWith(Error{code, "as scripted"});
    clock_.Advance(Milliseconds(40'000));
    EXPECT_EQ(TableOf("a"), "orders") << CodeName(code);
  }
}

TEST_F(CachedRouteStoreTest, AKeyThatNobodyKnowsIsAskedForAlthoughThereIsTrouble) {
  OpenCache();
  store_.FailWith(kDown);
  EXPECT_EQ(TableOf("a"), kDown.message);
  store_.FailWith({});
  EXPECT_EQ(TableOf("a"), "orders");
  EXPECT_EQ(Logged(), "") << "an error that is returned is not logged, too";
}

TEST_F(CachedRouteStoreTest, TheNextStoreServesAColdStart) {
  CopiedRouteStore copy({.routes = {RouteTo("a", "copied")}, .problems = {{"w", "then", "bad"}}},
                        clock_.Now() - Milliseconds(60'000));
  OpenCache(&copy);
  store_.FailWith(kDown);
  EXPECT_EQ(TableOf("a"), "copied");
  EXPECT_EQ(TableOf("x"), "none");
  EXPECT_THAT(TableOf("w"), HasSubstr("bad")) << "a wrong route stays wrong";
  EXPECT_EQ(store_.questions(), 1);
  EXPECT_EQ(health_.TakeServed().from_next, 3);
  EXPECT_EQ(Logged(),
            "routing table scripted does not answer, snapshot of the test serves in its place: " +
                kDown.message + "\n");
}

TEST_F(CachedRouteStoreTest, AnAnswerOfTheStoreEndsTheSearch) {
  CopiedRouteStore copy(
      {.routes = {RouteTo("x", "copied"), RouteTo("wrong", "copied")}, .problems = {}},
      clock_.Now());
  OpenCache(&copy);
  EXPECT_EQ(TableOf("x"), "none");
  EXPECT_THAT(TableOf("wrong"), HasSubstr("no SQL"));
  EXPECT_EQ(copy.questions, 0);
}

TEST_F(CachedRouteStoreTest, WhatIsFresherServes) {
  // A snapshot of ten minutes after the answer: the store had trouble only an hour later.
  CopiedRouteStore newer({.routes = {RouteTo("a", "newer")}, .problems = {}},
                         clock_.Now() + Milliseconds(600'000));
  OpenCache(&newer);
  EXPECT_EQ(TableOf("a"), "orders");
  store_.FailWith(kDown);
  clock_.Advance(Milliseconds(3'000'000));
  EXPECT_EQ(TableOf("a"), "newer");

  // One of before the answer.
  clock_.Advance(kRetryInterval);
  store_.FailWith({});
  CopiedRouteStore older({.routes = {RouteTo("a", "older")}, .problems = {}},
                         clock_.Now() - Milliseconds(1));
  OpenCache(&older);
  EXPECT_EQ(TableOf("a"), "orders");
  store_.FailWith(kDown);
  clock_.Advance(Milliseconds(3'000'000));
  EXPECT_EQ(TableOf("a"), "orders");
}

TEST_F(CachedRouteStoreTest, ASnapshotIsNotReadForAnAnswerThatWasFreshAtTheBreak) {
  CopiedRouteStore copy({.routes = {RouteTo("a", "copied")}, .problems = {}},
                        clock_.Now() + Milliseconds(1));
  OpenCache(&copy);
  EXPECT_EQ(TableOf("a"), "orders");
  store_.FailWith(kDown);
  clock_.Advance(Milliseconds(10'000));
  EXPECT_EQ(TableOf("never asked for"), "none") << "the trouble begins";
  clock_.Advance(Milliseconds(1'800'000));
  copy.looks = 0;
  EXPECT_EQ(TableOf("a"), "orders");
  EXPECT_EQ(copy.looks, 0);
}

TEST_F(CachedRouteStoreTest, WhenNobodyAnswersAllAreNamed) {
  CopiedRouteStore copy({}, clock_.Now());
  copy.error = Error{Code::kNotFound, "snapshot of the test does not exist"};
  OpenCache(&copy);
  store_.FailWith(kDown);
  const auto route = cache_->Find("a");
  ASSERT_FALSE(route);
  EXPECT_EQ(route.error().code, Code::kUnavailable);
  EXPECT_THAT(route.error().message, AllOf(HasSubstr(kDown.message), HasSubstr(copy.error->message),
                                           HasSubstr("`eider routes status`")));
}

TEST_F(CachedRouteStoreTest, ASlowStoreIsNotWaitedForAndItsLateAnswerIsKept) {
  CopiedRouteStore copy({.routes = {RouteTo("a", "copied")}, .problems = {}}, clock_.Now());
  OpenCache(&copy, Milliseconds(1));
  store_.Hold();
  EXPECT_EQ(TableOf("a"), "copied");
  ASSERT_TRUE(health_.trouble());
  EXPECT_EQ(health_.trouble()->error.code, Code::kDeadlineExceeded);
  EXPECT_THAT(health_.trouble()->error.message, HasSubstr("routing.timeout_ms: 1 ms"));
  store_.Release();
  while (TableOf("a") != "orders") std::this_thread::yield();  // the late answer is on its way
  EXPECT_EQ(store_.questions(), 1);
  EXPECT_TRUE(health_.trouble()) << "it was not in time";
}

TEST_F(CachedRouteStoreTest, WhatHangsDoesNotHoldUpTheNextTry) {
  CopiedRouteStore copy({.routes = {RouteTo("a", "copied")}, .problems = {}}, clock_.Now());
  OpenCache(&copy, Milliseconds(1));
  store_.Hold();
  EXPECT_EQ(TableOf("a"), "copied");
  clock_.Advance(kRetryInterval);
  EXPECT_EQ(TableOf("a"), "copied");
  store_.WaitForQuestions(2);
}

TEST_F(CachedRouteStoreTest, QuestionsThatHangDoNotPileUp) {
  CopiedRouteStore copy({.routes = {RouteTo("a", "copied")}, .problems = {}}, clock_.Now());
  OpenCache(&copy, Milliseconds(1));
  store_.Hold();
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(TableOf("a"), "copied");
    clock_.Advance(kRetryInterval);
  }
  EXPECT_THAT(health_.trouble()->error.message, HasSubstr("16 questions wait"));
  EXPECT_LE(store_.questions(), 16);
}

TEST_F(CachedRouteStoreTest, WithoutAnythingElseASlowStoreIsWaitedFor) {
  CopiedRouteStore copy({}, clock_.Now());
  copy.error = Error{Code::kNotFound, "snapshot of the test does not exist"};
  OpenCache(&copy, Milliseconds(1));
  store_.Hold();
  std::string table;
  std::jthread asking([&] { table = TableOf("a"); });
  store_.WaitForQuestions(1);
  store_.Release();
  asking.join();
  EXPECT_EQ(table, "orders");
}

TEST_F(CachedRouteStoreTest, WhatIsPutIsFoundAtOnce) {
  OpenCache();
  EXPECT_EQ(TableOf("a"), "orders");
  ASSERT_TRUE(cache_->Patterns());
  ASSERT_TRUE(cache_->Put(RouteTo("a", "moved")));
  ASSERT_TRUE(cache_->Put(RouteTo("c*", "pattern")));
  EXPECT_EQ(TableOf("a"), "moved");
  EXPECT_EQ(cache_->Patterns()->routes.size(), 2U);
  ASSERT_TRUE(cache_->Remove("a"));
  EXPECT_EQ(TableOf("a"), "none");
}

}  // namespace
}  // namespace eider::routes
