#include "eider/errands/event.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/codec/json.h"
#include "eider/errands/errand.h"

namespace eider::errands {
namespace {

using codec::Json;
using ledger::LoadRecord;
using ledger::State;
using testing::ElementsAre;

LoadRecord Loaded(const std::string& key, const std::string& table, std::int64_t snapshot_id) {
  LoadRecord record;
  record.file = {{"s3", "src", key}, "", "e-" + key, 10, ""};
  record.state = State::kLoaded;
  record.result = {.route = "src", .target_table = table, .snapshot_id = snapshot_id, .rows = 9};
  record.result.counts = {.read = 11, .filtered = 1, .rejected = 1};
  record.commit_token = "token-" + key;
  record.finished_at = TimePoint(Milliseconds(1'700'000'000'123));
  return record;
}

LoadRecord Failed(const std::string& key) {
  LoadRecord record = Loaded(key, "a.t", 0);
  record.state = State::kFailed;
  record.error = "column x: 'ñ' is no number";
  record.error_code = "invalid";
  record.error_place = {.line = 7, .column = "x", .value = "ñ"};
  record.result.errands = ErrandText({.claim_id = "claim-" + key, .notify = {"t"}, .object = {}});
  return record;
}

ledger::PartRecord Part(const std::string& name, std::optional<std::int64_t> snapshot_id) {
  ledger::PartRecord part;
  part.route = name;
  part.target_table = "a." + name;
  part.commit_token = "t" + name;
  part.is_loaded = true;
  part.snapshot_id = snapshot_id;
  return part;
}

std::vector<Event> Of(const std::vector<LoadRecord>& records) {
  std::vector<const LoadRecord*> borrowed;
  for (const LoadRecord& record : records) borrowed.push_back(&record);
  return EventsOf(borrowed);
}

Json BodyOf(const Event& event) {
  return *codec::ParseJson(event.body);
}

TEST(Event, IsOneForTheFilesOfACommit) {
  const auto events = Of({Loaded("a", "a.t", 77), Loaded("b", "a.u", 78), Loaded("c", "a.t", 77)});
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].type, "loaded");
  EXPECT_THAT(events[0].records, ElementsAre(0, 2));
  EXPECT_THAT(events[1].records, ElementsAre(1));
  const Json body = BodyOf(events[0]);
  EXPECT_EQ(body["version"], 1);
  EXPECT_EQ(body["type"], "loaded");
  EXPECT_EQ(body["id"], events[0].id);
  EXPECT_EQ(body["time"], "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(body["table"], "a.t");
  EXPECT_EQ(body["snapshot_id"], 77);
  EXPECT_EQ(body["rows"], 18);
  EXPECT_EQ(body["file_count"], 2);
  EXPECT_EQ(body["all_files_listed"], true);
  EXPECT_EQ(body["files"][1], (Json{{"uri", "s3://src/c"},
                                    {"version_id", nullptr},
                                    {"etag", "e-c"},
                                    {"size_bytes", 10},
                                    {"route", "src"},
                                    {"commit_token", "token-c"},
                                    {"rows", 9},
                                    {"rows_read", 11},
                                    {"rows_filtered", 1},
                                    {"rows_rejected", 1},
                                    {"loaded_at", "2023-11-14T22:13:20.123Z"}}));
}

TEST(Event, OfAFileOfSeveralTablesIsOneForEach) {
  LoadRecord record = Loaded("a", "a.x, a.y", 0);
  record.result.parts = {Part("x", 1), Part("y", std::nullopt)};
  const auto events = Of({record});
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(BodyOf(events[0])["table"], "a.x");
  EXPECT_EQ(BodyOf(events[0])["files"][0]["commit_token"], "tx");
  EXPECT_EQ(BodyOf(events[1])["snapshot_id"], nullptr);
  EXPECT_EQ(BodyOf(events[1])["files"][0]["route"], "y");
}

TEST(Event, IsOneForEachFileThatFailedOrIsHeld) {
  LoadRecord held = Loaded("h", "a.t", 0);
  held.state = State::kHeld;
  held.error = "route src is disabled";
  const auto events = Of({Failed("a"), held});
  ASSERT_EQ(events.size(), 2U);
  const Json failed = BodyOf(events[0]);
  EXPECT_EQ(failed["type"], "failed");
  EXPECT_EQ(failed["code"], "invalid");
  EXPECT_EQ(failed["error"], "column x: 'ñ' is no number");
  EXPECT_EQ(failed["line"], 7);
  EXPECT_EQ(failed["value"], "ñ");
  EXPECT_EQ(failed["file"]["uri"], "s3://src/a");
  EXPECT_EQ(BodyOf(events[1])["type"], "held");
  EXPECT_EQ(BodyOf(events[1])["error"], "route src is disabled");
  EXPECT_EQ(BodyOf(events[1])["code"], nullptr);
}

TEST(Event, HasTheSameIdEachTimeItIsToldAndAnotherForAnotherEnd) {
  LoadRecord record = Failed("a");
  const std::string id = Of({record}).front().id;
  record.result.errands = ErrandText({.claim_id = "claim-a", .notify = {"t", "u"}, .object = {}});
  EXPECT_EQ(Of({record}).front().id, id);
  record.result.errands =
      ErrandText({.claim_id = "of another attempt", .notify = {"t"}, .object = {}});
  EXPECT_NE(Of({record}).front().id, id);
  const LoadRecord loaded = Loaded("a", "a.t", 77);
  EXPECT_EQ(Of({loaded}).front().id, Of({loaded}).front().id);
  EXPECT_NE(Of({loaded}).front().id, Of({Loaded("a", "a.t", 78)}).front().id);
}

TEST(Event, OfManyFilesListsTheFirstOnesAndSaysSo) {
  std::vector<LoadRecord> records;
  for (int i = 0; i < 5'000; ++i) records.push_back(Loaded(std::to_string(10'000 + i), "a.t", 77));
  const auto events = Of(records);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_LE(events[0].body.size(), kEventBytesMax);
  EXPECT_EQ(events[0].records.size(), 5'000U);
  const Json body = BodyOf(events[0]);
  EXPECT_EQ(body["file_count"], 5'000);
  EXPECT_EQ(body["all_files_listed"], false);
  EXPECT_EQ(body["rows"], 45'000);
  EXPECT_GT(body["files"].size(), 500U);
  EXPECT_EQ(body["files"][0]["uri"], "s3://src/10000");
}

TEST(Event, HoldsBytesThatAreNoText) {
  LoadRecord record = Failed("a");
  record.error_place.value = "\xff\xfe";
  EXPECT_EQ(BodyOf(Of({record}).front())["value"], "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Errand, IsReadAsItWasWritten) {
  const Errand errand{.claim_id = "c",
                      .notify = {"a", "b"},
                      .object = routes::AfterLoad{routes::ObjectDeed::kMove, Uri{"s3", "b", "p/"}}};
  EXPECT_EQ(*ParseErrand(ErrandText(errand)), errand);
  EXPECT_EQ(ErrandText({.claim_id = "c", .notify = {}, .object = {}}), "");
  EXPECT_EQ(ParseErrand("{").error().code, Code::kCorrupt);
  EXPECT_EQ(TargetId("https://a/b?secret=c").size(), 12U);
  EXPECT_NE(TargetId("https://a/b"), TargetId("https://a/c"));
}

}  // namespace
}  // namespace eider::errands
