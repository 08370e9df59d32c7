// A change to a table as values: what must hold, and what to do; applied by one pure function.
//
// Names follow the REST specification's TableRequirement and TableUpdate, so that a REST catalog
// can send them and a pointer catalog can apply them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "eider/base/result.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::iceberg {

struct AssertTableUuid {
  std::string uuid;
};

struct AssertRefSnapshotId {
  std::string ref;
  std::optional<std::int64_t> snapshot_id;  // empty: the ref must not exist
};

struct AssertCurrentSchemaId {
  int schema_id = 0;
};

struct AssertLastAssignedFieldId {
  int field_id = 0;
};

using TableRequirement = std::variant<AssertTableUuid, AssertRefSnapshotId, AssertCurrentSchemaId,
                                      AssertLastAssignedFieldId>;

// A schema of an id that the table does not have, and the highest field id from then on.
struct AddSchema {
  Schema schema;
  int last_column_id = 0;
};

struct SetCurrentSchema {
  int schema_id = 0;
};

// The snapshot's timestamp is raised when it lies before the table's.
struct AddSnapshot {
  Snapshot snapshot;
};

// Replaces the ref, its retention settings too: MoveBranch keeps them.
struct SetSnapshotRef {
  std::string ref;
  SnapshotRef target;
};

// To a higher one, never to a lower.
struct UpgradeFormatVersion {
  int format_version = 0;
};

using TableUpdate =
    std::variant<AddSchema, SetCurrentSchema, AddSnapshot, SetSnapshotRef, UpgradeFormatVersion>;

struct TableChange {
  std::vector<TableRequirement> requirements;
  std::vector<TableUpdate> updates;
  // Paths that it adds to the table, and that may be on their way yet (ObjectStore::PutSoon).
  std::vector<std::string> new_files = {};
};

// Lets `branch` point at the snapshot, with the retention settings that it has in `base`.
SetSnapshotRef MoveBranch(const TableMetadata& base, const std::string& branch,
                          std::int64_t snapshot_id);

// `now_ms`, or the latest time in `base` where that is later: a table's time never goes back.
std::int64_t NextTimestampMs(const TableMetadata& base, std::int64_t now_ms);

// Checks the requirements against `base`, then returns the changed metadata.
// `base_metadata_location` goes into the metadata log, which keeps as many files as
// `write.metadata.previous-versions-max` (100) says; `now_ms` never makes time go back.
// Errors: kConflict (a requirement does not hold), kInvalid (an update that cannot be).
struct ChangeContext {
  std::string base_metadata_location;
  std::int64_t now_ms = 0;
};

Result<TableMetadata> ApplyChange(const TableMetadata& base, const TableChange& change,
                                  const ChangeContext& context);

// The metadata files that `next` no longer has in its log: garbage once `next` is current, where
// `write.metadata.delete-after-commit.enabled` holds.
std::vector<std::string> ExpiredMetadataFiles(const TableMetadata& base, const TableMetadata& next);

}  // namespace eider::iceberg
