// Files go where the table's properties say.
#include "eider/iceberg/locations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/iceberg/table_metadata.h"

namespace eider::iceberg {
namespace {

TEST(Locations, AreBelowTheTableByDefault) {
  TableMetadata table;
  table.location = "s3://lake/bronze/orders";
  EXPECT_EQ(MetadataFolder(table)->ToString(), "s3://lake/bronze/orders/metadata");
  EXPECT_EQ(DataFolder(table, "x")->ToString(), "s3://lake/bronze/orders/data");
}

TEST(Locations, FollowTheWritePaths) {
  TableMetadata table;
  table.location = "file:///lake/t";
  table.properties = {{"write.metadata.path", "file:///meta"}, {"write.data.path", "s3://d/t/"}};
  EXPECT_EQ(MetadataFolder(table)->ToString(), "file:///meta");
  EXPECT_EQ(DataFolder(table, "x")->ToString(), "s3://d/t/");
}

TEST(Locations, ObjectStorageLayoutSpreadsByTheNamesHash) {
  TableMetadata table;
  table.location = "s3://lake/t";
  table.properties = {{"write.object-storage.enabled", "true"}};
  // printf x | sha256sum: 2d711642b726b044… ; the first five digits are 0010 1101 0111 0001 0001.
  EXPECT_EQ(DataFolder(table, "x")->ToString(), "s3://lake/t/data/0010/1101/0111/00010001");
}

TEST(Locations, RefuseALocationThatIsNone) {
  TableMetadata table;
  table.location = "hdfs://name/t";
  EXPECT_EQ(MetadataFolder(table).error().code, Code::kInvalid);
}

}  // namespace
}  // namespace eider::iceberg
