// Names and bytes of metadata files.
#include "eider/catalog/metadata_file.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eider::catalog {
namespace {

using testing::MatchesRegex;

iceberg::TableMetadata Table(const std::string& codec) {
  iceberg::NewTable table;
  table.schema.fields = {{1, "id", false, {.kind = iceberg::TypeKind::kLong}, {}}};
  table.location = "s3://wh/a/t";
  table.table_uuid = "9c12d441-03fe-4693-9a96-a0705ddf69c1";
  if (!codec.empty()) table.properties["write.metadata.compression-codec"] = codec;
  return *iceberg::MakeTableMetadata(table);
}

// PyIceberg 0.12: MetastoreCatalog._parse_metadata_version(location) + 1.
TEST(MetadataFile, NextVersionFollowsTheName) {
  const std::string uuid = "-6c97e413-d51b-4538-ac70-12fe2a85cb83.metadata.json";
  EXPECT_EQ(NextMetadataVersion("s3://b/t/metadata/00001" + uuid), 2);
  EXPECT_EQ(NextMetadataVersion("s3://b/t/metadata/00000" + uuid), 1);
  EXPECT_EQ(NextMetadataVersion("s3://b/t/metadata/99999" + uuid), 100'000);
  EXPECT_EQ(NextMetadataVersion("s3://b/t/metadata/100000" + uuid), 100'001);
}

TEST(MetadataFile, NamesWithoutAVersionBeginAnew) {
  EXPECT_EQ(NextMetadataVersion("s3://b/t/metadata/v3.metadata.json"), 0);
  EXPECT_EQ(NextMetadataVersion("s3://b/7-t/metadata/metadata.json"), 0);
  EXPECT_EQ(NextMetadataVersion("s3://b/t/metadata/-1-a.metadata.json"), 0);
  EXPECT_EQ(NextMetadataVersion("s3://b/t/metadata/12"), 0);
  EXPECT_EQ(NextMetadataVersion("s3://b/t/99999999999999999999-a.metadata.json"), 0);
  EXPECT_EQ(NextMetadataVersion("s3://b/t/9223372036854775807-a.metadata.json"), 0);
  EXPECT_EQ(NextMetadataVersion(""), 0);
}

TEST(MetadataFile, NameHasFiveDigitsAndAUuid) {
  SeededRandom random(1);
  constexpr const char* kPattern =
      "00042-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\\.metadata\\.json";
  EXPECT_THAT(NewMetadataFileName(Table(""), 42, random), MatchesRegex(kPattern));
  EXPECT_THAT(NewMetadataFileName(Table("none"), 42, random), MatchesRegex(kPattern));
}

TEST(MetadataFile, GzipAsTheTableSays) {
  SeededRandom random(1);
  const iceberg::TableMetadata table = Table("gzip");
  EXPECT_TRUE(NewMetadataFileName(table, 1, random).ends_with(".gz.metadata.json"));
  const std::string bytes = *EncodeMetadataFile(table);
  EXPECT_TRUE(bytes.starts_with("\x1f\x8b"));
  EXPECT_EQ(DecodeMetadataFile(bytes)->table_uuid, table.table_uuid);
  EXPECT_EQ(EncodeMetadataFile(Table(""))->front(), '{');
}

TEST(MetadataFile, DamagedFileIsCorrupt) {
  const std::string bytes = *EncodeMetadataFile(Table("gzip"));
  EXPECT_EQ(DecodeMetadataFile(bytes.substr(0, bytes.size() - 9)).error().code, Code::kCorrupt);
  EXPECT_EQ(DecodeMetadataFile("").error().code, Code::kCorrupt);
  EXPECT_EQ(DecodeMetadataFile("{}").error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace eider::catalog
