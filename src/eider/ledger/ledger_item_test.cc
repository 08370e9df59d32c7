// A ledger row as an item: nothing is lost, and no two identities share a key.
#include "eider/ledger/ledger_item.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/codec/dynamodb_item.h"

namespace eider::ledger {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(LedgerItem, KeyIsReadableWhereItCanBe) {
  EXPECT_EQ(LedgerKeyOf({{"s3", "src", "in/x y.csv"}, "v1", "e", 10, ""}),
            "s3://src/in/x y.csv version:v1");
  EXPECT_EQ(LedgerKeyOf({{"s3", "src", "x"}, "", "e 1%", 10, ""}), "s3://src/x etag:e%201%25:10");
  const std::string longest(2'048 - std::string("s3://src/ version:v1").size(), 'k');
  EXPECT_EQ(LedgerKeyOf({{"s3", "src", longest}, "v1", "", 0, ""}).size(), 2'048U);
  EXPECT_THAT(LedgerKeyOf({{"s3", "src", longest + "k"}, "v1", "", 0, ""}), StartsWith("sha256:"));
  EXPECT_THAT(LedgerKeyOf({{"s3", "src", "\xff"}, "v1", "", 0, ""}), StartsWith("sha256:"));
}

TEST(LedgerItem, NoTwoIdentitiesShareAKey) {
  const std::string far(3'000, 'k');
  const std::vector<FileRef> files = {
      {{"s3", "b", "k"}, "v x", "", 0, ""},         {{"s3", "b", "k version:v"}, "x", "", 0, ""},
      {{"s3", "b", "k"}, "v%20x", "", 0, ""},       {{"s3", "b", "k"}, "", "v", 1, ""},
      {{"s3", "b", "k"}, "", "v", 2, ""},           {{"s3", "b", "k"}, "", "v:1", 2, ""},
      {{"s3", "b", far}, "v", "", 0, ""},           {{"s3", "b", far + "k"}, "v", "", 0, ""},
      {{"s3", "b", "\xff"}, "v", "", 0, ""},        {{"s3", "b", "\xfe"}, "v", "", 0, ""},
      {{"s3", "b", "\xef\xbf\xbd"}, "v", "", 0, ""}};
  std::set<std::string> keys;
  for (const FileRef& file : files) keys.insert(LedgerKeyOf(file));
  EXPECT_EQ(keys.size(), files.size());
}

StoredRow FullRow() {
  StoredRow stored;
  ClaimRow& row = stored.row;
  row.record.file = {{"s3", "src", "it's\xff"}, "v1", "\"e\"", 1ULL << 40U, "0055"};
  row.record.state = State::kFailed;
  row.record.result = {"src", "bronze.orders", -9'223'372'036'854'775'807, 42, 7, "hash"};
  PartRecord part;
  part.route = "orders";
  part.values = {"orders", std::nullopt};
  part.is_loaded = true;
  row.record.result.parts = {part};
  row.record.commit_token = "token";
  row.record.owner = "me";
  row.record.error = "bad";
  row.record.error_code = "READER_CRASHED";
  row.record.error_place = {.line = 12, .column = "c", .value = "v"};
  row.record.result.counts = {.read = 50, .filtered = 5, .rejected = 3};
  row.record.broken_off = 2;
  row.record.result.program = "eider 9";
  row.record.result.readers = "read_csv(delim = ';')";
  row.record.result.schema_change = "[]";
  row.record.result.errands = "tell";
  row.record.afterwards = "moved";
  row.record.attempts = 3;
  row.record.first_seen = TimePoint(Milliseconds(1));
  row.record.claimed_at = TimePoint(Milliseconds(2));
  row.record.lease_expires = TimePoint(Milliseconds(3));
  row.record.finished_at = TimePoint(Milliseconds(4));
  row.claim_id = "claim";
  row.forced_loads = 5;
  row.interrupted_since = TimePoint(Milliseconds(6));
  stored.write_id = "write";
  return stored;
}

TEST(LedgerItem, ReadsBackEveryField) {
  const StoredRow row = FullRow();
  const auto read = ParseLedgerItem(*codec::ParseItem(codec::ItemJson(ItemOf(row, 0))));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(ItemOf(*read, 0), ItemOf(row, 0));
  EXPECT_EQ(read->row.record.file.uri.key, "it's\xff");
  EXPECT_EQ(read->row.record.result.snapshot_id, -9'223'372'036'854'775'807);
  EXPECT_EQ(read->row.interrupted_since, TimePoint(Milliseconds(6)));
  EXPECT_EQ(read->row.record.result.parts, row.row.record.result.parts);
  EXPECT_EQ(read->row.record.result.route_version, 7);
  EXPECT_EQ(read->row.record.result.sql_hash, "hash");
  EXPECT_EQ(read->row.record.error_code, "READER_CRASHED");
  EXPECT_EQ(read->row.record.broken_off, 2);
  EXPECT_EQ(read->row.record.result.program, "eider 9");
  EXPECT_EQ(read->row.record.error_place, row.row.record.error_place);
  EXPECT_EQ(read->row.record.result.counts, row.row.record.result.counts);
  EXPECT_EQ(read->row.record.result.readers, "read_csv(delim = ';')");
  EXPECT_EQ(read->row.record.result.schema_change, "[]");
  EXPECT_EQ(read->row.record.result.errands, "tell");
  EXPECT_EQ(read->row.record.afterwards, "moved");
  EXPECT_EQ(ItemOf(row, 0).size(), 39U);  // every attribute but expires_at
}

TEST(LedgerItem, ReadsItemsOfEarlierProgramsThatKnewNoParts) {
  codec::Item item = ItemOf(FullRow(), 0);
  for (const char* name : {"route_version", "sql_hash", "parts"}) item.erase(name);
  const auto read = ParseLedgerItem(item);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->row.record.result.route_version, 0);
  EXPECT_EQ(read->row.record.result.sql_hash, "");
  EXPECT_TRUE(read->row.record.result.parts.empty());
  EXPECT_EQ(read->row.record.result.rows, 42);
}

TEST(LedgerItem, ReadsItemsOfEarlierProgramsThatCountedOnlyRows) {
  codec::Item item = ItemOf(FullRow(), 0);
  for (const char* name :
       {"rows_read", "rows_filtered", "rows_rejected", "error_line", "error_column", "error_value",
        "readers", "schema_change", "errands", "afterwards"}) {
    item.erase(name);
  }
  const auto read = ParseLedgerItem(item);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->row.record.result.counts, RowCounts());
  EXPECT_EQ(read->row.record.error_place, FilePlace());
  EXPECT_EQ(ItemOf(*read, 0), item);  // and writes none where there is nothing to say
}

TEST(LedgerItem, ReadsItemsOfEarlierProgramsThatKnewNoCrashes) {
  codec::Item item = ItemOf(FullRow(), 0);
  for (const char* name : {"broken_off", "error_code", "program"}) item.erase(name);
  const auto read = ParseLedgerItem(item);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->row.record.broken_off, 0);
  EXPECT_EQ(read->row.record.error_code, "");
  EXPECT_EQ(read->row.record.result.program, "");
  EXPECT_EQ(ItemOf(*read, 0), item);  // and writes none where there is nothing to say
}

TEST(LedgerItem, ForgetsNothingThatIsStillToBeDone) {
  StoredRow stored = FullRow();
  ClaimRow& row = stored.row;
  row.interrupted_since.reset();
  row.record.result.schema_change.clear();
  row.record.result.errands.clear();
  const auto expires = [&](State state, bool is_part_loaded) {
    row.record.state = state;
    row.record.result.parts[0].is_loaded = is_part_loaded;
    return ItemOf(stored, 2).contains("expires_at");
  };
  EXPECT_TRUE(expires(State::kLoaded, true));
  EXPECT_FALSE(expires(State::kFailed, true));
  EXPECT_TRUE(expires(State::kFailed, false));
  EXPECT_FALSE(expires(State::kSkipped, true));
  EXPECT_TRUE(expires(State::kSkipped, false));
  EXPECT_FALSE(expires(State::kHeld, false));
  EXPECT_FALSE(expires(State::kClaimed, false));
  row.record.result.schema_change = "[]";  // stopped before it was begun
  EXPECT_FALSE(expires(State::kSkipped, false));
  row.record.result.schema_change.clear();
  row.record.result.errands = "tell";
  EXPECT_FALSE(expires(State::kLoaded, true));
}

TEST(LedgerItem, LongErrorsAreCutBetweenCharacters) {
  StoredRow row = FullRow();
  row.row.record.error = "x";
  for (int i = 0; i < 5'000; ++i) row.row.record.error += "ñ";
  const codec::Item item = ItemOf(row, 0);
  EXPECT_EQ(item.at("error").kind, codec::AttributeValue::Kind::kString);
  EXPECT_LT(item.at("error").text.size(), 4'200U);
  EXPECT_THAT(item.at("error").text, HasSubstr("xñ"));
}

TEST(LedgerItem, MissingAndMistypedAttributesAreNamed) {
  for (const char* name : {"uri", "state", "write_id", "claim_id", "commit_token", "size_bytes",
                           "rows", "attempts", "claimed_at_ms", "lease_expires_ms"}) {
    codec::Item item = ItemOf(FullRow(), 0);
    item.erase(name);
    const auto missing = ParseLedgerItem(item);
    ASSERT_FALSE(missing) << name;
    EXPECT_EQ(missing.error().code, Code::kCorrupt);
    EXPECT_EQ(missing.error().message, "attribute " + std::string(name) + " is missing");
    item[name] = codec::AttributeValue::Boolean(true);
    EXPECT_FALSE(ParseLedgerItem(item)) << name;
  }
  codec::Item item = ItemOf(FullRow(), 0);
  item["state"] = codec::AttributeValue::String("DONE");
  EXPECT_THAT(ParseLedgerItem(item).error().message, HasSubstr("'DONE'"));
  item["state"] = codec::AttributeValue::String("HELD");
  EXPECT_TRUE(ParseLedgerItem(item));
  item["parts"] = codec::AttributeValue::String("[{}]");
  EXPECT_THAT(ParseLedgerItem(item).error().message, HasSubstr("parts[0].route"));
}

}  // namespace
}  // namespace eider::ledger
