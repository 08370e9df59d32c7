// What must agree inside table metadata, whoever wrote it.
#pragma once

#include "eider/base/result.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::iceberg {

// Ids are unique and name something: the current schema, the default spec and sort order, the
// snapshots of refs and `main`, which is the current snapshot; no snapshot is beyond the last
// sequence number. Errors: kCorrupt with the JSON path of the field that is wrong.
Status CheckTableMetadata(const TableMetadata& metadata);

}  // namespace eider::iceberg
