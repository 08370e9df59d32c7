// Invocations over a small lake of real rooms: which messages come back, and what is told.
#include "eider/app/lambda_invocation.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <spdlog/logger.h>

#include "eider/base/clock.h"
#include "eider/base/log.h"
#include "eider/base/random.h"
#include "eider/catalog/memory_table_pointer.h"
#include "eider/catalog/pointer_catalog.h"
#include "eider/engine/sql_engine.h"
#include "eider/ledger/testing/memory_ledger.h"
#include "eider/routes/memory_route_store.h"
#include "eider/routes/store_health.h"
#include "eider/routing/router.h"
#include "eider/routing/strategy.h"
#include "eider/store/local_store.h"

namespace eider::app {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Milliseconds kMinute{60'000};

// src-a is the only bucket; what is below bad/ has a route whose SQL fails.
class LambdaInvocationTest : public ::testing::Test {
 protected:
  LambdaInvocationTest()
      : folder_((std::filesystem::temp_directory_path() /
                 fmt::format("eider_lambda_invocation_test.{}", ::getpid()))
                    .string()),
        store_({{"src-a", folder_ + "/src-a"}}),
        routes_({.routes = {{.partition_key = "good",
                             .target_table = {{"bronze"}, "orders"},
                             .query_sql = "SELECT * FROM read_csv('{s3_input_path}')",
                             .create_table = true},
                            {.partition_key = "bad",
                             .target_table = {{"bronze"}, "orders"},
                             .query_sql = "SELECT nothing FROM read_csv('{s3_input_path}')",
                             .create_table = true}},
                 .problems = {}}),
        router_(routes_, ByFolder()),
        ledger_(ledger::NewMemoryLedger(clock_, random_)),
        catalog_(std::make_unique<catalog::MemoryTablePointer>(),
                 Uri{"file", "", folder_ + "/warehouse"}, {store_, clock_, random_}) {
    std::filesystem::create_directories(folder_ + "/src-a/good");
    std::filesystem::create_directories(folder_ + "/src-a/bad");
    engine_ = engine::OpenDuckDb(store_, {.temp_directory = folder_}).value();
  }

  ~LambdaInvocationTest() override { std::filesystem::remove_all(folder_); }

  void Put(const std::string& key, int rows) const {
    std::ofstream out(folder_ + "/src-a/" + key);
    out << "id\n";
    for (int i = 0; i < rows; ++i) out << i << "\n";
  }

  static routing::RouterOptions ByFolder() {
    routing::RouterOptions options;
    options.strategies.push_back(routing::Strategy::Parse("folder").value());
    return options;
  }

  static json Created(const std::string& key) {
    return {{"Records",
             {{{"eventSource", "aws:s3"},
               {"eventName", "ObjectCreated:Put"},
               {"s3", {{"bucket", {{"name", "src-a"}}}, {"object", {{"key", key}}}}}}}}};
  }

  static json Sqs(const std::vector<std::pair<std::string, json>>& messages) {
    json records = json::array();
    for (const auto& [id, body] : messages) {
      records.push_back({{"eventSource", "aws:sqs"}, {"messageId", id}, {"body", body.dump()}});
    }
    return {{"Records", records}};
  }

  LambdaAnswer Invoke(const json& event, Milliseconds left = kMinute,
                      const std::stop_token& stop = {}) {
    lines_.clear();
    const LambdaDeps deps{
        .pipeline = {router_, *ledger_, catalog_, *engine_, store_, clock_, random_, *log_},
        .load = pipeline::LoadOptions(),
        .function_name = "loader",
        .print = [this](const std::string& line) { lines_.push_back(json::parse(line)); },
        .route_health = &health_};
    return HandleInvocation(deps,
                            {.request_id = "request-1",
                             .event = event.dump(),
                             .deadline = clock_.Now() + left,
                             .trace_id = "Root=1",
                             .function = ""},
                            stop);
  }

  // The ids of the messages that come back.
  static std::vector<std::string> Failed(const LambdaAnswer& answer) {
    EXPECT_FALSE(answer.error) << answer.error->message;
    std::vector<std::string> ids;
    const json response = json::parse(answer.response);
    for (const json& item : response.at("batchItemFailures")) {
      ids.push_back(item.at("itemIdentifier"));
    }
    return ids;
  }

  json LineAbout(const std::string& uri) const {
    for (const json& line : lines_) {
      if (line.value("file", "") == uri) return line;
    }
    return nullptr;
  }

  const json& Metrics() const { return lines_.back(); }

  std::string folder_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<spdlog::logger> log_ = NewSilentLogger();
  store::LocalStore store_;
  routes::MemoryRouteStore routes_;
  routing::Router router_;
  routes::StoreHealth health_{"routing table r", Milliseconds(3'000), *log_};
  std::unique_ptr<ledger::Ledger> ledger_;
  catalog::PointerCatalog catalog_;
  std::unique_ptr<engine::SqlEngine> engine_;
  std::vector<json> lines_;
};

TEST_F(LambdaInvocationTest, OnlyFailedMessagesComeBack) {
  Put("good/1.csv", 3);
  Put("good/2.csv", 4);
  Put("bad/3.csv", 5);
  const auto answer = Invoke(Sqs({{"m1", Created("good/1.csv")},
                                  {"m2", Created("bad/3.csv")},
                                  {"m3", "no event"},
                                  {"m4", Created("good/2.csv")}}));
  EXPECT_THAT(Failed(answer), ElementsAre("m2", "m3"));
  EXPECT_EQ(Metrics().at("FilesLoaded"), 2);
  EXPECT_EQ(Metrics().at("FilesFailed"), 1);
  EXPECT_EQ(Metrics().at("RowsLoaded"), 7);
  EXPECT_EQ(Metrics().at("RowsRejected"), 0);
}

TEST_F(LambdaInvocationTest, FilesOfOneTableShareACommit) {
  Put("good/1.csv", 3);
  Put("good/2.csv", 4);
  ASSERT_THAT(Failed(Invoke(Sqs({{"m1", Created("good/1.csv")}, {"m2", Created("good/2.csv")}}))),
              IsEmpty());
  EXPECT_EQ(LineAbout("s3://src-a/good/1.csv").at("snapshot_id"),
            LineAbout("s3://src-a/good/2.csv").at("snapshot_id"));
}

TEST_F(LambdaInvocationTest, AFileInTwoMessagesIsLoadedOnceAndSettlesBoth) {
  Put("good/1.csv", 3);
  const json event = Sqs({{"m1", Created("good/1.csv")}, {"m2", Created("good/1.csv")}});
  EXPECT_THAT(Failed(Invoke(event)), IsEmpty());
  EXPECT_EQ(Metrics().at("FilesLoaded"), 1);
  EXPECT_EQ(Metrics().at("RowsLoaded"), 3);
  EXPECT_THAT(Failed(Invoke(event)), IsEmpty());
  EXPECT_EQ(Metrics().at("FilesLoaded"), 0);
  EXPECT_EQ(Metrics().at("FilesSkipped"), 1);
}

TEST_F(LambdaInvocationTest, ABadFileInTwoMessagesFailsBoth) {
  Put("bad/1.csv", 3);
  EXPECT_THAT(Failed(Invoke(Sqs({{"m1", Created("bad/1.csv")}, {"m2", Created("bad/1.csv")}}))),
              ElementsAre("m1", "m2"));
}

// Trying again would find the object as little: the message is done, and the ledger tells why.
TEST_F(LambdaInvocationTest, ContentThatIsGoneIsDone) {
  Put("good/new.csv", 3);
  json replaced = Created("good/new.csv");
  json& object = replaced["Records"][0]["s3"]["object"];
  object["eTag"] = "b21b84d653bb07b05b1e6b33684dc11b";
  object["size"] = 999;
  const auto answer = Invoke(Sqs({{"m1", Created("good/never.csv")}, {"m2", replaced}}));
  EXPECT_THAT(Failed(answer), IsEmpty());
  EXPECT_EQ(Metrics().at("FilesSuperseded"), 2);
  EXPECT_THAT(LineAbout("s3://src-a/good/new.csv").at("error").get<std::string>(),
              HasSubstr("superseded"));
  EXPECT_EQ(LineAbout("s3://src-a/good/never.csv").at("done"), true);
  const auto failed = ledger_->Query({.state = ledger::State::kFailed});
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->size(), 2U);
}

// A mount that failed: of the files below it nothing is known.
TEST_F(LambdaInvocationTest, AMessageOfAMissingFolderComesBack) {
  std::filesystem::remove_all(folder_ + "/src-a");
  EXPECT_THAT(Failed(Invoke(Sqs({{"m1", Created("good/1.csv")}}))), ElementsAre("m1"));
  EXPECT_EQ(Metrics().at("FilesSuperseded"), 0);
  EXPECT_THAT(LineAbout("s3://src-a/good/1.csv").at("error").get<std::string>(),
              HasSubstr("the folder that stands for the bucket is not there"));
}

// Another process may die with it yet: the message comes back to look again.
TEST_F(LambdaInvocationTest, WhatAnotherHoldsComesBack) {
  Put("good/1.csv", 3);
  const auto object = store_.Stat({"s3", "src-a", "good/1.csv"}).value();
  FileRef file;
  file.uri = object.uri;
  file.etag = object.etag;
  file.size_bytes = object.size_bytes;
  ASSERT_TRUE(ledger_->TryClaim({&file, 1}, {}));
  EXPECT_THAT(Failed(Invoke(Sqs({{"m1", Created("good/1.csv")}}))), ElementsAre("m1"));
  EXPECT_EQ(Metrics().at("FilesInWork"), 1);
  EXPECT_EQ(Metrics().at("FilesFailed"), 0);
}

TEST_F(LambdaInvocationTest, WhatIsLeftAtTheDeadlineComesBack) {
  Put("good/1.csv", 3);
  const json event = Sqs({{"m1", Created("good/1.csv")}});
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(Failed(Invoke(event, kMinute, stop.get_token())), ElementsAre("m1"));
  EXPECT_EQ(LineAbout("s3://src-a/good/1.csv").at("code"), "cancelled");
  EXPECT_THAT(Failed(Invoke(event)), IsEmpty());
  EXPECT_EQ(Metrics().at("RowsLoaded"), 3);
}

// Lambda repeats an event that is no SQS event only when the invocation fails.
TEST_F(LambdaInvocationTest, OtherEventsFailAsAWhole) {
  Put("bad/1.csv", 3);
  const auto failed = Invoke(Created("bad/1.csv"));
  ASSERT_TRUE(failed.error);
  EXPECT_EQ(failed.error->type, "Eider.FilesFailed");
  EXPECT_THAT(failed.error->message, HasSubstr("s3://src-a/bad/1.csv"));

  Put("good/1.csv", 3);
  const auto loaded = Invoke(Created("good/1.csv"));
  ASSERT_FALSE(loaded.error) << loaded.error->message;
  EXPECT_EQ(json::parse(loaded.response),
            json::parse(R"({"loaded": 1, "skipped": 0, "held": 0, "superseded": 0, "rows": 3})"));
}

TEST_F(LambdaInvocationTest, WhatIsNoEventIsAnError) {
  const auto answer = Invoke({{"hello", "world"}});
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->type, "Eider.BadEvent");
}

TEST_F(LambdaInvocationTest, NoWorkIsASuccess) {
  EXPECT_FALSE(Invoke({{"Service", "Amazon S3"}, {"Event", "s3:TestEvent"}}).error);
  EXPECT_THAT(Failed(Invoke(Sqs({{"m1", {{"Event", "s3:TestEvent"}}}}))), IsEmpty());
  EXPECT_FALSE(Invoke({{"Records", json::array()}}).error);
}

TEST_F(LambdaInvocationTest, LinesTellRequestFileTableAndSteps) {
  Put("good/1.csv", 3);
  Invoke(Created("good/1.csv"));
  const json line = LineAbout("s3://src-a/good/1.csv");
  EXPECT_EQ(line.at("request_id"), "request-1");
  EXPECT_EQ(line.at("trace_id"), "Root=1");
  EXPECT_EQ(line.at("route"), "good");
  EXPECT_EQ(line.at("table"), "bronze.orders");
  EXPECT_EQ(line.at("rows"), 3);
  EXPECT_TRUE(line.at("snapshot_id").is_number_integer());
  const json steps = line.at("steps");
  for (const char* step : {"ledger", "route", "table", "query", "commit"}) {
    EXPECT_GE(steps.at(step).get<int>(), 0) << step;
    EXPECT_LE(steps.at(step).get<int>(), 60'000) << step;
  }
  EXPECT_EQ(Metrics().at("FunctionName"), "loader");
  EXPECT_EQ(Metrics().at("_aws").at("CloudWatchMetrics")[0].at("Namespace"), "Eider");
}

TEST_F(LambdaInvocationTest, RoutesThatWereNotTheTablesOwnAreCounted) {
  health_.ServedStale();
  health_.ServedStale();
  health_.ServedFromNext("snapshot s");
  Invoke({{"Records", json::array()}});
  EXPECT_EQ(Metrics().at("RoutesServedStale"), 2);
  EXPECT_EQ(Metrics().at("RoutesServedFromSnapshot"), 1);
  Invoke({{"Records", json::array()}});
  EXPECT_EQ(Metrics().at("RoutesServedStale"), 0) << "since the last invocation";
}

TEST(StopTimeFor, LeavesTwoSecondsOrATenth) {
  const TimePoint now(Milliseconds(1'000'000));
  EXPECT_EQ(StopTimeFor(now, now + Milliseconds(900'000)), now + Milliseconds(898'000));
  EXPECT_EQ(StopTimeFor(now, now + Milliseconds(3'000)), now + Milliseconds(2'700));
  EXPECT_EQ(StopTimeFor(now, now - Milliseconds(5)), now - Milliseconds(5));
}

TEST(CutOffTimeFor, LeavesAQuarterOfTheTimeBehindTheStop) {
  const TimePoint now{Milliseconds(1'000)};
  EXPECT_EQ(CutOffTimeFor(now, now + Milliseconds(900'000)), now + Milliseconds(899'500));
  EXPECT_EQ(CutOffTimeFor(now, now + Milliseconds(4'000)), now + Milliseconds(3'900));
}

}  // namespace
}  // namespace eider::app
