// Manifests as the Amazon S3 User Guide shows them.
#include "eider/worker/inventory_manifest.h"

#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"

namespace eider::worker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Manifest(const std::string& format, const std::string& schema) {
  return fmt::format(
      R"({{"sourceBucket": "example-source-bucket",
           "destinationBucket": "arn:aws:s3:::example-inventory-destination-bucket",
           "version": "2016-11-30", "creationTimestamp": "1514944800000",
           "fileFormat": "{}", "fileSchema": "{}",
           "files": [{{"key": "Inventory/example-source-bucket/2016-11-06T21-32Z/files/939c.csv.gz",
                       "size": 2147483647, "MD5checksum": "F11166069f1990abeb9c97ace9cdfabc"}}]}})",
      format, schema);
}

TEST(InventoryManifest, OfCsvHasColumnsAndFiles) {
  const auto manifest = ParseInventoryManifest(
      Manifest("CSV",
               "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, "
               "StorageClass, IsMultipartUploaded, EncryptionStatus"));
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->source_bucket, "example-source-bucket");
  EXPECT_EQ(manifest->created, TimePoint(Milliseconds(1'514'944'800'000)));
  EXPECT_EQ(manifest->format, InventoryFormat::kCsv);
  EXPECT_THAT(manifest->columns,
              ElementsAre("bucket", "key", "version_id", "is_latest", "is_delete_marker", "size",
                          "last_modified_date", "e_tag", "storage_class", "is_multipart_uploaded",
                          "encryption_status"));
  ASSERT_EQ(manifest->files.size(), 1U);
  EXPECT_EQ(manifest->files[0].uri.ToString(),
            "s3://example-inventory-destination-bucket/Inventory/example-source-bucket/"
            "2016-11-06T21-32Z/files/939c.csv.gz");
  EXPECT_EQ(manifest->files[0].size_bytes, 2'147'483'647U);
  EXPECT_EQ(manifest->files[0].md5, "f11166069f1990abeb9c97ace9cdfabc");
}

TEST(InventoryManifest, OfParquetHasTheFieldsOfItsMessage) {
  const auto manifest = ParseInventoryManifest(Manifest(
      "Parquet",
      "message s3.inventory {  required binary bucket (STRING);  required binary key (STRING);  "
      "optional boolean is_latest;  optional int64 size;  optional int64 last_modified_date "
      "(TIMESTAMP(MILLIS,true));  optional binary e_tag (UTF8);}"));
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->format, InventoryFormat::kParquet);
  EXPECT_THAT(manifest->columns,
              ElementsAre("bucket", "key", "is_latest", "size", "last_modified_date", "e_tag"));
}

TEST(InventoryManifest, WhatCannotBeReadIsTold) {
  const auto refusal = [](const std::string& text) {
    const auto manifest = ParseInventoryManifest(text);
    EXPECT_FALSE(manifest);
    return manifest ? Error{Code::kInternal, ""} : manifest.error();
  };
  EXPECT_EQ(refusal(Manifest("ORC", "struct<bucket:string>")).code, Code::kUnsupported);
  EXPECT_THAT(refusal(Manifest("ORC", "struct<bucket:string>")).message, HasSubstr("CSV or Parq"));
  EXPECT_EQ(refusal(Manifest("CSV", "Bucket, Key, ETag")).code, Code::kInvalid);
  EXPECT_THAT(refusal(Manifest("CSV", "Bucket, Key, ETag")).message, HasSubstr("the field Size"));
  EXPECT_EQ(refusal("{}").code, Code::kCorrupt);
  EXPECT_EQ(refusal("[]").code, Code::kCorrupt);
  EXPECT_FALSE(ParseInventoryManifest("no JSON"));
}

}  // namespace
}  // namespace eider::worker
