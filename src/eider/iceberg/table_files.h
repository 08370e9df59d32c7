// All files of a table, for whoever removes it.
#pragma once

#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/store/object_store.h"

namespace eider::iceberg {

// The URIs of what the snapshots of the table name, each once: data and delete files, manifests and
// manifest lists; then its metadata files, the current one (`metadata_location`) last.
// Errors: those of ReadManifestList and ReadManifest.
Result<std::vector<std::string>> ListTableFiles(store::ObjectStore& store,
                                                const TableMetadata& table,
                                                const std::string& metadata_location);

}  // namespace eider::iceberg
