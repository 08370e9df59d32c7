#include "eider/iceberg/row_lineage.h"

#include <cstdint>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/iceberg/manifest.h"

namespace eider::iceberg {

// Existing files count as well as added ones: those of before version 3 have no ids yet.
Result<std::int64_t> AssignRowIds(std::int64_t next_row_id, std::vector<ManifestFile>& manifests) {
  for (ManifestFile& manifest : manifests) {
    if (manifest.content != ManifestContent::kData || manifest.first_row_id) continue;
    manifest.first_row_id = next_row_id;
    for (const std::int64_t rows : {manifest.added_rows_count, manifest.existing_rows_count}) {
      if (rows < 0 || rows > std::numeric_limits<std::int64_t>::max() - next_row_id) {
        return Fail(Code::kCorrupt, fmt::format("manifest {} of {} rows cannot get row ids from "
                                                "the table's next-row-id {} on",
                                                manifest.manifest_path, rows, next_row_id));
      }
      next_row_id += rows;
    }
  }
  return next_row_id;
}

void InheritRowIds(const ManifestFile& manifest, std::vector<ManifestEntry>& entries) {
  if (!manifest.first_row_id) return;
  std::int64_t next = *manifest.first_row_id;
  for (ManifestEntry& entry : entries) {
    DataFile& file = entry.data_file;
    if (entry.status == EntryStatus::kDeleted || file.first_row_id) continue;
    file.first_row_id = next;
    next += file.record_count;
  }
}

}  // namespace eider::iceberg
