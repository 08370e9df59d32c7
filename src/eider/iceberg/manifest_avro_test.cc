// Manifests of Java and PyIceberg read whole, and ours read back.
#include "eider/iceberg/manifest_avro.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "eider/codec/avro_reader.h"
#include "eider/codec/avro_writer.h"
#include "eider/iceberg/bounds.h"
#include "eider/iceberg/manifest_schema.h"
#include "eider/iceberg/partition.h"
#include "eider/iceberg/testing/golden_manifests.h"

namespace eider::iceberg {
namespace {

Schema SomeSchema() {
  return {.schema_id = 3,
          .fields = {{.id = 1, .name = "a", .type = {.kind = TypeKind::kLong}}},
          .identifier_field_ids = {}};
}

// An entry that uses every field.
ManifestEntry FullEntry() {
  ManifestEntry entry;
  entry.status = EntryStatus::kExisting;
  entry.snapshot_id = 9'007'199'254'740'993;  // beyond 2^53
  entry.sequence_number = 7;
  entry.file_sequence_number = 5;
  entry.data_file = {.file_path = "s3://b/k '*🦆.parquet",
                     .record_count = 4'000'000'000,
                     .file_size_in_bytes = 5'000'000'000,
                     .column_sizes = {{1, 10}, {1000, 11}},
                     .value_counts = {{1, 12}},
                     .null_value_counts = {{1, 0}},
                     .nan_value_counts = {{1, 13}},
                     .lower_bounds = {{1, std::string("\0\xff", 2)}},
                     .upper_bounds = {{1, ""}},
                     .key_metadata = std::string("\x00\x01", 2),
                     .split_offsets = {4, 134'217'728},
                     .equality_ids = {1},
                     .sort_order_id = 2,
                     .referenced_data_file = "s3://b/other.parquet"};
  return entry;
}

class GoldenManifest : public testing::TestWithParam<const char*> {};

TEST_P(GoldenManifest, ReadsEveryFieldAsFastavroDoes) {
  const auto entries = DecodeManifest(golden::Bytes(std::string(GetParam()) + ".avro"));
  ASSERT_TRUE(entries) << entries.error().message;
  const auto expected = golden::Entries(GetParam());
  ASSERT_FALSE(expected.empty());
  ASSERT_EQ(entries->size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE((*entries)[i] == expected[i]) << "entry " << i << " of " << GetParam();
  }
}

INSTANTIATE_TEST_SUITE_P(All, GoldenManifest,
                         testing::Values("java_added", "java_merged", "java_partitioned",
                                         "pyiceberg_added", "pyiceberg_merged", "v1_manifest"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Manifest, GoldenFilesHaveWhatTheTestsRelyOn) {
  const auto added = golden::Entries("java_added");
  ASSERT_EQ(added.size(), 1U);
  EXPECT_EQ(added[0].data_file.nan_value_counts.at(2), 2);
  EXPECT_EQ(added[0].data_file.split_offsets, (std::vector<std::int64_t>{4, 600}));
  EXPECT_EQ(added[0].data_file.key_metadata, std::string("\x00\xff\x07", 3));
  const auto merged = golden::Entries("java_merged");
  ASSERT_EQ(merged.size(), 2U);
  EXPECT_EQ(merged[1].status, EntryStatus::kExisting);
  EXPECT_EQ(merged[1].sequence_number, 1);
}

TEST(Manifest, ReadsBackWhatItWrote) {
  ManifestEntry added;
  added.data_file.file_path = "file:///w/a.parquet";
  const auto bytes =
      EncodeManifest(SomeSchema(), {.spec_id = 0, .fields = {}}, {}, {FullEntry(), added}, 2);
  ASSERT_TRUE(bytes) << bytes.error().message;
  const auto whole = DecodeWholeManifest(*bytes);
  ASSERT_TRUE(whole) << whole.error().message;
  ASSERT_EQ(whole->entries.size(), 2U);
  EXPECT_TRUE(whole->entries[0] == FullEntry());
  EXPECT_TRUE(whole->entries[1] == added);
  EXPECT_TRUE(whole->complete);
}

TEST(Manifest, HeaderIsThatOfTheSpecification) {
  const auto bytes = EncodeManifest(SomeSchema(), {.spec_id = 4, .fields = {}}, {}, {}, 2);
  ASSERT_TRUE(bytes);
  const auto reader = codec::AvroReader::Open(*bytes);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->Metadata("format-version"), "2");
  EXPECT_EQ(reader->Metadata("content"), "data");
  EXPECT_EQ(reader->Metadata("partition-spec"), "[]");
  EXPECT_EQ(reader->Metadata("partition-spec-id"), "4");
  EXPECT_EQ(reader->Metadata("schema-id"), "3");
  EXPECT_EQ(reader->Metadata("avro.codec"), "deflate");
  EXPECT_EQ(nlohmann::json::parse(*reader->Metadata("schema")),
            nlohmann::json::parse(R"({"type":"struct","schema-id":3,"fields":[
                {"id":1,"name":"a","required":false,"type":"long"}]})"));
  // Whatever Java puts into its header is in ours too.
  const auto java = golden::Json("java_added.json").at("header");
  for (const auto& [key, value] : java.items()) EXPECT_TRUE(reader->Metadata(key)) << key;
}

std::vector<PartitionColumn> ByA() {
  return {{1000,
           "a",
           {TransformKind::kIdentity},
           SomeSchema().fields[0],
           "a",
           Type{.kind = TypeKind::kLong}}};
}

TEST(Manifest, OfJavaKeepsItsPartitions) {
  const auto java = DecodeWholeManifest(golden::Bytes("java_partitioned.avro"));
  ASSERT_TRUE(java);
  EXPECT_TRUE(java->complete);
  ASSERT_EQ(java->entries.size(), 2U);
  EXPECT_EQ(java->entries[0].data_file.partition, PartitionTuple{SerializeLong(7)});
  EXPECT_EQ(java->entries[1].data_file.partition, PartitionTuple{SerializeLong(-7)});
  const PartitionSpec spec{.spec_id = 1, .fields = {{1, 1000, "a", "identity"}}};
  const auto bytes = EncodeManifest(SomeSchema(), spec, ByA(), java->entries, 2);
  ASSERT_TRUE(bytes) << bytes.error().message;
  const auto again = DecodeWholeManifest(*bytes);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->entries, java->entries);
  EXPECT_EQ(nlohmann::json::parse(*codec::AvroReader::Open(*bytes)->Metadata("partition-spec")),
            nlohmann::json::parse(golden::Json("java_partitioned.json")
                                      .at("header")
                                      .at("partition-spec")
                                      .get<std::string>()));
}

TEST(Manifest, RefusesAnEntryOfAnotherSpec) {
  const auto bytes = EncodeManifest(SomeSchema(), {}, ByA(), {FullEntry()}, 2);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, Code::kInvalid);
}

// A manifest like ours with one more field in data_file.
std::string WithExtraField(const codec::AvroValue& extra) {
  nlohmann::json schema =
      nlohmann::json::parse(ManifestEntryAvroSchema(PartitionAvroSchema({}), 2));
  schema["fields"][4]["type"]["fields"].push_back(nlohmann::json::parse(
      R"({"name":"extra","type":["null","long"],"default":null,"field-id":4711})"));
  auto ours = EncodeManifest(SomeSchema(), {}, {}, {FullEntry()}, 2).value();
  auto reader = codec::AvroReader::Open(ours).value();
  codec::AvroValue record = reader.Next().value().value();
  record.If<codec::AvroRecord>()->fields[4].If<codec::AvroRecord>()->fields.push_back(extra);
  auto writer = codec::AvroWriter::Create(schema.dump(), {{"format-version", "2"}}).value();
  EXPECT_TRUE(writer.Append(record));
  return std::move(writer).Finish().value();
}

TEST(Manifest, AnUnknownFieldMakesItIncompleteWhereItHasAValue) {
  const auto with_value = DecodeWholeManifest(WithExtraField(std::int64_t{1}));
  ASSERT_TRUE(with_value) << with_value.error().message;
  EXPECT_FALSE(with_value->complete);
  EXPECT_TRUE(with_value->entries.at(0) == FullEntry());
  EXPECT_TRUE(DecodeWholeManifest(WithExtraField({}))->complete);
}

std::string FileOf(const char* schema, codec::AvroValue record, const char* version = "2") {
  auto writer = codec::AvroWriter::Create(schema, {{"format-version", version}}).value();
  const Status appended = writer.Append(record);
  EXPECT_TRUE(appended) << appended.error().message;
  return std::move(writer).Finish().value();
}

TEST(Manifest, BrokenFilesAreErrorsThatSayWhere) {
  EXPECT_EQ(DecodeManifest("").error().code, Code::kCorrupt);
  EXPECT_EQ(DecodeManifest("PAR1").error().code, Code::kCorrupt);
  const std::string whole = golden::Bytes("java_added.avro");
  EXPECT_EQ(DecodeManifest(whole.substr(0, whole.size() - 20)).error().code, Code::kCorrupt);

  const auto no_file = DecodeManifest(FileOf(
      R"({"type":"record","name":"e","fields":[{"name":"status","type":"int","field-id":0}]})",
      codec::AvroRecord{{0}}));
  ASSERT_FALSE(no_file);
  EXPECT_EQ(no_file.error().code, Code::kCorrupt);

  const char* const short_file = R"({"type":"record","name":"e","fields":[
      {"name":"status","type":"int","field-id":0},
      {"name":"data_file","field-id":2,"type":{"type":"record","name":"r2","fields":[
          {"name":"file_path","type":"string","field-id":100}]}}]})";
  const auto missing =
      DecodeManifest(FileOf(short_file, codec::AvroRecord{{1, codec::AvroRecord{{"p"}}}}));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kCorrupt);
  EXPECT_NE(missing.error().message.find("manifest entry 0"), std::string::npos);
  EXPECT_NE(missing.error().message.find("record_count"), std::string::npos);

  const auto bad_status =
      DecodeManifest(FileOf(short_file, codec::AvroRecord{{3, codec::AvroRecord{{"p"}}}}));
  EXPECT_NE(bad_status.error().message.find("`status` is none of 0, 1, 2: 3"), std::string::npos);
  const auto version_4 =
      DecodeManifest(FileOf(short_file, codec::AvroRecord{{1, codec::AvroRecord{{"p"}}}}, "4"));
  EXPECT_EQ(version_4.error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace eider::iceberg
