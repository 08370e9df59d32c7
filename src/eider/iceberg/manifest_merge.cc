// Bin packing with a look-back of one: a manifest goes into the bin of its older neighbour or opens
// the next, so that the order of files in the table stays as it is.
#include "eider/iceberg/manifest_merge.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace eider::iceberg {

MergePolicy MergePolicyOf(const TableMetadata& table) {
  MergePolicy policy;
  policy.enabled = table.PropertyAsBool("commit.manifest-merge.enabled", policy.enabled);
  policy.target_size_bytes =
      table.PropertyAsInt("commit.manifest.target-size-bytes", policy.target_size_bytes);
  policy.min_count_to_merge =
      table.PropertyAsInt("commit.manifest.min-count-to-merge", policy.min_count_to_merge);
  return policy;
}

std::vector<ManifestBin> PackManifests(const std::vector<ManifestFile>& manifests,
                                       const MergePolicy& policy) {
  std::vector<ManifestBin> bins;
  std::int64_t room_bytes = 0;  // left in the last bin
  for (std::size_t i = manifests.size(); i-- > 0;) {
    const std::int64_t length = manifests[i].manifest_length;
    if (bins.empty() || length > room_bytes) {
      bins.emplace_back();
      room_bytes = policy.target_size_bytes;
    }
    bins.back().manifests.push_back(manifests[i]);
    room_bytes -= length;
  }
  std::ranges::reverse(bins);
  for (ManifestBin& bin : bins) {
    std::ranges::reverse(bin.manifests);
    bin.merge = policy.enabled && bin.manifests.size() > 1;
  }
  if (!bins.empty() && std::cmp_less(bins.front().manifests.size(), policy.min_count_to_merge)) {
    bins.front().merge = false;
  }
  return bins;
}

std::vector<ManifestEntry> ExistingEntries(std::vector<ManifestEntry> entries) {
  std::erase_if(entries,
                [](const ManifestEntry& entry) { return entry.status == EntryStatus::kDeleted; });
  for (ManifestEntry& entry : entries) entry.status = EntryStatus::kExisting;
  return entries;
}

bool CanMerge(const std::vector<ManifestEntry>& entries) {
  return std::ranges::all_of(entries, [](const ManifestEntry& entry) {
    return entry.status == EntryStatus::kDeleted ||
           (entry.snapshot_id && entry.sequence_number && entry.file_sequence_number);
  });
}

}  // namespace eider::iceberg
