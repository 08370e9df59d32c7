// Values that cross to another process and come back as they were.
#include "eider/engine/call_codec.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/type.h"

namespace eider::engine {
namespace {

using codec::Json;

const std::string kAnyBytes("\xFF\x00'\n\xC3", 5);

Json Sent(const Json& json) {
  return Json::from_cbor(ToBytes(json));
}

iceberg::DataFile WholeFile() {
  iceberg::DataFile file;
  file.file_path = "s3://lake/" + kAnyBytes;
  file.spec_id = 4;
  file.partition = {kAnyBytes, std::nullopt, ""};
  file.record_count = 1LL << 60U;
  file.file_size_in_bytes = 3;
  file.column_sizes = {{1, 10}, {2, 20}};
  file.value_counts = {{1, 7}};
  file.null_value_counts = {{1, 0}};
  file.nan_value_counts = {{2, 1}};
  file.lower_bounds = {{1, kAnyBytes}};
  file.upper_bounds = {{1, std::string("\x00\x00", 2)}, {2, ""}};
  file.key_metadata = kAnyBytes;
  file.split_offsets = {4, 400};
  file.equality_ids = {1, 2};
  file.sort_order_id = 3;
  file.referenced_data_file = "s3://lake/other";
  return file;
}

TEST(CallCodec, DataFilesComeBackWhole) {
  const std::vector<iceberg::DataFile> files = {WholeFile(), iceberg::DataFile{}};
  EXPECT_EQ(DataFilesFrom(Sent(ToJson(files))), files);
}

TEST(CallCodec, WhatWasWrittenComesBackWhole) {
  const Written written{.files = {WholeFile()},
                        .rows_read = 7,
                        .is_row_by_row = true,
                        .rows_rejected = 3,
                        .rescued = {.rows = 2, .columns = {kAnyBytes, "b"}},
                        .transformed = Transformed{kAnyBytes, 5, 6},
                        .readers = "read_csv(delim = ';')"};
  const Written back = WrittenFrom(Sent(ToJson(written)));
  EXPECT_EQ(back.files, written.files);
  EXPECT_EQ(back.rows_read, 7U);
  EXPECT_TRUE(back.is_row_by_row);
  EXPECT_EQ(back.rows_rejected, 3);
  EXPECT_EQ(back.rescued.rows, 2U);
  EXPECT_EQ(back.rescued.columns, written.rescued.columns);
  EXPECT_EQ(back.transformed, written.transformed);
  EXPECT_EQ(back.readers, "read_csv(delim = ';')");
  EXPECT_EQ(WrittenFrom(Sent(ToJson(Written{}))).rows_read, std::nullopt);
}

TEST(CallCodec, AnErrorComesBackWithItsPlace) {
  const Error error{
      Code::kCorrupt, kAnyBytes, {.line = 3, .column = kAnyBytes, .value = std::string(kAnyBytes)}};
  const Error back = ErrorFrom(Sent(ToJson(error)));
  EXPECT_EQ(back.code, error.code);
  EXPECT_EQ(back.message, error.message);
  EXPECT_EQ(back.place, error.place);
  EXPECT_EQ(ErrorFrom(Sent(ToJson(Error{Code::kInvalid, "x"}))).place, FilePlace());
}

TEST(CallCodec, AQueryComesBackWhole) {
  Query query{.sql = "SELECT 'ü' FROM '{s3_input_path}'", .input = {}};
  query.input = {.uri = *Uri::Parse("s3://b/" + kAnyBytes),
                 .version_id = "v",
                 .etag = kAnyBytes,
                 .size_bytes = 1ULL << 63U,
                 .sequencer = "00"};
  query.inputs = {*Uri::Parse("s3://b/more/")};
  query.part = RowFilter{"a.b", {kAnyBytes, std::nullopt}};
  query.types = {{"ä", "DATE '%d/%m/%Y'"}};
  query.encoding = "windows-1252";
  query.reject = records::RejectLimit{.percent = 0.5};
  query.rescue = kAnyBytes;
  query.piece = Piece{3, 8};
  query.transform = Transform{.program = {.name = "clean",
                                          .command = {"python3", kAnyBytes},
                                          .folder = "/f",
                                          .environment = {{"A", kAnyBytes}},
                                          .memory_limit_bytes = 9,
                                          .timeout = Milliseconds(8),
                                          .network = true},
                              .then_sql = "FROM transformed"};
  query.lineage = Lineage{TimePoint(Milliseconds(1'700'000'000'123))};
  query.limits = {.memory_limit_bytes = 5, .threads = 2, .timeout = Milliseconds(7)};
  const Query back = QueryFrom(Sent(ToJson(query)));
  EXPECT_EQ(back.sql, query.sql);
  EXPECT_EQ(back.input.uri.ToString(), query.input.uri.ToString());
  EXPECT_EQ(back.input.Version(), query.input.Version());
  EXPECT_EQ(back.input.etag, query.input.etag);
  EXPECT_EQ(back.input.size_bytes, query.input.size_bytes);
  ASSERT_EQ(back.inputs.size(), 1U);
  EXPECT_EQ(back.inputs.front().ToString(), "s3://b/more/");
  ASSERT_TRUE(back.part);
  EXPECT_EQ(back.part->column, "a.b");
  EXPECT_EQ(back.part->values, query.part->values);
  EXPECT_EQ(back.types, query.types);
  EXPECT_EQ(back.encoding, query.encoding);
  EXPECT_EQ(back.reject, query.reject);
  EXPECT_EQ(back.rescue, query.rescue);
  EXPECT_EQ(back.piece, query.piece);
  EXPECT_EQ(back.transform, query.transform);
  EXPECT_EQ(back.lineage, query.lineage);
  EXPECT_EQ(QueryFrom(Sent(ToJson(Query{.sql = "x", .input = query.input}))).lineage, std::nullopt);
  EXPECT_EQ(back.limits, query.limits);
}

TEST(CallCodec, ATargetComesBackWhole) {
  const iceberg::Schema schema;
  FileRef input;
  input.uri = *Uri::Parse("s3://b/k");
  const PartQuery part{{.sql = "x", .input = input},
                       {.table_name = "a.b",
                        .schema = schema,
                        .data_location = *Uri::Parse("s3://lake/t/data"),
                        .file_prefix = "p",
                        .spec = {3, {{1, 1000, "day", "day"}, {2, 1001, "b", "bucket[16]"}}},
                        .sort_order = {2,
                                       {{1, "identity", iceberg::SortDirection::kDescending,
                                         iceberg::NullOrder::kLast}}},
                        .target_file_size_bytes = 9,
                        .compression_codec = "gzip",
                        .metrics_modes = {{1, {iceberg::MetricsMode::Kind::kCounts, 4}}}}};
  const WriteTarget back = TargetFrom(Sent(ToJson(part)), schema);
  EXPECT_EQ(back.table_name, "a.b");
  EXPECT_EQ(back.data_location.ToString(), "s3://lake/t/data");
  EXPECT_EQ(back.file_prefix, "p");
  EXPECT_EQ(back.spec, part.target.spec);
  EXPECT_EQ(back.sort_order, part.target.sort_order);
  EXPECT_EQ(back.target_file_size_bytes, 9U);
  EXPECT_EQ(back.compression_codec, "gzip");
  EXPECT_EQ(back.metrics_modes, part.target.metrics_modes);
}

TEST(CallCodec, ANewTableComesBackWhole) {
  NewTable made;
  made.schema.fields = {{1, "id", false, {.kind = iceberg::TypeKind::kLong}, {}}};
  made.left_out = {"a", "\xff"};
  const NewTable back = NewTableFrom(Sent(ToJson(made)));
  EXPECT_EQ(back.schema, made.schema);
  EXPECT_EQ(back.left_out, made.left_out);
}

TEST(CallCodec, WhatIsNotOfTheShapeThrows) {
  EXPECT_ANY_THROW(DataFilesFrom(Json::parse(R"([{"content": 0}])")));
  EXPECT_ANY_THROW(QueryFrom(Json::parse(R"({"sql": 1})")));
  EXPECT_ANY_THROW(FileRefFrom(Json::parse("[]")));
}

}  // namespace
}  // namespace eider::engine
