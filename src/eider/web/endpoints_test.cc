// What is answered over rooms in memory: who gets what, and what is in the ledger before it.
#include "eider/web/endpoints.h"

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/codec/hex.h"
#include "eider/codec/hmac.h"
#include "eider/codec/json.h"
#include "eider/ledger/testing/away_ledger.h"
#include "eider/pipeline/settler.h"
#include "eider/pipeline/testing/pretend_lake.h"
#include "eider/source/command_line.h"
#include "eider/web/telemetry.h"
#include "eider/worker/announced_files.h"
#include "eider/worker/worker.h"

namespace eider::web {
namespace {

using codec::Json;
using http::ServerRequest;
using http::ServerResponse;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kHostile = "<img src=x onerror=alert(1)>'\"&.csv";

std::string HeaderOf(const ServerResponse& response, std::string_view name) {
  for (const http::Header& header : response.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

Json JsonOf(const ServerResponse& response) {
  auto json = codec::ParseJson(response.body);
  EXPECT_TRUE(json) << response.body;
  return json ? *std::move(json) : Json();
}

// An event of S3 about these keys of bucket b0, in the form that MinIO sends.
std::string EventOf(const std::vector<std::string>& keys) {
  Json records = Json::array();
  for (const std::string& key : keys) {
    records.push_back({{"eventSource", "aws:s3"},
                       {"eventName", "s3:ObjectCreated:Put"},
                       {"s3", {{"bucket", {{"name", "b0"}}}, {"object", {{"key", key}}}}}});
  }
  return Json{{"Records", std::move(records)}}.dump();
}

class EndpointsTest : public testing::Test {
 protected:
  void Start(EndpointOptions options = {}) {
    options.program = "eider of tests";
    worker::WorkerOptions worker_options;
    worker_options.load = lake_.options;
    worker_options.on_outcome = [this](const pipeline::Outcome& outcome) {
      telemetry_.Observe(outcome);
    };
    worker_.emplace(services_, std::move(worker_options),
                    std::vector<source::EventSource*>{&announced_});
    endpoints_.emplace(Services{services_, *worker_, announced_, telemetry_, &route_health_},
                       std::move(options));
    thread_ = std::jthread([this](const std::stop_token& stop) { worker_->Run(stop); });
  }

  ServerResponse Ask(ServerRequest request) { return endpoints_->Handle(request); }

  ServerResponse Get(std::string path, std::vector<http::QueryParameter> parameters = {}) {
    return Ask({.method = "GET", .path = std::move(path), .parameters = std::move(parameters)});
  }

  ServerResponse Post(std::string body, std::vector<http::Header> headers = {}) {
    return Ask({.method = "POST",
                .path = "/events",
                .headers = std::move(headers),
                .body = std::move(body)});
  }

  void Put(std::string_view key, std::size_t rows = 3) {
    const Uri uri{"s3", "b0", std::string(key)};
    ASSERT_TRUE(lake_.store.Put(uri, std::string(rows, 'x'), store::PutMode::kReplace));
  }

  std::size_t CountIn(ledger::State state) {
    return lake_.ledger->Query({.state = state}).value().size();
  }

  void Await(ledger::State state, std::size_t files) {
    while (CountIn(state) < files) std::this_thread::yield();
  }

  pipeline::PretendLake lake_;
  ledger::AwayLedger ledger_{*lake_.ledger};
  pipeline::Services services_{lake_.router, ledger_,     lake_.catalog, lake_.engine,
                               lake_.store,  lake_.clock, lake_.random,  *lake_.log};
  Telemetry telemetry_{lake_.clock};
  routes::StoreHealth route_health_{"routing table of tests", Milliseconds(1'000), *lake_.log};
  worker::AnnouncedFiles announced_{
      ledger_, lake_.clock, {.look_every = Milliseconds(20), .wait = Milliseconds(20)}};
  std::optional<worker::Worker> worker_;
  std::optional<Endpoints> endpoints_;
  std::jthread thread_;  // last: ends before the worker goes
};

TEST_F(EndpointsTest, AnEventIsInTheLedgerBeforeItIsAnsweredAndLoadsOnce) {
  Start();
  Put("a.csv");
  Put("b.csv");
  for (int i = 0; i < 3; ++i) {
    const ServerResponse answer = Post(EventOf({"a.csv", "b.csv"}));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(JsonOf(answer)["files"], 2);
    EXPECT_EQ(lake_.ledger->Query({})->size(), 2U);
  }
  Await(ledger::State::kLoaded, 2);
  EXPECT_EQ(lake_.CountRows("b0"), 6);
}

TEST_F(EndpointsTest, WhileTheLedgerIsAwayTheSenderHasToComeAgain) {
  Start();
  Put("a.csv");
  ledger_.is_away = true;
  const ServerResponse answer = Post(EventOf({"a.csv"}));
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(HeaderOf(answer, "Retry-After"), "");
  EXPECT_THAT(answer.body, HasSubstr("no route to the ledger"));
  ledger_.is_away = false;
  EXPECT_EQ(Post(EventOf({"a.csv"})).status, 200);
  Await(ledger::State::kLoaded, 1);
}

TEST_F(EndpointsTest, AFileThatIsGoneIsToldAndKeepsNoOtherBack) {
  Start();
  Put("a.csv");
  const Json answer = JsonOf(Post(EventOf({"gone.csv", "a.csv"})));
  EXPECT_EQ(answer["files"], 1);
  ASSERT_EQ(answer["problems"].size(), 1U);
  EXPECT_THAT(answer["problems"][0].get<std::string>(), HasSubstr("gone.csv"));
  EXPECT_EQ(CountIn(ledger::State::kFailed), 1U);
  Await(ledger::State::kLoaded, 1);
}

TEST_F(EndpointsTest, ABodyThatIsNoEventIsRefusedWithTheReason) {
  Start();
  for (const std::string& body :
       {std::string(), std::string("{"), std::string("[1]"), std::string(100'000, '['),
        std::string("{\"a\": \"\xe4\"}"), std::string("{\"Records\": 1}"), std::string(4, '\0')}) {
    const ServerResponse answer = Post(body);
    EXPECT_EQ(answer.status, 400) << body.substr(0, 50);
    EXPECT_NE(JsonOf(answer)["error"].get<std::string>(), "");
  }
  EXPECT_THAT(lake_.ledger->Query({}).value(), IsEmpty());
}

TEST_F(EndpointsTest, TestEventsAreIgnored) {
  Start();
  const Json answer = JsonOf(Post(R"({"Service": "Amazon S3", "Event": "s3:TestEvent",
      "Time": "2026-01-01T00:00:00.000Z", "Bucket": "b0", "RequestId": "1", "HostId": "1"})"));
  EXPECT_EQ(answer["files"], 0);
  EXPECT_EQ(answer["ignored"], 1);
}

TEST_F(EndpointsTest, WithATokenOnlyItsOwnersAreAnswered) {
  Start({.access = {.token = "right", .listens_on_loopback = false}});
  for (const char* path : {"/metrics", "/api/now", "/api/series", "/api/routes", "/api/tables",
                           "/api/files", "/api/file"}) {
    const ServerResponse answer = Get(path);
    EXPECT_EQ(answer.status, 401) << path;
    EXPECT_EQ(HeaderOf(answer, "WWW-Authenticate"), "Bearer");
    EXPECT_NE(
        Ask({.method = "GET", .path = path, .headers = {{"Authorization", "Bearer right"}}}).status,
        401);
    EXPECT_EQ(
        Ask({.method = "GET", .path = path, .headers = {{"Authorization", "Bearer wrong"}}}).status,
        401);
  }
  for (const char* path : {"/", "/file", "/page.js", "/page.css", "/icon.svg", "/healthz"}) {
    EXPECT_EQ(Get(path).status, 200) << path;
  }
  Put("a.csv");
  const std::string event = EventOf({"a.csv"});
  EXPECT_EQ(Post(event).status, 401);
  EXPECT_EQ(Post(event, {{"authorization", "Basic dTp3cm9uZw=="}}).status, 401);  // u:wrong
  EXPECT_THAT(lake_.ledger->Query({}).value(), IsEmpty());
  EXPECT_EQ(Post(event, {{"authorization", "Basic dTpyaWdodA=="}}).status, 200);  // u:right
  EXPECT_EQ(Post(event, {{"Authorization", "bearer right"}}).status, 200);
}

TEST_F(EndpointsTest, ASignedBodyNeedsNoToken) {
  Start({.access = {.token = "token", .webhook_secret = "secret", .listens_on_loopback = false}});
  Put("a.csv");
  const std::string event = EventOf({"a.csv"});
  const std::string code = codec::HexEncode(codec::HmacSha256("secret", event));
  EXPECT_EQ(Post(event, {{"X-Hub-Signature-256", "sha256=" + code}}).status, 200);
  EXPECT_EQ(Post(event + " ", {{"X-Hub-Signature-256", "sha256=" + code}}).status, 401);
  EXPECT_EQ(Post(event).status, 401);
}

TEST_F(EndpointsTest, ASecretOfWebhooksAloneOpensNothingElseToTheNetwork) {
  Start({.access = {.webhook_secret = "secret", .listens_on_loopback = false}});
  EXPECT_EQ(Get("/api/files").status, 401);
  EXPECT_EQ(Get("/metrics").status, 401);
  EXPECT_EQ(Post(EventOf({"a.csv"})).status, 401);
  EXPECT_EQ(Get("/healthz").status, 200);
}

TEST_F(EndpointsTest, APageOfAnotherSiteCanNeitherSendEventsNorRedrive) {
  Start();
  Put("bad.csv");
  EXPECT_EQ(Post(EventOf({"bad.csv"}), {{"Origin", "https://evil.example"}}).status, 401);
  EXPECT_EQ(Ask({.method = "POST", .path = "/api/redrive", .parameters = {{"all", "1"}}}).status,
            401);
  EXPECT_EQ(Ask({.method = "OPTIONS", .path = "/api/redrive"}).status, 405);
  EXPECT_THAT(lake_.ledger->Query({}).value(), IsEmpty());
}

TEST_F(EndpointsTest, PathsAndMethods) {
  Start();
  EXPECT_EQ(Get("/nothing").status, 404);
  EXPECT_EQ(Get("/../etc/passwd").status, 404);
  EXPECT_EQ(Get("/page.h").status, 404);
  const ServerResponse events = Get("/events");
  EXPECT_EQ(events.status, 405);
  EXPECT_EQ(HeaderOf(events, "Allow"), "POST, HEAD");
  EXPECT_EQ(Ask({.method = "HEAD", .path = "/events"}).status, 200);
  EXPECT_EQ(Ask({.method = "HEAD", .path = "/metrics"}).status, 200);
  EXPECT_EQ(Ask({.method = "DELETE", .path = "/metrics"}).status, 405);
}

TEST_F(EndpointsTest, MoreEventsThanMayComeAreSentAwayForAWhile) {
  Start({.events_per_second = 2});
  std::vector<int> statuses;
  for (int i = 0; i < 10; ++i) statuses.push_back(Post(EventOf({})).status);
  EXPECT_THAT(statuses, Contains(429));
  EXPECT_NE(statuses.front(), 429);
}

TEST_F(EndpointsTest, ThePageHasAPolicyThatAllowsOnlyWhatComesFromHere) {
  Start();
  const ServerResponse page = Get("/");
  const std::string policy = HeaderOf(page, "Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, HasSubstr("script-src 'self'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_THAT(page.body, HasSubstr("<!doctype html>"));
  EXPECT_THAT(page.body, Not(HasSubstr("style=")));
  EXPECT_THAT(page.body, Not(HasSubstr("http")));
}

TEST_F(EndpointsTest, ReadyAsLongAsTheLedgerAnswers) {
  Start();
  EXPECT_EQ(Get("/readyz").status, 200);
  EXPECT_THAT(Get("/metrics").body, HasSubstr("eider_ledger_up 1"));
  ledger_.is_away = true;
  while (Get("/readyz").status == 200) std::this_thread::yield();
  const ServerResponse answer = Get("/readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, HasSubstr("no route to the ledger"));
  EXPECT_EQ(Get("/healthz").status, 200);
  EXPECT_THAT(Get("/metrics").body, HasSubstr("eider_ledger_up 0"));
  ledger_.is_away = false;
}

TEST_F(EndpointsTest, TellsThatRoutesAreServedWithoutTheirTable) {
  Start();
  EXPECT_THAT(Get("/metrics").body, HasSubstr("\neider_routes_up 1\n"));
  route_health_.Failed({Code::kUnavailable, "no route to the routes"}, lake_.clock.Now());
  route_health_.ServedStale();
  route_health_.ServedFromNext("snapshot");
  for (int i = 0; i < 2; ++i) {
    const std::string text = Get("/metrics").body;
    EXPECT_THAT(text, HasSubstr("\neider_routes_up 0\n"));
    EXPECT_THAT(text, HasSubstr("\neider_routes_served_stale 2\n"));
  }
}

TEST_F(EndpointsTest, CountsWhatBecameOfFiles) {
  Start();
  Put("a.csv", 5);
  Put("bad.csv");
  Post(EventOf({"a.csv", "bad.csv"}));
  Await(ledger::State::kLoaded, 1);
  Await(ledger::State::kFailed, 1);
  thread_.request_stop();
  thread_.join();  // every outcome is told
  const std::string text = Get("/metrics").body;
  EXPECT_THAT(
      text, HasSubstr("eider_files_total{route=\"b0\",table=\"bronze.b0\",outcome=\"loaded\"} 1"));
  EXPECT_THAT(
      text, HasSubstr("eider_files_total{route=\"b0\",table=\"bronze.b0\",outcome=\"failed\"} 1"));
  EXPECT_THAT(text, HasSubstr("eider_rows_total{route=\"b0\",table=\"bronze.b0\"} 5"));
  EXPECT_THAT(text, HasSubstr("eider_bytes_total{route=\"b0\",table=\"bronze.b0\"} 5"));
  EXPECT_THAT(text, HasSubstr("eider_commits_total{table=\"bronze.b0\"} 1"));
  EXPECT_THAT(text, HasSubstr("eider_commit_seconds_count 1"));
  EXPECT_THAT(text, HasSubstr("eider_oldest_waiting_seconds 0"));
  EXPECT_THAT(text, HasSubstr("eider_lag_seconds_count 1"));
  EXPECT_THAT(text, HasSubstr("eider_file_seconds_count 2"));
  EXPECT_THAT(text, HasSubstr("eider_source_up{source=\"announced files\"} 1"));
  EXPECT_THAT(text, HasSubstr("eider_files_waiting 0"));
  EXPECT_THAT(text, HasSubstr("process_resident_memory_bytes"));
  const Json series = JsonOf(Get("/api/series"));
  EXPECT_EQ(series["loaded"].size(), 360U);
  std::size_t loaded = 0;
  for (const Json& value : series["loaded"]) loaded += value.get<std::size_t>();
  EXPECT_EQ(loaded, 1U);
}

TEST_F(EndpointsTest, TellsRoutesTablesAndFiles) {
  Start();
  Put("a.csv", 5);
  Put("bad.csv");
  Post(EventOf({"a.csv", "bad.csv"}));
  Await(ledger::State::kLoaded, 1);
  Await(ledger::State::kFailed, 1);
  const Json routes = JsonOf(Get("/api/routes"))["routes"];
  ASSERT_EQ(routes.size(), 1U);
  EXPECT_EQ(routes[0]["route"], "b0");
  EXPECT_EQ(routes[0]["files"]["LOADED"], 1);
  EXPECT_EQ(routes[0]["files"]["FAILED"], 1);
  EXPECT_EQ(routes[0]["rows"], 5);
  const Json tables = JsonOf(Get("/api/tables"))["tables"];
  ASSERT_EQ(tables.size(), 1U);
  EXPECT_EQ(tables[0]["table"], "bronze.b0");
  const auto table = lake_.catalog.Load(pipeline::TableOf("b0"));
  ASSERT_TRUE(table);
  EXPECT_EQ(tables[0]["snapshot_id"],
            std::to_string(table->metadata->CurrentSnapshot()->snapshot_id));
  const Json failed = JsonOf(Get("/api/files", {{"state", "FAILED"}, {"limit", "1"}}));
  ASSERT_EQ(failed["files"].size(), 1U);
  EXPECT_EQ(failed["files"][0]["file"], "s3://b0/bad.csv");
  EXPECT_EQ(failed["more"], false);
  EXPECT_EQ(JsonOf(Get("/api/files", {{"limit", "1"}}))["more"], true);
  EXPECT_EQ(Get("/api/files", {{"limit", "1000000"}}).status, 400);
  EXPECT_EQ(Get("/api/files", {{"limit", "x"}}).status, 400);
  EXPECT_EQ(Get("/api/files", {{"state", "GONE"}}).status, 400);
  const Json story = JsonOf(Get("/api/file", {{"uri", "s3://b0/a.csv"}}));
  ASSERT_EQ(story["versions"].size(), 1U);
  EXPECT_EQ(story["versions"][0]["state"], "LOADED");
  EXPECT_EQ(Get("/api/file", {{"uri", "s3://b0/a.cs"}}).status, 404);
  EXPECT_EQ(Get("/api/file").status, 400);
}

TEST_F(EndpointsTest, NamesOfAnyBytesAreTextsAndFindTheirFile) {
  Start();
  const std::string odd = "odd-\xff\xfe-" + std::string(kHostile);
  const std::string with_direction = "turn\xe2\x80\xae.csv";
  const std::string long_name = std::string(1'000, 'n') + ".csv";
  std::vector<FileRef> files;
  for (const std::string& key : {odd, std::string(kHostile), with_direction, long_name}) {
    FileRef& file = files.emplace_back();
    file.uri = {"s3", "b0", key};
    file.etag = "e";
  }
  ASSERT_TRUE(lake_.ledger->Announce(files));
  const Json listed = JsonOf(Get("/api/files"))["files"];
  ASSERT_EQ(listed.size(), 4U);
  for (const FileRef& file : files) {
    const std::string uri = file.uri.ToString();
    EXPECT_EQ(Get("/api/file", {{"uri", uri}}).status, 200) << uri;
  }
  EXPECT_EQ(JsonOf(Get("/api/file", {{"uri", "s3://b0/" + odd}}))["versions"][0]["id"],
            "s3://b0/odd-%FF%FE-%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E%27%22%26.csv");
}

TEST_F(EndpointsTest, ARedriveLoadsWhatFailedOnceMore) {
  Start();
  Put("a.csv");
  FileRef file;
  file.uri = {"s3", "b0", "a.csv"};
  const source::Listing found = source::Complete({file}, lake_.store);
  pipeline::FailFile(services_, found.files.at(0), {Code::kInvalid, "no luck"});
  ASSERT_EQ(CountIn(ledger::State::kFailed), 1U);
  const auto redrive = [this](std::vector<http::QueryParameter> parameters) {
    return Ask({.method = "POST",
                .path = "/api/redrive",
                .parameters = std::move(parameters),
                .headers = {{"X-Eider-Request", "1"}}});
  };
  EXPECT_EQ(redrive({}).status, 400);
  EXPECT_EQ(JsonOf(redrive({{"uri", "s3://b0/other.csv"}}))["announced"], 0);
  EXPECT_EQ(JsonOf(redrive({{"code", "other"}}))["announced"], 0);
  EXPECT_EQ(JsonOf(redrive({{"uri", "s3://b0/a.csv"}}))["announced"], 1);
  Await(ledger::State::kLoaded, 1);
  EXPECT_EQ(JsonOf(redrive({{"all", "1"}}))["announced"], 0);
  EXPECT_EQ(lake_.CountRows("b0"), 3);
}

}  // namespace
}  // namespace eider::web
