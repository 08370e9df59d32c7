// The numbers are those of the specification's "Row lineage example".
#include "eider/iceberg/row_lineage.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/iceberg/manifest.h"

namespace eider::iceberg {
namespace {

ManifestFile Manifest(std::int64_t added_rows, std::int64_t existing_rows) {
  ManifestFile manifest;
  manifest.added_rows_count = added_rows;
  manifest.existing_rows_count = existing_rows;
  return manifest;
}

ManifestEntry Entry(EntryStatus status, std::int64_t rows,
                    std::optional<std::int64_t> first_row_id = {}) {
  ManifestEntry entry;
  entry.status = status;
  entry.data_file.record_count = rows;
  entry.data_file.first_row_id = first_row_id;
  return entry;
}

TEST(RowLineage, ManifestsWithoutIdsGetThoseBehindTheTables) {
  std::vector<ManifestFile> manifests = {Manifest(75, 0), Manifest(100, 25), Manifest(0, 100),
                                         Manifest(125, 25)};
  manifests[0].first_row_id = 925;
  EXPECT_EQ(AssignRowIds(1000, manifests).value(), 1375);
  EXPECT_EQ(manifests[0].first_row_id, 925);
  EXPECT_EQ(manifests[1].first_row_id, 1000);
  EXPECT_EQ(manifests[2].first_row_id, 1125);
  EXPECT_EQ(manifests[3].first_row_id, 1225);
}

TEST(RowLineage, ManifestsOfDeleteFilesGetNone) {
  std::vector<ManifestFile> manifests = {Manifest(75, 0)};
  manifests[0].content = ManifestContent::kDeletes;
  EXPECT_EQ(AssignRowIds(1000, manifests).value(), 1000);
  EXPECT_FALSE(manifests[0].first_row_id);
}

TEST(RowLineage, IdsThatAreNoNumbersOfTheFormatAreRefused) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  std::vector<ManifestFile> manifests = {Manifest(75, 25)};
  EXPECT_EQ(AssignRowIds(kMax - 99, manifests).error().code, Code::kCorrupt);
  manifests = {Manifest(75, 25)};
  EXPECT_EQ(AssignRowIds(kMax - 100, manifests).value(), kMax);
  manifests = {Manifest(-1, 0)};
  EXPECT_EQ(AssignRowIds(0, manifests).error().code, Code::kCorrupt);
}

TEST(RowLineage, FilesWithoutIdsGetThemInTheirOrder) {
  ManifestFile manifest;
  manifest.first_row_id = 1000;
  std::vector<ManifestEntry> entries = {Entry(EntryStatus::kExisting, 25, 800),
                                        Entry(EntryStatus::kAdded, 50),
                                        Entry(EntryStatus::kAdded, 50)};
  InheritRowIds(manifest, entries);
  EXPECT_EQ(entries[0].data_file.first_row_id, 800);
  EXPECT_EQ(entries[1].data_file.first_row_id, 1000);
  EXPECT_EQ(entries[2].data_file.first_row_id, 1050);
}

TEST(RowLineage, FilesOfAManifestWithoutAnIdKeepNone) {
  std::vector<ManifestEntry> entries = {Entry(EntryStatus::kAdded, 50)};
  InheritRowIds(ManifestFile{}, entries);
  EXPECT_FALSE(entries[0].data_file.first_row_id);
}

}  // namespace
}  // namespace eider::iceberg
