// Which manifests an append merges, and what the merged ones hold. Values only, no I/O.
//
// Java's ManifestMergeManager: manifests are packed in their order, from the oldest on, into bins
// of the target size, so that the newest bin is the one that is not full. A bin of several is
// merged; the newest one only once it has reached the minimum count.
#pragma once

#include <cstdint>
#include <vector>

#include "eider/iceberg/manifest.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::iceberg {

struct MergePolicy {
  bool enabled = true;                         // commit.manifest-merge.enabled
  std::int64_t target_size_bytes = 8'388'608;  // commit.manifest.target-size-bytes
  std::int64_t min_count_to_merge = 100;       // commit.manifest.min-count-to-merge
};

MergePolicy MergePolicyOf(const TableMetadata& table);

struct ManifestBin {
  std::vector<ManifestFile> manifests;  // newest first, as given
  bool merge = false;
};

// `manifests`: data manifests of one spec, the one of this append first, then newest first.
std::vector<ManifestBin> PackManifests(const std::vector<ManifestFile>& manifests,
                                       const MergePolicy& policy);

// Entries of a manifest as a merge writes them: deleted ones are dropped, all others become
// EXISTING with the ids and numbers that they have, which must all be there (see CanMerge).
std::vector<ManifestEntry> ExistingEntries(std::vector<ManifestEntry> entries);

// True when every live entry has snapshot id and both sequence numbers.
bool CanMerge(const std::vector<ManifestEntry>& entries);

}  // namespace eider::iceberg
