// The logs of a table, of snapshots and of metadata files, to JSON and back, without a tree.
// Source: Iceberg specification, "Table Metadata Fields".
#pragma once

#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/iceberg/json_cursor.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::iceberg {

// Each reads the array that the cursor stands at. Errors: kCorrupt, as JsonCursor gives them.
Result<std::vector<SnapshotLogEntry>> ReadSnapshotLog(JsonCursor& cursor);
Result<std::vector<MetadataLogEntry>> ReadMetadataLog(JsonCursor& cursor);

// Each appends the array.
void AppendSnapshotLogJson(const std::vector<SnapshotLogEntry>& log, std::string& out);
void AppendMetadataLogJson(const std::vector<MetadataLogEntry>& log, std::string& out);

}  // namespace eider::iceberg
