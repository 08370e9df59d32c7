// The bytes of a snapshot: what goes in comes out, and what is broken is told.
#include "eider/routes/route_snapshot.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/codec/sha256.h"

namespace eider::routes {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr TimePoint kTakenAt{Milliseconds(1'795'521'600'000)};  // 2026-11-24T12:00:00Z

Route RouteOfKey(std::string key) {
  return {.partition_key = std::move(key),
          .target_table = {{"bronze"}, "orders"},
          .query_sql = "SELECT 'it''s \"ñ\"\\n'\nFROM '{s3_input_path}'\n"};
}

std::string Snapshot(const RouteListing& listing) {
  auto bytes = ToSnapshot(listing, {.taken_at = kTakenAt, .source = "routing table r"});
  EXPECT_TRUE(bytes) << bytes.error().message;
  return bytes.value_or("");
}

// A snapshot whose first line says of these lines what is true, or as told.
std::string Made(std::string_view lines, int routes, std::string sha256 = {}) {
  if (sha256.empty()) sha256 = codec::Sha256Hex(lines);
  return fmt::format(R"({{"eider_routes_snapshot":1,"taken_at":"2026-11-24T12:00:00Z",)"
                     R"("source":"s","routes":{},"sha256":"{}"}})"
                     "\n{}",
                     routes, sha256, lines);
}

Error ErrorOf(std::string bytes) {
  auto snapshot = RouteSnapshot::Parse(std::move(bytes), "snapshot s3://b/k");
  EXPECT_FALSE(snapshot);
  return snapshot ? Error{} : snapshot.error();
}

TEST(RouteSnapshot, FindsEveryRouteByItsKeyAndNoOther) {
  RouteListing listing;
  const std::vector<std::string> keys = {"a",         "a\"b", "a\\", "a\\b", "a\nb", "b c'*ñ",
                                         "ünïcode ☃", "*",    "x*",  "zz",   "A",    "\x01"};
  for (const std::string& key : keys) listing.routes.push_back(RouteOfKey(key));
  const auto snapshot = RouteSnapshot::Parse(Snapshot(listing), "s");
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  for (const std::string& key : keys) {
    const auto route = snapshot->Find(key);
    ASSERT_TRUE(route) << route.error().message;
    ASSERT_TRUE(*route) << key;
    EXPECT_EQ(**route, RouteOfKey(key));
  }
  for (const std::string key : {"", "a\"", "aa", "a\\\\", "a\\n", "zzz", "y", "\xff", "x"}) {
    const auto route = snapshot->Find(key);
    ASSERT_TRUE(route) << route.error().message;
    EXPECT_FALSE(*route) << key;
  }
}

TEST(RouteSnapshot, SaysWhenOfWhatAndHowMany) {
  const std::string bytes = Snapshot({.routes = {RouteOfKey("a")}, .problems = {{"b", "i", "p"}}});
  const auto snapshot = RouteSnapshot::Parse(bytes, "s");
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  EXPECT_EQ(snapshot->header().taken_at, kTakenAt);
  EXPECT_EQ(snapshot->header().source, "routing table r");
  EXPECT_EQ(snapshot->header().routes, 2U);
  EXPECT_THAT(bytes, HasSubstr(R"("taken_at":"2026-11-24T12:00:00Z")"));
}

TEST(RouteSnapshot, NoRoutesAreASnapshotToo) {
  const auto snapshot = RouteSnapshot::Parse(Snapshot({}), "s");
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  EXPECT_FALSE(*snapshot->Find("a"));
  EXPECT_TRUE(snapshot->List().routes.empty());
}

TEST(RouteSnapshot, AWrongRouteStaysWrongWithAllThatIsWrong) {
  const auto snapshot =
      RouteSnapshot::Parse(Snapshot({.routes = {RouteOfKey("a"), RouteOfKey("twice")},
                                     .problems = {{"w*", "line 3", "no table"},
                                                  {"twice", "line 9", "claimed twice"},
                                                  {"w*", "line 3", "no SQL"},
                                                  {"", "line 7", "no key"}}}),
                           "snapshot of s");
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  const auto wrong = snapshot->Find("w*");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Code::kInvalid);
  EXPECT_THAT(wrong.error().message,
              AllOf(HasSubstr("'w*'"), HasSubstr("line 3: no table; line 3: no SQL")));
  EXPECT_FALSE(snapshot->Find("twice"));
  const RouteListing listing = snapshot->List();
  ASSERT_EQ(listing.routes.size(), 1U);
  ASSERT_EQ(listing.problems.size(), 2U);
  EXPECT_EQ(listing.problems[1].partition_key, "w*");
  EXPECT_EQ(listing.problems[1].location, "snapshot of s");
  EXPECT_EQ(snapshot->Patterns().problems.size(), 1U);
}

TEST(RouteSnapshot, PatternsAreThoseWithAStarButNotTheDefault) {
  const auto snapshot = RouteSnapshot::Parse(
      Snapshot({.routes = {RouteOfKey("*"), RouteOfKey("a*"), RouteOfKey("b"), RouteOfKey("*c")},
                .problems = {}}),
      "s");
  ASSERT_TRUE(snapshot);
  const RouteListing patterns = snapshot->Patterns();
  ASSERT_EQ(patterns.routes.size(), 2U);
  EXPECT_EQ(patterns.routes[0].partition_key, "*c");
  EXPECT_EQ(patterns.routes[1].partition_key, "a*");
}

TEST(RouteSnapshot, WhatIsNotUtf8IsRefusedWithItsRoute) {
  const auto bytes = ToSnapshot({.routes = {RouteOfKey("bad \xff")}, .problems = {}}, {});
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, Code::kInvalid);
  EXPECT_THAT(bytes.error().message, AllOf(HasSubstr("the route 'bad "), HasSubstr("UTF-8")));
}

TEST(RouteSnapshot, EveryCutAndEveryChangedByteIsNoticed) {
  const std::string whole =
      Snapshot({.routes = {RouteOfKey("a"), RouteOfKey("b")}, .problems = {{"c", "i", "p"}}});
  const std::size_t body = whole.find('\n') + 1;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_NE(ErrorOf(whole.substr(0, length)).message, "") << length;
  }
  for (std::size_t i = body; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(ErrorOf(changed).code, Code::kCorrupt) << i;
  }
  EXPECT_EQ(ErrorOf(whole + "x").code, Code::kCorrupt);
}

TEST(RouteSnapshot, TellsWhatIsBrokenAndNamesTheSnapshot) {
  const std::string a = R"({"PartitionKey":"a","problem":"p"})"
                        "\n";
  const std::string b = R"({"PartitionKey":"b","problem":"p"})"
                        "\n";
  ASSERT_TRUE(RouteSnapshot::Parse(Made(a + b, 2), "s"));
  for (const auto& [bytes, told] : std::vector<std::pair<std::string, std::string>>{
           {"", "its first line is none"},
           {"PAR1", "its first line is none"},
           {"routes: []\n", "not valid JSON"},
           {"[]\n", "must be an object"},
           {"{}\n", "eider_routes_snapshot is missing"},
           {R"({"eider_routes_snapshot":1})"
            "\n",
            "source is missing"},
           {Made(a + b, 3), "has 2 routes, its first line says 3"},
           {Made(a + b, -1), "has 2 routes"},
           {Made(a + b, 2, "00"), "cut off or changed: its SHA-256 is"},
           {Made(b + a, 2), "line 3 is not in the order of the keys: 'a'"},
           {Made(a + a, 2), "line 3 is not in the order of the keys: 'a'"},
           {Made(a + "{}\n", 2), "line 3 does not begin with a PartitionKey"},
           {Made(a + R"({"PartitionKey":"b)"
                     "\n",
                 2),
            "line 3 does not begin with"},
           {Made(a + R"({"PartitionKey":"\x"})"
                     "\n",
                 2),
            "line 3 does not begin with"},
           {Made(a + R"({"PartitionKey":"b"})", 2), "line 3 has no end"}}) {
    const Error error = ErrorOf(bytes);
    EXPECT_EQ(error.code, Code::kCorrupt) << told;
    EXPECT_THAT(error.message, AllOf(HasSubstr("snapshot s3://b/k"), HasSubstr(told)));
  }
  std::string newer = Made(a, 1);
  newer.replace(newer.find("snapshot\":1"), 11, "snapshot\":2");
  EXPECT_EQ(ErrorOf(newer).code, Code::kUnsupported);
  EXPECT_THAT(ErrorOf(newer).message, HasSubstr("newer Eider"));
}

// The hash is right, so that it was made so: that one route is wrong, and the others serve.
TEST(RouteSnapshot, ALineThatIsNoRouteIsAWrongRoute) {
  const auto snapshot = RouteSnapshot::Parse(
      Made(R"({"PartitionKey":"a")"
           "\n"
           R"({"PartitionKey":"b","target_table":7})"
           "\n"
           R"({"PartitionKey":"c","target_table":"x.y","query_sql":"'{s3_input_path}'"})"
           "\n",
           3),
      "s");
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  for (const char* key : {"a", "b"}) {
    const auto route = snapshot->Find(key);
    ASSERT_FALSE(route) << key;
    EXPECT_EQ(route.error().code, Code::kInvalid);
  }
  EXPECT_TRUE(snapshot->Find("c")->has_value());
}

TEST(RouteSnapshot, AHugeOneIsRefused) {
  const auto snapshot = RouteSnapshot::Parse(std::string(kSnapshotBytesMax + 1, 'x'), "s");
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().code, Code::kCorrupt);
  EXPECT_THAT(snapshot.error().message, HasSubstr("at most 268435456"));
}

}  // namespace
}  // namespace eider::routes
