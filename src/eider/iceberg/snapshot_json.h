// Snapshots to JSON and back. Source: Iceberg specification, "Appendix C: Snapshot JSON
// Serialization".
//
// Snapshots are nearly all of a long-lived table's metadata file, and the file is read and written
// with every commit: they go between text and values without a tree.
#pragma once

#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/iceberg/json_cursor.h"
#include "eider/iceberg/snapshot.h"

namespace eider::iceberg {

// Reads the array that the cursor stands at, of metadata of that format version; a snapshot of
// version 2 keeps its text. Version 1 has no sequence numbers: they are 0.
// Errors: kCorrupt, as JsonCursor gives them.
Result<std::vector<TableSnapshot>> ReadSnapshots(JsonCursor& cursor, int format_version);

// The snapshot as one JSON object. Format version 1 has no sequence numbers.
std::string SnapshotToJsonText(const Snapshot& snapshot, int format_version);

// Appends the array of all snapshots, by the texts that they have.
void AppendSnapshotsJson(const std::vector<TableSnapshot>& snapshots, int format_version,
                         std::string& out);

}  // namespace eider::iceberg
