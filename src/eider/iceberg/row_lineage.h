// Ids of rows, which format version 3 gives to each of them: manifests get theirs when a list is
// written, data files when a manifest is read.
//
// Source: Iceberg specification, "First Row ID Assignment", "First Row ID Inheritance".
#pragma once

#include <cstdint>
#include <vector>

#include "eider/base/result.h"
#include "eider/iceberg/manifest.h"

namespace eider::iceberg {

// Gives each data manifest without a first id one, from `next_row_id` on and in their order; the
// result is the id behind the last. The counts of the manifests are known. Errors: kCorrupt (there
// are no such ids).
Result<std::int64_t> AssignRowIds(std::int64_t next_row_id, std::vector<ManifestFile>& manifests);

// Gives each live data file without a first id the one that it has by the manifest's. Entries of a
// manifest without one stay as they are.
void InheritRowIds(const ManifestFile& manifest, std::vector<ManifestEntry>& entries);

}  // namespace eider::iceberg
