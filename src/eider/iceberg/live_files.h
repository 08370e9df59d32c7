// The files of a table as it is now, for those who read its rows without an engine of Iceberg.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "eider/base/result.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/store/object_store.h"

namespace eider::iceberg {

// Data files of the current snapshot that together hold at least `rows_wanted` rows, or all of
// them; none before the first snapshot. Errors: kUnsupported (rows are deleted by delete files,
// which are not applied here), those of ReadManifest.
Result<std::vector<DataFile>> ReadLiveFiles(
    store::ObjectStore& store, const TableMetadata& table,
    std::int64_t rows_wanted = std::numeric_limits<std::int64_t>::max());

// All files of the current snapshot, those of deletes too; none before the first snapshot. Errors:
// those of ReadManifest.
Result<std::vector<DataFile>> ReadCurrentFiles(store::ObjectStore& store,
                                               const TableMetadata& table);

}  // namespace eider::iceberg
