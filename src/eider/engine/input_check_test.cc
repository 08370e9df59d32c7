// Depths at and above their limits.
#include "eider/engine/input_check.h"

#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/codec/gzip.h"
#include "eider/engine/parquet_footer.h"
#include "eider/store/memory_store.h"

namespace eider::engine {
namespace {

using ::testing::HasSubstr;

std::string Nested(int depth) {
  std::string text;
  for (int i = 0; i < depth; ++i) text += "{\"a\":";
  return text + "1" + std::string(static_cast<std::size_t>(depth), '}');
}

// FileMetaData in Thrift's compact protocol: version 1, `groups` groups of one child each below the
// root and a column, no rows, no row groups. Source: parquet.thrift.
std::string NestedParquet(int groups) {
  const auto varint = [](std::uint32_t value) {
    std::string bytes;
    for (; value >= 0x80U; value >>= 7U) bytes += static_cast<char>((value & 0x7FU) | 0x80U);
    return bytes + static_cast<char>(value);
  };
  std::string footer = "\x15\x02";                                        // 1: i32 1
  footer += "\x19\xFC" + varint(static_cast<std::uint32_t>(groups) + 2);  // 2: list of structs
  for (int i = 0; i <= groups; ++i) footer += std::string("\x48\x01g\x15\x02\x00", 6);
  footer += std::string(
      "\x15\x02\x25\x02\x18\x01"
      "c\x00",
      8);                                            // a column: INT32, optional
  footer += std::string("\x16\x00\x19\x0C\x00", 5);  // 3: i64 0, 4: no row groups
  const auto size = static_cast<std::uint32_t>(footer.size());
  std::string file = "PAR1" + footer;
  for (unsigned i = 0; i < 4; ++i) file += static_cast<char>((size >> (8 * i)) & 0xFFU);
  return file + "PAR1";
}

Status Check(const std::string& bytes, bool as_json) {
  store::MemoryStore store;
  const Uri uri{"s3", "b", "k"};
  EXPECT_TRUE(store.Put(uri, bytes, store::PutMode::kReplace));
  const auto reader = store.Open(uri);
  EXPECT_TRUE(reader);
  return CheckInput(**reader, as_json);
}

TEST(CheckInput, JsonNestedFiveThousandDeepIsRefused) {
  EXPECT_TRUE(Check(Nested(kJsonDepthMax), true));
  const Status status = Check("  \n" + Nested(5'000), true);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kUnsupported);
  EXPECT_THAT(status.error().message, HasSubstr("deeper than 200 levels, at byte 1003"));
  EXPECT_TRUE(Check(Nested(5'000), false)) << "nobody reads it as JSON";
}

TEST(CheckInput, JsonOfAHundredThousandLevelsInAFewHundredBytesIsRefused) {
  const auto packed = codec::Gzip(Nested(100'000));
  ASSERT_TRUE(packed);
  EXPECT_FALSE(Check(*packed, true));
  EXPECT_TRUE(Check(packed->substr(0, 12), true)) << "its reader tells what is wrong with it";
}

TEST(CheckInput, BracketsInStringsAndMembersSideBySideAreNotDeep) {
  std::string text = "[\"" + std::string(1'000, '[') + "\\\"" + std::string(1'000, '{') + "\"";
  for (int i = 0; i < 1'000; ++i) text += ",{\"a\":[]}";
  EXPECT_TRUE(Check(text + "]", true));
}

TEST(CheckInput, AParquetFooterOfEightThousandNestedGroupsIsRefused) {
  EXPECT_TRUE(Check(NestedParquet(kParquetDepthMax - 1), false));
  const Status status = Check(NestedParquet(8'000), false);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kUnsupported);
  EXPECT_THAT(status.error().message, HasSubstr("nested 8001 deep, at most 100"));
}

TEST(CheckInput, ASchemaThatIsNoTreeIsCorrupt) {
  std::string file = NestedParquet(3);
  const std::size_t children = file.find("g\x15\x02");
  file[children + 2] = '\x04';  // two children, and only one follows
  const Status status = Check(file, false);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kCorrupt);
}

TEST(MayBeReadAsJson, ByTheNameOrByTheSql) {
  EXPECT_TRUE(MayBeReadAsJson("s3://b/x.JSONL.gz", "FROM '{s3_input_path}'"));
  EXPECT_TRUE(MayBeReadAsJson("s3://b/x", "FROM read_NDJSON('{s3_input_path}')"));
  EXPECT_FALSE(MayBeReadAsJson("s3://b/x.csv", "FROM '{s3_input_path}'"));
}

}  // namespace
}  // namespace eider::engine
