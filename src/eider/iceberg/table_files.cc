// Walking all snapshots, each manifest once.
#include "eider/iceberg/table_files.h"

#include <set>
#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/manifest_files.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::iceberg {

Result<std::vector<std::string>> ListTableFiles(store::ObjectStore& store,
                                                const TableMetadata& table,
                                                const std::string& metadata_location) {
  std::set<std::string> files;
  std::set<std::string> manifests;
  std::set<std::string> lists;
  for (const Snapshot& snapshot : table.snapshots) {
    lists.insert(snapshot.manifest_list);
    EIDER_ASSIGN(const auto listed, ReadManifestList(store, snapshot));
    for (const ManifestFile& manifest : listed) {
      if (!manifests.insert(manifest.manifest_path).second) continue;
      EIDER_ASSIGN(const auto entries, ReadManifest(store, manifest));
      for (const ManifestEntry& entry : entries) files.insert(entry.data_file.file_path);
    }
  }
  std::vector<std::string> all(files.begin(), files.end());
  all.insert(all.end(), manifests.begin(), manifests.end());
  all.insert(all.end(), lists.begin(), lists.end());
  for (const MetadataLogEntry& earlier : table.metadata_log) all.push_back(earlier.metadata_file);
  all.push_back(metadata_location);
  return all;
}

}  // namespace eider::iceberg
