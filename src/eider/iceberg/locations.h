// Where a table's files go, as its properties say.
#pragma once

#include <string_view>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::iceberg {

// The folder of metadata files, manifests and manifest lists: `write.metadata.path`, else
// <location>/metadata. Errors: kInvalid (no location we can write to).
Result<Uri> MetadataFolder(const TableMetadata& table);

// The folder for data files that share the unique name `prefix`: `write.data.path`, else
// <location>/data. With `write.object-storage.enabled`, folders made of the name's hash stand
// between, so that the objects spread over the store's partitions. Errors: kInvalid.
Result<Uri> DataFolder(const TableMetadata& table, std::string_view prefix);

}  // namespace eider::iceberg
