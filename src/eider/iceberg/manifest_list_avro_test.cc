// Manifest lists of Java and PyIceberg read whole, and ours read back.
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "eider/codec/avro_reader.h"
#include "eider/iceberg/manifest_avro.h"
#include "eider/iceberg/testing/golden_manifests.h"

namespace eider::iceberg {
namespace {

ManifestFile FullManifest() {
  ManifestFile manifest;
  manifest.manifest_path = "s3://b/metadata/m0.avro";
  manifest.manifest_length = 5'000'000'000;
  manifest.partition_spec_id = 2;
  manifest.content = ManifestContent::kDeletes;
  manifest.sequence_number = 9;
  manifest.min_sequence_number = 3;
  manifest.added_snapshot_id = 9'007'199'254'740'993;
  manifest.added_files_count = 1;
  manifest.existing_files_count = 2;
  manifest.deleted_files_count = 3;
  manifest.added_rows_count = 4'000'000'000;
  manifest.existing_rows_count = 5;
  manifest.deleted_rows_count = 6;
  manifest.partitions = {{.contains_null = true,
                          .contains_nan = false,
                          .lower_bound = std::string("\0", 1),
                          .upper_bound = std::nullopt},
                         {}};
  manifest.key_metadata = "key";
  return manifest;
}

class GoldenList : public testing::TestWithParam<const char*> {};

TEST_P(GoldenList, ReadsEveryFieldAsFastavroDoes) {
  const auto manifests = DecodeManifestList(golden::Bytes(std::string(GetParam()) + ".avro"));
  ASSERT_TRUE(manifests) << manifests.error().message;
  const auto expected = golden::Manifests(GetParam());
  ASSERT_FALSE(expected.empty());
  EXPECT_TRUE(*manifests == expected);
}

INSTANTIATE_TEST_SUITE_P(All, GoldenList,
                         testing::Values("java_list", "java_partitioned_list", "pyiceberg_list",
                                         "v1_list"),
                         [](const auto& test) { return std::string(test.param); });

TEST(ManifestList, ReadsBackWhatItWrote) {
  ManifestFile plain;
  plain.manifest_path = "file:///w/m1.avro";
  plain.partitions.emplace();
  ManifestFile without_partitions;
  without_partitions.manifest_path = "file:///w/m2.avro";
  const std::vector<ManifestFile> manifests = {FullManifest(), plain, without_partitions};
  const auto bytes = EncodeManifestList(ManifestListHeader{}, manifests);
  ASSERT_TRUE(bytes) << bytes.error().message;
  const auto decoded = DecodeManifestList(*bytes);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_TRUE(*decoded == manifests);
}

TEST(ManifestList, HeaderNamesSnapshotAndParent) {
  const ManifestListHeader header{
      .snapshot_id = 9'007'199'254'740'993, .parent_snapshot_id = 12, .sequence_number = 4};
  const auto bytes = EncodeManifestList(header, {});
  const auto reader = codec::AvroReader::Open(*bytes);
  EXPECT_EQ(reader->Metadata("snapshot-id"), "9007199254740993");
  EXPECT_EQ(reader->Metadata("parent-snapshot-id"), "12");
  EXPECT_EQ(reader->Metadata("sequence-number"), "4");
  EXPECT_EQ(reader->Metadata("format-version"), "2");
  const auto java = golden::Json("java_list.json").at("header");
  for (const auto& [key, value] : java.items()) EXPECT_TRUE(reader->Metadata(key)) << key;
}

// Java and PyIceberg write the text "null" (SnapshotProducer, ManifestListWriterV2).
TEST(ManifestList, FirstSnapshotHasTheParentNull) {
  const auto bytes = EncodeManifestList(ManifestListHeader{}, {});
  EXPECT_EQ(codec::AvroReader::Open(*bytes)->Metadata("parent-snapshot-id"), "null");
  EXPECT_EQ(golden::Json("java_partitioned_list.json").at("header").at("parent-snapshot-id"),
            "null");
}

TEST(ManifestList, BrokenFilesAreErrors) {
  EXPECT_EQ(DecodeManifestList("").error().code, Code::kCorrupt);
  const auto manifest_as_list = DecodeManifestList(golden::Bytes("java_added.avro"));
  ASSERT_FALSE(manifest_as_list);
  EXPECT_EQ(manifest_as_list.error().code, Code::kCorrupt);
  EXPECT_NE(manifest_as_list.error().message.find("manifest list entry 0"), std::string::npos);
}

}  // namespace
}  // namespace eider::iceberg
