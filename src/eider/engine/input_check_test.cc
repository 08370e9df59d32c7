// Files that end or stall DuckDB's readers are refused before they are read; good ones pass.
#include "eider/engine/input_check.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/codec/gzip.h"
#include "eider/codec/json_depth.h"
#include "eider/engine/testing/engine_fixture.h"

namespace eider::engine {
namespace {

constexpr const char* kReadJson = "SELECT * FROM read_json('{s3_input_path}')";
constexpr const char* kFromFile = "SELECT * FROM '{s3_input_path}'";

std::string Repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

std::string NestedJson(int depth) {
  return Repeated("{\"a\":", depth) + "1" + Repeated("}", depth);
}

// Thrift's compact protocol: a footer with a root, `depth` groups of one child each, and a column.
std::string ParquetOfDepth(int depth) {
  const auto zigzag = [](std::uint64_t value) {
    std::string bytes;
    for (value *= 2; value >= 0x80U; value >>= 7U) bytes += static_cast<char>(value | 0x80U);
    return bytes + static_cast<char>(value);
  };
  std::string count;
  std::uint64_t elements = static_cast<std::uint64_t>(depth) + 2;
  for (; elements >= 0x80U; elements >>= 7U) count += static_cast<char>(elements | 0x80U);
  count += static_cast<char>(elements);
  std::string footer = "\x15" + zigzag(1) + "\x19\xFC" + count;
  const std::string group = std::string("\x48\x01g\x15\x02\x00", 6);
  footer += group + Repeated(std::string("\x35\x02\x18\x01g\x15\x02\x00", 8), depth);
  footer += std::string(
      "\x15\x02\x25\x02\x18\x01"
      "c\x00",
      8);
  footer += std::string("\x16\x00\x19\x0C\x00", 5);  // no rows, no row groups
  std::string length;
  for (unsigned i = 0; i < 4; ++i) length += static_cast<char>(footer.size() >> (8 * i));
  return "PAR1" + footer + length + "PAR1";
}

class InputCheck : public EngineFixture {
 protected:
  Status Checked(const FileRef& file) {
    auto reader = store_->Open(file.uri);
    EXPECT_TRUE(reader.has_value());
    auto checked = CheckInput(**reader);
    return checked ? Status() : std::unexpected(std::move(checked).error());
  }

  Result<NewTable> Describe(const FileRef& file, const std::string& sql) {
    return engine_->Describe({sql, file});
  }
};

TEST_F(InputCheck, RefusesJsonNestedFiveThousandDeep) {
  const FileRef file = MakeFile(NestedJson(5000), "deep.json");
  for (const char* sql : {kReadJson, kFromFile}) {
    EXPECT_THAT(Describe(file, sql),
                FailsWith(Code::kUnsupported,
                          "s3://in/deep.json: line 1: JSON is nested deeper than 200 levels"))
        << sql;
  }
  for (const char* sql : {"SELECT json_structure(content) AS s FROM read_text('{s3_input_path}')",
                          "SELECT * FROM read_json('{s3_input_path}', ignore_errors = true)"}) {
    EXPECT_THAT(Describe(file, sql),
                FailsWith(Code::kUnsupported,
                          "s3://in/deep.json: JSON is nested deeper than 200 levels at byte 1000"))
        << sql;
  }
}

TEST_F(InputCheck, RefusesDeepJsonInsideGzip) {
  const auto packed = codec::Gzip(Repeated("[", 100'000));
  ASSERT_TRUE(packed.has_value());
  const FileRef file = MakeFile(*packed, "deep.json.gz");
  EXPECT_THAT(Describe(file, kReadJson), FailsWith(Code::kUnsupported, "deeper than 200 levels"));
  EXPECT_THAT(Describe(file, "SELECT * FROM read_text('{s3_input_path}')"),
              FailsWith(Code::kUnsupported, "at byte 200 of what is unpacked"));
}

TEST_F(InputCheck, ReadsJsonAtTheLimit) {
  EXPECT_TRUE(Checked(MakeFile(NestedJson(kInputDepthMax), "a.json")).has_value());
  EXPECT_FALSE(Checked(MakeFile(NestedJson(kInputDepthMax + 1), "b.json")).has_value());
}

TEST_F(InputCheck, LeavesBracketsThatAreNoJsonAlone) {
  for (const std::string& text :
       {Repeated("[INFO] said [ and {\n", 1000), "id,name\n" + Repeated("[", 1000),
        Repeated("{\"a\": \"[[[{{{\\\"[\"}\n", 1000), Repeated("{\"a\": [{}, [1]]}\n", 1000),
        std::string(), std::string("PAR1"), std::string("PAR1PAR1"), std::string("\x1f\x8b")}) {
    EXPECT_TRUE(Checked(MakeFile(text, "text")).has_value()) << text.substr(0, 20);
  }
}

TEST_F(InputCheck, RefusesAParquetSchemaOfEightThousandGroups) {
  EXPECT_THAT(Describe(MakeFile(ParquetOfDepth(8000), "deep.parquet"), kFromFile),
              FailsWith(Code::kUnsupported,
                        "s3://in/deep.parquet: the Parquet schema is nested "
                        "deeper than 200 levels"));
  EXPECT_TRUE(Checked(MakeFile(ParquetOfDepth(kInputDepthMax), "a")).has_value());
  EXPECT_FALSE(Checked(MakeFile(ParquetOfDepth(kInputDepthMax + 1), "b")).has_value());
}

TEST_F(InputCheck, PassesEveryKindOfGoodParquet) {
  for (const char* options :
       {"", ", COMPRESSION zstd", ", PARQUET_VERSION v2", ", ROW_GROUP_SIZE 2048"}) {
    const FileRef file = MakeParquet(
        "SELECT range AS id, 'n' || range % 7 AS name, [range, NULL] AS l, {'a': range} AS s, "
        "MAP {'k': range} AS m, CAST(NULL AS INTEGER) AS nothing FROM range(10000)",
        "good.parquet", options);
    const Status checked = Checked(file);
    EXPECT_TRUE(checked.has_value()) << options << ": " << checked.error().message;
  }
  EXPECT_TRUE(Checked(MakeParquet("SELECT 1 AS a WHERE false")).has_value());
}

TEST_F(InputCheck, RefusesAPageWhoseHeaderIsDamaged) {
  const FileRef good = MakeParquet("SELECT range AS id FROM range(10)");
  std::string bytes = *store::ReadAll(*store_, good.uri, 1U << 20U);
  bytes.replace(4, 8, 8, '\xFF');
  EXPECT_THAT(Describe(MakeFile(bytes, "bad.parquet"), kFromFile),
              FailsWith(Code::kCorrupt, "s3://in/bad.parquet: the header of the Parquet page"));
}

TEST_F(InputCheck, RefusesAMapInAPageHeaderWhateverFollows) {
  const FileRef good = MakeParquet("SELECT hash(range) AS id FROM range(1000)");
  std::string bytes = *store::ReadAll(*store_, good.uri, 1U << 20U);
  ASSERT_EQ(bytes[6], '\x15');
  bytes[6] = '\x1b';
  EXPECT_THAT(Checked(MakeFile(bytes, "bad.parquet")), FailsWith(Code::kCorrupt, "at byte 4"));
}

TEST_F(InputCheck, PassesAPageHeaderWithLongStatistics) {
  const Status checked =
      Checked(MakeParquet("SELECT repeat('x', 5000 + range % 2) AS s FROM range(9)", "long.parquet",
                          ", PARQUET_VERSION v2"));
  EXPECT_TRUE(checked.has_value()) << checked.error().message;
}

// Seen: DuckDB looks at the last bytes only, and crashed on such a file (docs/duckdb-crashes.md).
TEST_F(InputCheck, LooksAtParquetWhoseFirstBytesAreDamagedToo) {
  const FileRef good = MakeParquet("SELECT range AS id FROM range(10)");
  std::string bytes = *store::ReadAll(*store_, good.uri, 1U << 20U);
  bytes[2] = 'U';
  bytes.replace(4, 8, 8, '\xFF');
  EXPECT_FALSE(Checked(MakeFile(bytes, "bad.parquet")).has_value());
}

// Seen: a list of 10^11 booleans in a footer of eight bytes was counted for minutes.
TEST_F(InputCheck, AListOfMoreElementsThanBytesEndsAtOnce) {
  const std::string footer = "\x22\x29\xf1\xf1\xf1\xf1\xf1\x02";
  const std::string bytes = "PAR1" + footer + std::string("\x08\0\0\0", 4) + "PAR1";
  EXPECT_FALSE(Checked(MakeFile(bytes, "list.parquet")).has_value());
}

TEST(JsonDepth, FindsTheBracketWhereverTheBytesAreCut) {
  const std::string text = "{\"a\": [\"]]]\", [[1]]]}";
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    codec::JsonDepth depth(3);
    const auto first = depth.Feed(std::string_view(text).substr(0, cut));
    const auto second = depth.Feed(std::string_view(text).substr(cut));
    EXPECT_EQ(first ? first : second, 15U) << cut;
  }
}

}  // namespace
}  // namespace eider::engine
