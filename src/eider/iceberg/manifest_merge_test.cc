// Packing as Java's ManifestMergeManager does it (BinPacking.ListPacker.packEnd, look-back 1).
#include "eider/iceberg/manifest_merge.h"

#include <string>

#include <gtest/gtest.h>

namespace eider::iceberg {
namespace {

// Bins as their manifests' lengths, "+" before those that are merged.
std::string Pack(const std::vector<std::int64_t>& lengths, const MergePolicy& policy) {
  std::vector<ManifestFile> manifests;
  for (const std::int64_t length : lengths) manifests.emplace_back().manifest_length = length;
  std::string text;
  for (const ManifestBin& bin : PackManifests(manifests, policy)) {
    text += bin.merge ? "+(" : "(";
    for (const ManifestFile& manifest : bin.manifests) {
      text += " " + std::to_string(manifest.manifest_length);
    }
    text += " )";
  }
  return text;
}

TEST(Merge, TheNewestBinWaitsForTheMinimumCount) {
  const MergePolicy policy{.target_size_bytes = 100, .min_count_to_merge = 3};
  EXPECT_EQ(Pack({1}, policy), "( 1 )");
  EXPECT_EQ(Pack({1, 2}, policy), "( 1 2 )");
  EXPECT_EQ(Pack({1, 2, 3}, policy), "+( 1 2 3 )");
}

TEST(Merge, PacksFromTheOldestAndMergesOlderBinsAtOnce) {
  const MergePolicy policy{.target_size_bytes = 10, .min_count_to_merge = 100};
  EXPECT_EQ(Pack({3, 4, 5, 5, 9, 2}, policy), "( 3 4 )+( 5 5 )( 9 )( 2 )");
  EXPECT_EQ(Pack({3, 50, 4}, policy), "( 3 )( 50 )( 4 )");
}

TEST(Merge, DisabledMergesNothing) {
  const MergePolicy policy{.enabled = false, .target_size_bytes = 10, .min_count_to_merge = 1};
  EXPECT_EQ(Pack({5, 5, 5, 5}, policy), "( 5 5 )( 5 5 )");
}

TEST(Merge, PolicyComesFromTheTablesProperties) {
  TableMetadata table;
  EXPECT_TRUE(MergePolicyOf(table).enabled);
  EXPECT_EQ(MergePolicyOf(table).target_size_bytes, 8 * 1024 * 1024);
  EXPECT_EQ(MergePolicyOf(table).min_count_to_merge, 100);
  table.properties = {{"commit.manifest-merge.enabled", "false"},
                      {"commit.manifest.target-size-bytes", "5"},
                      {"commit.manifest.min-count-to-merge", "6"}};
  EXPECT_FALSE(MergePolicyOf(table).enabled);
  EXPECT_EQ(MergePolicyOf(table).target_size_bytes, 5);
  EXPECT_EQ(MergePolicyOf(table).min_count_to_merge, 6);
}

TEST(Merge, EntriesBecomeExistingWithTheNumbersTheyHave) {
  ManifestEntry added{.status = EntryStatus::kAdded,
                      .snapshot_id = 1,
                      .sequence_number = 2,
                      .file_sequence_number = 3,
                      .data_file = {}};
  ManifestEntry deleted = added;
  deleted.status = EntryStatus::kDeleted;
  const auto existing = ExistingEntries({deleted, added});
  ASSERT_EQ(existing.size(), 1U);
  added.status = EntryStatus::kExisting;
  EXPECT_TRUE(existing[0] == added);
}

TEST(Merge, NeedsEveryNumberOfLiveEntries) {
  ManifestEntry entry{.status = EntryStatus::kExisting,
                      .snapshot_id = 1,
                      .sequence_number = 2,
                      .file_sequence_number = 3,
                      .data_file = {}};
  EXPECT_TRUE(CanMerge({entry}));
  entry.file_sequence_number.reset();
  EXPECT_FALSE(CanMerge({entry}));
  entry.status = EntryStatus::kDeleted;
  EXPECT_TRUE(CanMerge({entry}));
}

}  // namespace
}  // namespace eider::iceberg
