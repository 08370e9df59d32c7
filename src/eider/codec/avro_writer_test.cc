// What the writer makes, our reader reads back, value for value.
#include "eider/codec/avro_writer.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/codec/avro_block.h"
#include "eider/codec/avro_reader.h"
#include "eider/codec/avro_value.h"

namespace eider::codec {
namespace {

using testing::HasSubstr;

constexpr std::string_view kSchema = R"({"type": "record", "name": "r", "fields": [
  {"name": "b", "type": "boolean"}, {"name": "i", "type": "int"}, {"name": "l", "type": "long"},
  {"name": "f", "type": "float"}, {"name": "d", "type": "double"},
  {"name": "y", "type": "bytes"}, {"name": "x", "type": {"type": "fixed", "name": "x", "size": 2}},
  {"name": "e", "type": {"type": "enum", "name": "e", "symbols": ["A", "B"]}},
  {"name": "o", "type": ["null", "string"], "default": null},
  {"name": "p", "type": ["long", "null"]},
  {"name": "a", "type": {"type": "array", "items": "long"}},
  {"name": "m", "type": {"type": "map", "values": {"type": "array", "items": "string"}}},
  {"name": "n", "type": {"type": "record", "name": "n", "fields": [
    {"name": "v", "type": "int"}]}}]})";

AvroRecord Example() {
  return AvroRecord{{true, -7, std::numeric_limits<std::int64_t>::min(), 0.25, -0.0,
                     std::string("\x00y", 2), "xx", "B", "text", AvroValue(),
                     AvroArray{{1, std::numeric_limits<std::int64_t>::max()}},
                     AvroMap{{{"k", AvroArray{{"v", "w"}}}, {"", AvroArray{}}}}, AvroRecord{{5}}}};
}

Result<std::string> Write(std::string_view schema, const std::vector<AvroValue>& records,
                          AvroCodec codec = AvroCodec::kDeflate) {
  EIDER_ASSIGN(auto writer, AvroWriter::Create(schema, {{"schema-id", "0"}, {"", "empty"}}, codec));
  for (const AvroValue& record : records) EIDER_CHECK(writer.Append(record));
  return std::move(writer).Finish();
}

void ExpectReadBack(const std::string& bytes, const std::vector<AvroValue>& records) {
  auto reader = AvroReader::Open(bytes);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(reader->Metadata("schema-id"), "0");
  EXPECT_EQ(reader->Metadata(""), "empty");
  for (const AvroValue& record : records) {
    const auto read = reader->Next();
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_TRUE(*read);
    EXPECT_TRUE(**read == record);
  }
  const auto end = reader->Next();
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_FALSE(*end);
}

TEST(AvroWriter, WritesEveryType) {
  for (const AvroCodec codec : {AvroCodec::kNull, AvroCodec::kDeflate}) {
    const std::vector<AvroValue> records = {Example(), Example()};
    const auto bytes = Write(kSchema, records, codec);
    ASSERT_TRUE(bytes) << bytes.error().message;
    ExpectReadBack(*bytes, records);
  }
}

TEST(AvroWriter, KeepsTheSignOfZeroAndNaN) {
  const auto bytes = Write(R"({"type": "array", "items": "double"})",
                           {AvroArray{{-0.0, std::numeric_limits<double>::quiet_NaN()}}});
  ASSERT_TRUE(bytes) << bytes.error().message;
  auto reader = AvroReader::Open(*bytes);
  ASSERT_TRUE(reader);
  const auto read = reader->Next();
  ASSERT_TRUE(read && *read);
  const auto& items = (*read)->If<AvroArray>()->items;
  EXPECT_TRUE(std::signbit(*items[0].If<double>()));
  EXPECT_TRUE(std::isnan(*items[1].If<double>()));
}

TEST(AvroWriter, WritesNoBlockForNoRecords) {
  const auto bytes = Write(kSchema, {});
  ASSERT_TRUE(bytes);
  ExpectReadBack(*bytes, {});
}

TEST(AvroWriter, WritesManyBlocks) {
  std::vector<AvroValue> records;
  for (int i = 0; i < 5000; ++i) records.emplace_back(std::to_string(i) + std::string(100, 'x'));
  const auto bytes = Write(R"("string")", records);
  ASSERT_TRUE(bytes) << bytes.error().message;
  ExpectReadBack(*bytes, records);
  EXPECT_LT(bytes->size(), 100'000U);
}

TEST(AvroWriter, GivesTheSameBytesForTheSameRecords) {
  const auto once = Write(kSchema, {Example()});
  const auto again = Write(kSchema, {Example()});
  ASSERT_TRUE(once && again);
  EXPECT_EQ(*once, *again);
}

TEST(AvroWriter, RefusesWhatDoesNotFitAndNamesTheField) {
  struct Case {
    std::size_t field;
    AvroValue value;
    std::string message;
  };

  const Case cases[] = {
      {1, std::int64_t{1} << 31, "r.i: an int of 32 bits cannot hold 2147483648"},
      {1, 1.0, "r.i: the type is int, the value double"},
      {2, AvroValue(), "r.l: the type is long, the value null"},
      {3, 0.1, "r.f: a float of 32 bits cannot hold 0.1"},
      {6, "xxx", "r.x: the fixed has 2 bytes, the value 3"},
      {7, "C", "r.e: no symbol of the enum: 'C'"},
      {8, 1, "r.o: the type is union, the value integer"},
      {10, AvroArray{{1, "2"}}, "r.a[1]: the type is long, the value bytes"},
      {11, AvroMap{{{"key", AvroArray{{false}}}}}, "r.m['key'][0]: the type is string"},
      {12, AvroRecord{{true}}, "r.n.v: the type is int, the value boolean"},
      {12, AvroRecord{{1, 2}}, "r.n: the record has 1 fields, the value 2"},
  };
  auto writer = AvroWriter::Create(kSchema, {{"schema-id", "0"}, {"", "empty"}});
  ASSERT_TRUE(writer);
  for (const Case& wrong : cases) {
    AvroRecord record = Example();
    record.fields[wrong.field] = wrong.value;
    const Status status = writer->Append(record);
    ASSERT_FALSE(status) << wrong.message;
    EXPECT_EQ(status.error().code, Code::kInvalid);
    EXPECT_THAT(status.error().message, HasSubstr(wrong.message));
  }
  ASSERT_TRUE(writer->Append(Example()));  // and none of them left a trace
  const auto bytes = std::move(*writer).Finish();
  ASSERT_TRUE(bytes);
  ExpectReadBack(*bytes, {Example()});
}

TEST(AvroWriter, RefusesHeadersThatItCannotWrite) {
  const auto own_key = AvroWriter::Create(R"("int")", {{"avro.codec", "null"}});
  ASSERT_FALSE(own_key);
  EXPECT_EQ(own_key.error().code, Code::kInvalid);
  const auto no_schema = AvroWriter::Create(R"("integer")", {});
  ASSERT_FALSE(no_schema);
  EXPECT_EQ(no_schema.error().code, Code::kInvalid);
  const auto zstandard = AvroWriter::Create(R"("int")", {}, AvroCodec::kZstandard);
  ASSERT_FALSE(zstandard);
  EXPECT_EQ(zstandard.error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace eider::codec
