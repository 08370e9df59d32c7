// Traces on their way to a collector that answers, is away, refuses, or hangs.
#include "eider/app/trace_exporter.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/http/transport.h"
#include "eider/pipeline/outcome.h"
#include "eider/pipeline/step_times.h"

namespace eider::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Json = nlohmann::json;

class Collector final : public http::Transport {
 public:
  Result<http::Response> Send(const http::Request& request, const std::stop_token& stop) override {
    std::unique_lock lock(mutex_);
    if (hangs) {
      std::condition_variable_any never;
      never.wait(lock, stop, [] { return false; });
      return Fail(Code::kCancelled, "stopped");
    }
    ++asked;
    if (is_away) return Fail(Code::kUnavailable, "no route to the collector");
    http::Response answer;
    answer.status = status;
    if (status == 200) {
      const Json body = Json::parse(request.body);
      for (const Json& span : body["resourceSpans"][0]["scopeSpans"][0]["spans"]) {
        spans.push_back(span);
      }
    }
    return answer;
  }

  bool is_away = false;
  bool hangs = false;
  int status = 200;
  int asked = 0;
  std::vector<Json> spans;

 private:
  std::mutex mutex_;
};

pipeline::Outcome Loaded() {
  pipeline::Outcome outcome;
  outcome.file.uri = {"s3", "b", "k"};
  outcome.file.etag = "tag";
  outcome.fate = pipeline::Fate::kLoaded;
  outcome.result.target_table = "bronze.orders";
  outcome.result.rows = 5;
  const auto at = [](int ms) { return TimePoint(Milliseconds(1'000 + ms)); };
  outcome.steps.Add({pipeline::Step::kLedger, at(0), at(2)});
  outcome.steps.Add({pipeline::Step::kQuery, at(2), at(7)});
  outcome.steps.Add({pipeline::Step::kCommit, at(9), at(20)});
  return outcome;
}

class TraceExporterTest : public ::testing::Test {
 protected:
  TraceExporterTest() { log_.set_pattern("%v"); }

  std::optional<TraceExporter> Open() {
    return std::optional<TraceExporter>(std::in_place, OtlpTarget{.url = "http://c/v1/traces"},
                                        collector_, random_, log_);
  }

  Collector collector_;
  SeededRandom random_{7};
  std::ostringstream logged_;
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(logged_)};
};

TEST_F(TraceExporterTest, AFileIsATraceAndItsStepsAreItsSpans) {
  auto exporter = Open();
  exporter->Observe(Loaded());
  exporter->Flush(Milliseconds(60'000));
  ASSERT_THAT(collector_.spans, SizeIs(4));
  const Json& root = collector_.spans.back();
  EXPECT_EQ(root["name"], "load");
  EXPECT_FALSE(root.contains("parentSpanId"));
  EXPECT_EQ(root["startTimeUnixNano"], "1000000000");
  EXPECT_EQ(root["endTimeUnixNano"], "1020000000");
  EXPECT_THAT(root["attributes"].dump(), HasSubstr(R"("stringValue":"s3://b/k")"));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(collector_.spans[i]["parentSpanId"], root["spanId"]);
    EXPECT_EQ(collector_.spans[i]["traceId"], root["traceId"]);
    EXPECT_NE(collector_.spans[i]["spanId"], root["spanId"]);
  }
  EXPECT_EQ(collector_.spans[1]["name"], "query");
  EXPECT_EQ(collector_.spans[1]["startTimeUnixNano"], "1002000000");
  EXPECT_EQ(collector_.spans[1]["endTimeUnixNano"], "1007000000");
}

TEST_F(TraceExporterTest, AFailureHasItsCodeAndMessage) {
  pipeline::Outcome failed = Loaded();
  failed.fate = pipeline::Fate::kFailed;
  failed.error = Error{Code::kInvalid, "not a Parquet file"};
  auto exporter = Open();
  exporter->Observe(failed);
  exporter->Flush(Milliseconds(60'000));
  ASSERT_THAT(collector_.spans, SizeIs(4));
  EXPECT_EQ(collector_.spans.back()["status"],
            Json({{"code", 2}, {"message", "not a Parquet file"}}));
}

TEST_F(TraceExporterTest, WhatAFileThatWasNotBegunHasIsNoTrace) {
  auto exporter = Open();
  exporter->Observe({});
  exporter->Flush(Milliseconds(60'000));
  EXPECT_EQ(collector_.asked, 0);
}

TEST_F(TraceExporterTest, SpansWaitForACollectorThatIsAwayAndOneWarningSaysSo) {
  collector_.is_away = true;
  auto exporter = Open();
  for (int i = 0; i < 3; ++i) {
    exporter->Observe(Loaded());
    exporter->Flush(Milliseconds(60'000));
  }
  EXPECT_EQ(collector_.asked, 3);
  EXPECT_EQ(logged_.str(),
            "traces do not reach http://c/v1/traces: no route to the collector; they wait, files "
            "do not\n");
  collector_.is_away = false;
  exporter.reset();
  EXPECT_THAT(collector_.spans, SizeIs(12));
}

TEST_F(TraceExporterTest, WhatTheCollectorRefusesIsNotSentAgain) {
  collector_.status = 401;
  auto exporter = Open();
  exporter->Observe(Loaded());
  exporter->Flush(Milliseconds(60'000));
  EXPECT_THAT(logged_.str(), HasSubstr("it answers 401; they are dropped"));
  collector_.status = 200;
  exporter.reset();
  EXPECT_THAT(collector_.spans, IsEmpty());
}

TEST_F(TraceExporterTest, OnlyTheNewestWait) {
  collector_.is_away = true;
  auto exporter = Open();
  for (std::size_t i = 0; i < TraceExporter::kWaitingMax / 4 + 5; ++i) {
    pipeline::Outcome outcome = Loaded();
    outcome.file.uri.key = "k" + std::to_string(i);
    exporter->Observe(outcome);
  }
  exporter->Flush(Milliseconds(60'000));
  collector_.is_away = false;
  exporter->Flush(Milliseconds(60'000));
  exporter.reset();
  EXPECT_LE(collector_.spans.size(), TraceExporter::kWaitingMax);
  EXPECT_THAT(collector_.spans.back().dump(), HasSubstr("s3://b/k5004"));
}

TEST_F(TraceExporterTest, ACollectorThatHangsHoldsNobodyForLong) {
  collector_.hangs = true;
  auto exporter = Open();
  exporter->Observe(Loaded());
  exporter->Flush(Milliseconds(10));
  exporter.reset();  // ends within its two seconds, or the test never does
  EXPECT_THAT(collector_.spans, IsEmpty());
}

}  // namespace
}  // namespace eider::app
