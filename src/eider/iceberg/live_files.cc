// Manifests in order, until there are rows enough.
#include "eider/iceberg/live_files.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "eider/base/result.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/manifest_avro.h"
#include "eider/iceberg/manifest_files.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::iceberg {

Result<std::vector<DataFile>> ReadLiveFiles(store::ObjectStore& store, const TableMetadata& table,
                                            std::int64_t rows_wanted) {
  std::vector<DataFile> files;
  const Snapshot* current = table.CurrentSnapshot();
  if (current == nullptr) return files;
  EIDER_ASSIGN(const auto manifests, ReadManifestList(store, *current));
  for (const ManifestFile& manifest : manifests) {
    if (manifest.content != ManifestContent::kDeletes) continue;
    EIDER_ASSIGN(const auto entries, ReadManifest(store, manifest));
    if (entries.empty()) continue;
    return Fail(Code::kUnsupported,
                "the table has delete files, which Eider does not apply: its rows would not be the "
                "true ones; read it with PyIceberg, DuckDB or Spark");
  }
  std::int64_t rows = 0;
  for (const ManifestFile& manifest : manifests) {
    if (manifest.content != ManifestContent::kData) continue;
    EIDER_ASSIGN(auto entries, ReadManifest(store, manifest));
    for (ManifestEntry& entry : entries) {
      if (rows >= rows_wanted) return files;
      rows += entry.data_file.record_count;
      files.push_back(std::move(entry.data_file));
    }
  }
  return files;
}

Result<std::vector<DataFile>> ReadCurrentFiles(store::ObjectStore& store,
                                               const TableMetadata& table) {
  std::vector<DataFile> files;
  const Snapshot* current = table.CurrentSnapshot();
  if (current == nullptr) return files;
  EIDER_ASSIGN(const auto manifests, ReadManifestList(store, *current));
  for (Result<DecodedManifest>& manifest : ReadWholeManifests(store, manifests)) {
    if (!manifest) return std::unexpected(std::move(manifest).error());
    for (ManifestEntry& entry : manifest->entries) {
      if (entry.status == EntryStatus::kDeleted) continue;
      files.push_back(std::move(entry.data_file));
    }
  }
  return files;
}

}  // namespace eider::iceberg
