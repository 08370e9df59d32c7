// The state of a table, as its metadata file says it: values only, no encoding, no I/O.
//
// Whatever this program does not know (statistics, encryption keys, fields of newer versions) is
// kept as JSON in `unknown` and written back unchanged. Source: Iceberg specification, "Table
// Metadata Fields".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "eider/iceberg/partition_spec.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/snapshot.h"
#include "eider/iceberg/sort_order.h"

namespace eider::iceberg {

struct SnapshotLogEntry {
  std::int64_t timestamp_ms = 0;
  std::int64_t snapshot_id = 0;

  bool operator==(const SnapshotLogEntry&) const = default;
};

struct MetadataLogEntry {
  std::int64_t timestamp_ms = 0;
  std::string metadata_file;  // URI

  bool operator==(const MetadataLogEntry&) const = default;
};

struct SnapshotRef {
  std::int64_t snapshot_id = 0;
  std::string type;                                   // "branch" or "tag"
  nlohmann::json unknown = nlohmann::json::object();  // retention settings

  bool operator==(const SnapshotRef&) const = default;
};

// The branch that is the table's current state. It is in `refs` exactly when there is a current
// snapshot, and then names that one.
inline constexpr std::string_view kMainBranch = "main";

// The newest that this program reads and writes.
inline constexpr int kFormatVersionMax = 3;

struct TableMetadata {
  int format_version = 2;
  std::string table_uuid;
  std::string location;
  std::int64_t last_sequence_number = 0;
  std::int64_t next_row_id = 0;  // of format version 3: no row has this id or a higher one
  std::int64_t last_updated_ms = 0;
  int last_column_id = 0;
  std::vector<Schema> schemas;
  int current_schema_id = 0;
  std::vector<PartitionSpec> partition_specs;
  int default_spec_id = 0;
  int last_partition_id = 999;
  std::vector<SortOrder> sort_orders;
  int default_sort_order_id = 0;
  std::map<std::string, std::string> properties;
  std::optional<std::int64_t> current_snapshot_id;
  std::vector<TableSnapshot> snapshots;
  std::vector<SnapshotLogEntry> snapshot_log;
  std::vector<MetadataLogEntry> metadata_log;
  std::map<std::string, SnapshotRef> refs;
  nlohmann::json unknown = nlohmann::json::object();

  // The current schema and default spec; a parsed or created metadata always has them.
  const Schema& CurrentSchema() const;
  const PartitionSpec& DefaultSpec() const;
  // The default order; a parsed or created metadata always has it.
  const SortOrder& DefaultSortOrder() const;

  // The spec of that id, or null.
  const PartitionSpec* FindSpec(int spec_id) const;

  // The snapshot of that id, or null.
  const Snapshot* FindSnapshot(std::int64_t snapshot_id) const;
  // The current snapshot, or null before the first.
  const Snapshot* CurrentSnapshot() const;

  // The property, or the default; numbers that do not parse count as absent, and only "true" in
  // whatever case is true.
  std::string Property(std::string_view name, std::string_view otherwise) const;
  std::int64_t PropertyAsInt(std::string_view name, std::int64_t otherwise) const;
  bool PropertyAsBool(std::string_view name, bool otherwise) const;

  bool operator==(const TableMetadata&) const = default;
};

// A new, empty table of format version 2, or of 3 where the property `format-version` says so.
// `schema` gets fresh ids (AssignFreshIds), and those are what the spec and the sort order name.
// `write.parquet.compression-codec` is zstd unless `properties` say otherwise, as Java does it.
// Errors: kInvalid (the schema, a column of the spec or the order that is not in it or that the
// transform does not take, or a property `format-version` other than 2 and 3).
struct NewTable {
  Schema schema;
  PartitionSpec spec = {};
  SortOrder sort_order = {};
  std::string location;
  std::string table_uuid;
  std::map<std::string, std::string> properties;
  std::int64_t created_ms = 0;
};

Result<TableMetadata> MakeTableMetadata(const NewTable& table);

// Whether a table is made in the format version that the property names.
bool IsMadeVersion(std::string_view format_version);

}  // namespace eider::iceberg
