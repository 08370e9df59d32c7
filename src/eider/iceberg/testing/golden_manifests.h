// For tests: the golden files of tests/golden/manifests, and what fastavro found in them as our
// values. Files and expectations were made by tests/golden/make_manifests.py and
// MakeManifests.java.
#pragma once

#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "eider/codec/hex.h"
#include "eider/iceberg/bounds.h"
#include "eider/iceberg/manifest.h"

namespace eider::iceberg::golden {

inline std::string Bytes(const std::string& file) {
  const std::string path = std::string(EIDER_SOURCE_DIR) + "/tests/golden/manifests/" + file;
  std::ifstream stream(path, std::ios::binary);
  EXPECT_TRUE(stream.good()) << path;
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline nlohmann::json Json(const std::string& file) {
  return nlohmann::json::parse(Bytes(file));
}

inline std::string FromHex(const nlohmann::json& json) {
  return codec::HexDecode(json.get<std::string>()).value();
}

template <typename T>
std::optional<T> Optional(const nlohmann::json& record, const char* name) {
  const auto found = record.find(name);
  if (found == record.end() || found->is_null()) return std::nullopt;
  return found->get<T>();
}

inline std::optional<std::string> OptionalBytes(const nlohmann::json& record, const char* name) {
  if (!Optional<std::string>(record, name)) return std::nullopt;
  return FromHex(record.at(name));
}

inline std::map<int, std::int64_t> Counts(const nlohmann::json& record, const char* name) {
  std::map<int, std::int64_t> counts;
  if (record.at(name).is_null()) return counts;
  for (const auto& entry : record.at(name)) counts[entry.at("key")] = entry.at("value");
  return counts;
}

inline std::map<int, std::string> Bounds(const nlohmann::json& record, const char* name) {
  std::map<int, std::string> bounds;
  if (record.at(name).is_null()) return bounds;
  for (const auto& entry : record.at(name)) bounds[entry.at("key")] = FromHex(entry.at("value"));
  return bounds;
}

inline ManifestEntry Entry(const nlohmann::json& record) {
  ManifestEntry entry;
  entry.status = static_cast<EntryStatus>(record.at("status").get<int>());
  entry.snapshot_id = Optional<std::int64_t>(record, "snapshot_id");
  entry.sequence_number = Optional<std::int64_t>(record, "sequence_number");
  entry.file_sequence_number = Optional<std::int64_t>(record, "file_sequence_number");
  const nlohmann::json& from = record.at("data_file");
  DataFile& file = entry.data_file;
  file.content = static_cast<FileContent>(Optional<int>(from, "content").value_or(0));
  file.file_path = from.at("file_path");
  file.file_format = from.at("file_format");
  // Of the golden files only java_partitioned.avro has a partition, of a column of longs.
  for (const auto& value : from.value("partition", nlohmann::json::object())) {
    file.partition.emplace_back(SerializeLong(value.get<std::int64_t>()));
  }
  file.record_count = from.at("record_count");
  file.file_size_in_bytes = from.at("file_size_in_bytes");
  file.column_sizes = Counts(from, "column_sizes");
  file.value_counts = Counts(from, "value_counts");
  file.null_value_counts = Counts(from, "null_value_counts");
  file.nan_value_counts = Counts(from, "nan_value_counts");
  file.lower_bounds = Bounds(from, "lower_bounds");
  file.upper_bounds = Bounds(from, "upper_bounds");
  file.key_metadata = OptionalBytes(from, "key_metadata");
  using Offsets = std::vector<std::int64_t>;
  file.split_offsets = Optional<Offsets>(from, "split_offsets").value_or(Offsets{});
  file.equality_ids = Optional<std::vector<int>>(from, "equality_ids").value_or(std::vector<int>{});
  file.sort_order_id = Optional<int>(from, "sort_order_id");
  file.referenced_data_file = Optional<std::string>(from, "referenced_data_file");
  return entry;
}

inline std::vector<ManifestEntry> Entries(const std::string& name) {
  std::vector<ManifestEntry> entries;
  const nlohmann::json golden = Json(name + ".json");
  for (const auto& record : golden.at("records")) entries.push_back(Entry(record));
  return entries;
}

inline FieldSummary PartitionSummary(const nlohmann::json& record) {
  return {.contains_null = record.at("contains_null"),
          .contains_nan = Optional<bool>(record, "contains_nan"),
          .lower_bound = OptionalBytes(record, "lower_bound"),
          .upper_bound = OptionalBytes(record, "upper_bound")};
}

inline ManifestFile Manifest(const nlohmann::json& record) {
  ManifestFile file;
  file.manifest_path = record.at("manifest_path");
  file.manifest_length = record.at("manifest_length");
  file.partition_spec_id = record.at("partition_spec_id");
  file.content = static_cast<ManifestContent>(Optional<int>(record, "content").value_or(0));
  file.sequence_number = Optional<std::int64_t>(record, "sequence_number").value_or(0);
  file.min_sequence_number = Optional<std::int64_t>(record, "min_sequence_number").value_or(0);
  file.added_snapshot_id = record.at("added_snapshot_id");
  file.added_files_count = Optional<int>(record, "added_files_count").value_or(-1);
  file.existing_files_count = Optional<int>(record, "existing_files_count").value_or(-1);
  file.deleted_files_count = Optional<int>(record, "deleted_files_count").value_or(-1);
  file.added_rows_count = Optional<std::int64_t>(record, "added_rows_count").value_or(-1);
  file.existing_rows_count = Optional<std::int64_t>(record, "existing_rows_count").value_or(-1);
  file.deleted_rows_count = Optional<std::int64_t>(record, "deleted_rows_count").value_or(-1);
  if (!record.at("partitions").is_null()) {
    file.partitions.emplace();
    for (const auto& summary : record.at("partitions")) {
      file.partitions->push_back(PartitionSummary(summary));
    }
  }
  file.key_metadata = OptionalBytes(record, "key_metadata");
  return file;
}

inline std::vector<ManifestFile> Manifests(const std::string& name) {
  std::vector<ManifestFile> manifests;
  const nlohmann::json golden = Json(name + ".json");
  for (const auto& record : golden.at("records")) {
    manifests.push_back(Manifest(record));
  }
  return manifests;
}

}  // namespace eider::iceberg::golden
