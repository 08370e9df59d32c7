// Parts as JSON text: nothing is lost, no value can pass for a table, and there is a limit.
#include "eider/ledger/part_records.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/codec/json.h"

namespace eider::ledger {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const FileRef kFile{{"s3", "src", "a.parquet"}, "", "e", 10, ""};

PartRecord Loaded() {
  PartRecord part;
  part.route = "it's \"quoted\" \\ ñ";
  part.values = {"a", std::nullopt, "", std::string("nul\0", 4), "\U0001f986"};
  part.target_table = "bronze.orders";
  part.commit_token = "token";
  part.is_loaded = true;
  part.snapshot_id = -9'223'372'036'854'775'807;
  part.rows = 9'223'372'036'854'775'807;
  part.route_version = 3;
  part.sql_hash = "hash";
  return part;
}

PartRecord Planned(const std::string& route) {
  PartRecord part;
  part.route = route;
  part.values = {route};
  part.target_table = "bronze." + route;
  part.commit_token = "token-" + route;
  return part;
}

TEST(PartRecords, ReadsBackEveryField) {
  const std::vector<PartRecord> parts = {Loaded(), Planned("b"), PartRecord{}};
  const auto read = ParseParts(PartsText(parts));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, parts);
}

TEST(PartRecords, NoPartsNoText) {
  EXPECT_EQ(PartsText({}), "");
  EXPECT_TRUE(ParseParts("")->empty());
}

// The text that ../docs/formats.md shows.
TEST(PartRecords, ReadsTheDocumentedText) {
  const auto read = ParseParts(
      R"([{"commit_token":"5e1f","is_loaded":true,"route":"orders","route_version":3,"rows":9,)"
      R"("snapshot_id":77,"sql_hash":"9a0c","target_table":"bronze.orders",)"
      R"("values":["orders",null]}])");
  ASSERT_TRUE(read) << read.error().message;
  PartRecord expected;
  expected.route = "orders";
  expected.values = {"orders", std::nullopt};
  expected.target_table = "bronze.orders";
  expected.commit_token = "5e1f";
  expected.is_loaded = true;
  expected.snapshot_id = 77;
  expected.rows = 9;
  expected.route_version = 3;
  expected.sql_hash = "9a0c";
  EXPECT_EQ(read->front(), expected);
}

TEST(PartRecords, MissingAndMistypedFieldsAreNamed) {
  for (const char* name : {"route", "values", "target_table", "commit_token", "is_loaded", "rows",
                           "route_version", "sql_hash"}) {
    codec::Json json = *codec::ParseJson(PartsText(std::vector{Planned("a"), Loaded()}));
    json[1].erase(name);
    const auto missing = ParseParts(codec::ToJsonText(json));
    ASSERT_FALSE(missing) << name;
    EXPECT_EQ(missing.error().code, Code::kCorrupt);
    EXPECT_THAT(missing.error().message, HasSubstr("parts[1]." + std::string(name)));
    json[1][name] = {{"of", "another type"}};
    EXPECT_FALSE(ParseParts(codec::ToJsonText(json))) << name;
  }
  codec::Json json = *codec::ParseJson(PartsText(std::vector{Loaded()}));
  json[0]["values"][1] = 7;
  EXPECT_THAT(ParseParts(codec::ToJsonText(json)).error().message,
              HasSubstr("parts[0].values[1] must be a string or null"));
  for (const char* text : {"{}", "[", "[7]", "null"}) {
    const auto broken = ParseParts(text);
    ASSERT_FALSE(broken) << text;
    EXPECT_EQ(broken.error().code, Code::kCorrupt);
    EXPECT_THAT(broken.error().message, HasSubstr("parts")) << text;
  }
}

TEST(PartRecords, TableIsFoundInTheTextAndNowhereElse) {
  EXPECT_THAT(PartsText(std::vector{Loaded()}), HasSubstr(TargetTableText("bronze.orders")));
  EXPECT_THAT(PartsText(std::vector{Loaded()}), Not(HasSubstr(TargetTableText("bronze.order"))));
  EXPECT_THAT(PartsText(std::vector{Loaded()}), Not(HasSubstr(TargetTableText("ronze.orders"))));
  PartRecord sly = Planned("b");
  sly.values = {TargetTableText("bronze.orders"), R"(\"target_table":"bronze.orders")"};
  sly.route = TargetTableText("bronze.orders");
  EXPECT_THAT(PartsText(std::vector{sly}), Not(HasSubstr(TargetTableText("bronze.orders"))));
}

// What may be planned can be recorded to its end, whatever rows and snapshots there will be.
TEST(PartRecords, LimitHoldsForThePlanAsItDoesWhenLoaded) {
  std::vector<PartRecord> parts(1'000, Planned("orders"));
  ASSERT_TRUE(CheckParts(kFile, parts));
  std::size_t fits = 0;
  for (std::size_t too_much = kPartsBytesMax; fits + 1 < too_much;) {
    const std::size_t middle = (fits + too_much) / 2;
    parts[0].values = {std::string(middle, 'x')};
    (CheckParts(kFile, parts) ? fits : too_much) = middle;
  }
  parts[0].values = {std::string(fits, 'x')};
  ASSERT_TRUE(CheckParts(kFile, parts));
  for (PartRecord& part : parts) {
    part.is_loaded = true;
    part.snapshot_id = -9'223'372'036'854'775'807;
    part.rows = 9'223'372'036'854'775'807;
    part.counts = {.read = 9'999'999'999'999, .filtered = 9'999'999'999'999, .rejected = 1};
  }
  EXPECT_LE(PartsText(parts).size(), kPartsBytesMax);
  EXPECT_TRUE(CheckParts(kFile, parts));
}

TEST(PartRecords, TooLargePlanSaysHowLargeAndWhatToDo) {
  PartRecord part = Planned("a");
  part.values.assign(50'000, "value");
  const Status checked = CheckParts(kFile, std::vector{part, Planned("b")});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Code::kInvalid);
  EXPECT_THAT(checked.error().message, HasSubstr("2 parts with 50001 values"));
  EXPECT_THAT(checked.error().message, HasSubstr("340000"));
  EXPECT_THAT(checked.error().message, HasSubstr("fewer or shorter values"));
  EXPECT_THAT(checked.error().message, HasSubstr("s3://src/a.parquet"));
}

TEST(PartRecords, RefusesWhatJsonCannotKeep) {
  PartRecord part = Planned("a");
  part.values = {"\xff"};
  const Status checked = CheckParts(kFile, std::vector{part});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Code::kInvalid);
  EXPECT_THAT(checked.error().message, StartsWith("a value of the routing column is not UTF-8"));
  EXPECT_THAT(checked.error().message, HasSubstr("s3://src/a.parquet"));
  part.values = {};
  part.route = "\xff";
  EXPECT_THAT(CheckParts(kFile, std::vector{part}).error().message, HasSubstr("key of a route"));
}

}  // namespace
}  // namespace eider::ledger
