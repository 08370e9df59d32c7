// Files that fastavro made, whole and damaged (tests/golden/make_avro.py states their values).
#include "eider/codec/avro_reader.h"

#include <cmath>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/codec/avro_value.h"

namespace eider::codec {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string Golden(const std::string& name) {
  std::ifstream file(EIDER_SOURCE_DIR "/tests/golden/avro/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

Result<std::vector<AvroValue>> ReadRecords(const std::string& bytes, AvroLimits limits = {}) {
  EIDER_ASSIGN(auto reader, AvroReader::Open(bytes, limits));
  std::vector<AvroValue> records;
  while (true) {
    EIDER_ASSIGN(auto record, reader.Next());
    if (!record) return records;
    records.push_back(*std::move(record));
  }
}

AvroValue Pair(AvroValue key, AvroValue value) {
  return AvroRecord{{std::move(key), std::move(value)}};
}

AvroValue SmallestRecord() {
  return AvroRecord{{false, std::numeric_limits<std::int32_t>::min(),
                     std::numeric_limits<std::int64_t>::min(), -0.5, -1.5e300, "", "",
                     std::string("\x00\x01\x02\x03", 4), "RED", AvroValue(), AvroArray(), AvroMap(),
                     AvroArray(), AvroValue(), "BLUE"}};
}

AvroValue LargestRecord() {
  return AvroRecord{
      {true, std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int64_t>::max(),
       std::numeric_limits<double>::infinity(), 1e-310, "é€𝄞", std::string("\x00\xff", 2),
       "\xfc\xfd\xfe\xff", "BLUE", "there", AvroArray{{1, AvroValue(), -64, 64, 8191, 8192}},
       AvroMap{{{"one", 1.0}, {"two", 2.5}}}, AvroArray{{Pair(1, "low"), Pair(1000, "high")}},
       SmallestRecord(), "RED"}};
}

class AvroReaderCodecs : public testing::TestWithParam<std::string> {};

TEST_P(AvroReaderCodecs, ReadsEveryType) {
  const auto records = ReadRecords(Golden("all_types_" + GetParam() + ".avro"));
  ASSERT_TRUE(records) << records.error().message;
  ASSERT_EQ(records->size(), 2U);
  EXPECT_TRUE((*records)[0] == SmallestRecord());
  EXPECT_TRUE((*records)[1] == LargestRecord());
}

INSTANTIATE_TEST_SUITE_P(All, AvroReaderCodecs, testing::Values("null", "deflate", "zstandard"),
                         [](const auto& test) { return test.param; });

TEST(AvroReader, GivesMetadataAndSchema) {
  const std::string bytes = Golden("all_types_null.avro");
  const auto reader = AvroReader::Open(bytes);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(reader->Metadata("note"), "from fastavro");
  EXPECT_EQ(reader->Metadata("avro.codec"), "null");
  EXPECT_EQ(reader->Metadata("absent"), std::nullopt);
  EXPECT_EQ(reader->schema().name, "eider.golden.all_types");
  EXPECT_EQ(reader->schema().FieldById(16), 12U);
}

TEST(AvroReader, ReadsFilesWithoutRecords) {
  const auto records = ReadRecords(Golden("no_records.avro"));
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_TRUE(records->empty());
}

TEST(AvroReader, ReadsManyBlocks) {
  const auto records = ReadRecords(Golden("many_blocks.avro"));
  ASSERT_TRUE(records) << records.error().message;
  ASSERT_EQ(records->size(), 300U);
  for (int i = 0; i < 300; ++i) {
    EXPECT_TRUE((*records)[static_cast<std::size_t>(i)] == Pair(i, "name-" + std::to_string(i)));
  }
}

TEST(AvroReader, ReadsRecordsThatAreNoRecords) {
  const auto records = ReadRecords(Golden("bare_longs.avro"));
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_TRUE(*records == (std::vector<AvroValue>{1, -1, std::int64_t{1} << 40}));
}

TEST(AvroReader, ReadsArraysInPieces) {
  const auto records = ReadRecords(Golden("array_pieces.avro"));
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_TRUE(*records == (std::vector<AvroValue>{AvroArray{{7, 8, 9}}}));
}

TEST(AvroReader, StaysValidWhenMoved) {
  const std::string bytes = Golden("many_blocks.avro");
  auto opened = AvroReader::Open(bytes);
  ASSERT_TRUE(opened);
  ASSERT_TRUE(opened->Next());
  AvroReader moved = *std::move(opened);
  const auto second = moved.Next();
  ASSERT_TRUE(second);
  EXPECT_TRUE(**second == Pair(1, "name-1"));
}

struct Damage {
  std::string file;
  std::string message;
  Code code = Code::kCorrupt;
};

void PrintTo(const Damage& damage, std::ostream* out) {
  *out << damage.file;
}

class AvroReaderDamage : public testing::TestWithParam<Damage> {};

TEST_P(AvroReaderDamage, IsAnErrorThatSaysWhere) {
  const auto records = ReadRecords(Golden(GetParam().file));
  ASSERT_FALSE(records);
  EXPECT_EQ(records.error().code, GetParam().code);
  EXPECT_THAT(records.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, AvroReaderDamage,
    testing::Values(Damage{"unsupported_bzip2.avro", "'bzip2'", Code::kUnsupported},
                    Damage{"invalid_empty.avro", "not an Avro file"},
                    Damage{"invalid_magic.avro", "not an Avro file"},
                    Damage{"invalid_cut_in_header.avro", "header of the Avro file"},
                    Damage{"invalid_cut_in_block.avro", "bytes announced"},
                    Damage{"invalid_cut_in_sync.avro", "16 bytes announced, but 15 are left"},
                    Damage{"invalid_sync.avro", "the sync marker at its end is not the file's"},
                    Damage{"invalid_deflate.avro", "compressed data is"},
                    Damage{"invalid_no_schema.avro", "no avro.schema"},
                    Damage{"invalid_schema.avro", "unknown Avro type at schema: 'banana'"},
                    Damage{"invalid_metadata_count.avro", "header of the Avro file"},
                    Damage{"invalid_record_count.avro", "4611686018427387904 records in 3 bytes"},
                    Damage{"invalid_negative_record_count.avro", "-1 records in 3 bytes"},
                    Damage{"invalid_string_length.avro", "4611686018427387904 bytes announced"},
                    Damage{"invalid_negative_length.avro", "a length of -2 bytes"},
                    Damage{"invalid_array_count.avro", "4611686018427387904 items announced"},
                    Damage{"invalid_array_of_nulls.avro", "items announced, but 0 bytes are left"},
                    Damage{"invalid_least_count.avro", "-9223372036854775808 items"},
                    Damage{"invalid_varint.avro", "a number of more than 64 bits"},
                    Damage{"invalid_int.avro", "an int beyond 32 bits: 2147483648"},
                    Damage{"invalid_boolean.avro", "a boolean of 2"},
                    Damage{"invalid_union_branch.avro", "branch 2 of a union of 2"},
                    Damage{"invalid_enum_symbol.avro", "symbol 1 of an enum of 1"},
                    Damage{"invalid_depth.avro", "nested deeper than the limit of 64"},
                    Damage{"invalid_trailing_bytes.avro", "bytes after its last record: 1"}),
    [](const auto& test) { return test.param.file.substr(0, test.param.file.size() - 5); });

// The sync marker of the golden files.
const std::string kSync("\0\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", 16);

// Whatever is cut off or flipped, the reader ends with a value or an error (and ASan stays silent).
TEST(AvroReader, SurvivesEveryCutAndEveryFlippedByte) {
  for (const char* name : {"all_types_null.avro", "all_types_deflate.avro"}) {
    const std::string whole = Golden(name);
    // The header is the same but for the codec's name: once is enough.
    const std::size_t begin = whole.find("deflate") == std::string::npos ? 0 : whole.find(kSync);
    for (std::size_t i = begin; i < whole.size(); ++i) {
      const auto cut = ReadRecords(whole.substr(0, i));
      EXPECT_TRUE(!cut || cut->empty()) << name << " cut at " << i;
      std::string flipped = whole;
      flipped[i] = static_cast<char>(~flipped[i]);
      const auto read = ReadRecords(flipped);
      EXPECT_TRUE(read || read.error().code != Code::kInternal) << name << " flipped at " << i;
    }
  }
}

TEST(AvroReader, HoldsToItsLimits) {
  const auto big = ReadRecords(Golden("all_types_deflate.avro"), {.block_size_bytes_max = 100});
  ASSERT_FALSE(big);
  EXPECT_THAT(big.error().message, HasSubstr("expands beyond the limit: 100 bytes"));
  const auto zstd = ReadRecords(Golden("all_types_zstandard.avro"), {.block_size_bytes_max = 100});
  ASSERT_FALSE(zstd);
  EXPECT_THAT(zstd.error().message, HasSubstr("expands beyond the limit: 100 bytes"));
  const auto many = ReadRecords(Golden("all_types_null.avro"), {.values_max = 20});
  ASSERT_FALSE(many);
  EXPECT_THAT(many.error().message, HasSubstr("more values in one record than the limit of 20"));
}

TEST(AvroReader, NamesTheOffsetOfTheBlock) {
  const std::string bytes = Golden("invalid_boolean.avro");
  const auto records = ReadRecords(bytes);
  ASSERT_FALSE(records);
  // The content is one byte and 16 bytes of sync marker stand behind it.
  EXPECT_THAT(records.error().message, StartsWith("record in the Avro block with content at byte " +
                                                  std::to_string(bytes.size() - 17)));
}

}  // namespace
}  // namespace eider::codec
