// Data files, manifests and manifest lists, as values.
//
// Source: Iceberg specification, "Manifests" and "Manifest Lists". Bounds and partition values are
// in single-value serialization (Appendix D), bounds keyed by field id.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace eider::iceberg {

enum class FileContent : std::uint8_t { kData = 0, kPositionDeletes = 1, kEqualityDeletes = 2 };

// The values of a file's partition, by the fields of its spec, in their order; nothing: null.
using PartitionTuple = std::vector<std::optional<std::string>>;

// What is not known is left out of the maps, never 0.
struct DataFile {
  FileContent content = FileContent::kData;
  std::string file_path;  // URI
  std::string file_format = "PARQUET";
  int spec_id = 0;  // of the partition; the manifest says it for all of its files
  PartitionTuple partition = {};
  std::int64_t record_count = 0;
  std::int64_t file_size_in_bytes = 0;  // exact
  std::map<int, std::int64_t> column_sizes;
  std::map<int, std::int64_t> value_counts;
  std::map<int, std::int64_t> null_value_counts;
  std::map<int, std::int64_t> nan_value_counts;
  std::map<int, std::string> lower_bounds;
  std::map<int, std::string> upper_bounds;
  std::optional<std::string> key_metadata;
  std::vector<std::int64_t> split_offsets;  // ascending
  std::vector<int> equality_ids;
  std::optional<int> sort_order_id;
  std::optional<std::int64_t> first_row_id = {};  // v3; empty in a file: inherited
  std::optional<std::string> referenced_data_file;

  bool operator==(const DataFile&) const = default;
};

enum class EntryStatus : std::uint8_t { kExisting = 0, kAdded = 1, kDeleted = 2 };

struct ManifestEntry {
  EntryStatus status = EntryStatus::kAdded;
  std::optional<std::int64_t> snapshot_id;           // empty: inherited from the manifest
  std::optional<std::int64_t> sequence_number;       // empty: inherited
  std::optional<std::int64_t> file_sequence_number;  // empty: inherited
  DataFile data_file;

  bool operator==(const ManifestEntry&) const = default;
};

enum class ManifestContent : std::uint8_t { kData = 0, kDeletes = 1 };

struct FieldSummary {
  bool contains_null = false;
  std::optional<bool> contains_nan;
  std::optional<std::string> lower_bound;
  std::optional<std::string> upper_bound;

  bool operator==(const FieldSummary&) const = default;
};

// One line of a manifest list.
struct ManifestFile {
  std::string manifest_path;  // URI
  std::int64_t manifest_length = 0;
  int partition_spec_id = 0;
  ManifestContent content = ManifestContent::kData;
  std::int64_t sequence_number = 0;
  std::int64_t min_sequence_number = 0;
  std::int64_t added_snapshot_id = 0;
  // Counts are required in v2; a v1 writer may have left them out (-1: not known).
  int added_files_count = 0;
  int existing_files_count = 0;
  int deleted_files_count = 0;
  std::int64_t added_rows_count = 0;
  std::int64_t existing_rows_count = 0;
  std::int64_t deleted_rows_count = 0;
  std::optional<std::vector<FieldSummary>> partitions;
  std::optional<std::string> key_metadata;
  std::optional<std::int64_t> first_row_id = {};  // v3, of data manifests

  bool operator==(const ManifestFile&) const = default;
};

}  // namespace eider::iceberg
