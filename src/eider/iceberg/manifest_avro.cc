// Manifests: a header that names schema and spec, then one record per entry.
//
// Reading goes through the fields that the file has and dispatches on their ids; a field that is
// not there keeps the default of the specification.
#include "eider/iceberg/manifest_avro.h"

#include <cstddef>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "eider/codec/avro_reader.h"
#include "eider/codec/avro_value.h"
#include "eider/codec/avro_writer.h"
#include "eider/codec/json.h"
#include "eider/iceberg/avro_field.h"
#include "eider/iceberg/manifest_schema.h"
#include "eider/iceberg/partition.h"
#include "eider/iceberg/partition_spec_json.h"
#include "eider/iceberg/schema_json.h"

namespace eider::iceberg {
namespace {

using codec::AvroArray;
using codec::AvroNode;
using codec::AvroRecord;
using codec::AvroValue;

constexpr int kDataFileId = 2;
constexpr int kPartitionId = 102;

// What is not known is null, and an empty map knows nothing.
template <typename T>
AvroValue MapOrNull(const std::map<int, T>& map) {
  if (map.empty()) return {};
  AvroArray array;
  array.items.reserve(map.size());
  for (const auto& [key, value] : map) {
    AvroRecord entry;
    entry.fields.reserve(2);
    entry.fields.emplace_back(key);
    entry.fields.emplace_back(value);
    array.items.emplace_back(std::move(entry));
  }
  return array;
}

template <typename T>
AvroValue ListOrNull(const std::vector<T>& list) {
  if (list.empty()) return {};
  AvroArray array;
  array.items.assign(list.begin(), list.end());
  return array;
}

// What version 1 asks for and nobody reads; Java's.
constexpr std::int64_t kBlockSizeBytes = 64LL << 20U;

AvroValue DataFileToAvro(const DataFile& file, AvroValue partition, int format_version) {
  AvroRecord record;
  auto& fields = record.fields;  // in the order of ManifestEntryAvroSchema
  fields.reserve(18);
  if (format_version > 1) fields.emplace_back(static_cast<int>(file.content));
  fields.emplace_back(file.file_path);
  fields.emplace_back(file.file_format);
  fields.push_back(std::move(partition));
  fields.emplace_back(file.record_count);
  fields.emplace_back(file.file_size_in_bytes);
  if (format_version == 1) fields.emplace_back(kBlockSizeBytes);
  fields.push_back(MapOrNull(file.column_sizes));
  fields.push_back(MapOrNull(file.value_counts));
  fields.push_back(MapOrNull(file.null_value_counts));
  fields.push_back(MapOrNull(file.nan_value_counts));
  fields.push_back(MapOrNull(file.lower_bounds));
  fields.push_back(MapOrNull(file.upper_bounds));
  fields.push_back(OrNull(file.key_metadata));
  fields.push_back(ListOrNull(file.split_offsets));
  if (format_version > 1) fields.push_back(ListOrNull(file.equality_ids));
  fields.push_back(OrNull(file.sort_order_id));
  if (format_version > 2) fields.push_back(OrNull(file.first_row_id));
  if (format_version > 1) fields.push_back(OrNull(file.referenced_data_file));
  return record;
}

Result<AvroValue> EntryToAvro(const ManifestEntry& entry,
                              const std::vector<PartitionColumn>& columns, int format_version) {
  EIDER_ASSIGN(AvroValue partition, PartitionToAvro(columns, entry.data_file.partition));
  AvroRecord record;
  record.fields.reserve(5);
  record.fields.emplace_back(static_cast<int>(entry.status));
  record.fields.push_back(OrNull(entry.snapshot_id));
  if (format_version > 1) {
    record.fields.push_back(OrNull(entry.sequence_number));
    record.fields.push_back(OrNull(entry.file_sequence_number));
  }
  record.fields.push_back(DataFileToAvro(entry.data_file, std::move(partition), format_version));
  return AvroValue(std::move(record));
}

// The ids of the fields by position, found once per file.
struct EntryLayout {
  std::vector<int> entry_ids;
  std::vector<int> file_ids;
  const AvroNode* partition = nullptr;  // of a file that has one
};

Result<EntryLayout> LayoutOf(const AvroNode& root) {
  if (root.type != codec::AvroType::kRecord) {
    return Fail(Code::kCorrupt, fmt::format("a manifest holds records, but this file holds {}",
                                            codec::AvroTypeName(root.type)));
  }
  const auto data_file = root.FieldById(kDataFileId);
  if (!data_file) return Fail(Code::kCorrupt, "the records have no field 2 (data_file)");
  const AvroNode& file = root.fields[*data_file].type->NonNull();
  EntryLayout layout{.entry_ids = FieldIds(root), .file_ids = FieldIds(file)};
  if (const auto partition = file.FieldById(kPartitionId)) {
    layout.partition = &file.fields[*partition].type->NonNull();
  }
  return layout;
}

Result<FileContent> ContentOf(const AvroValue& value) {
  EIDER_ASSIGN(const int number, IntOf(value, "content"));
  if (number < 0 || number > 2) {
    return Fail(Code::kCorrupt, fmt::format("`content` of a file is none of 0, 1, 2: {}", number));
  }
  return static_cast<FileContent>(number);
}

// True once `value` stands in `target`.
template <typename T, typename Value>
Result<bool> Put(T& target, Result<Value> value) {
  if (!value) return std::unexpected(std::move(value).error());
  target = *std::move(value);
  return true;
}

// Puts one field into `file`. False: the field says what this program cannot keep.
Result<bool> ReadFileField(int id, AvroValue& value, DataFile& file) {
  switch (id) {
    case 134:
      return Put(file.content, ContentOf(value));
    case 100:
      return Put(file.file_path, TakeString(value, "file_path"));
    case 101:
      return Put(file.file_format, TakeString(value, "file_format"));
    case 103:
      return Put(file.record_count, LongOf(value, "record_count"));
    case 104:
      return Put(file.file_size_in_bytes, LongOf(value, "file_size_in_bytes"));
    case 108:
      return Put(file.column_sizes, LongMapOf(value, "column_sizes"));
    case 109:
      return Put(file.value_counts, LongMapOf(value, "value_counts"));
    case 110:
      return Put(file.null_value_counts, LongMapOf(value, "null_value_counts"));
    case 137:
      return Put(file.nan_value_counts, LongMapOf(value, "nan_value_counts"));
    case 125:
      return Put(file.lower_bounds, TakeStringMap(value, "lower_bounds"));
    case 128:
      return Put(file.upper_bounds, TakeStringMap(value, "upper_bounds"));
    case 131:
      return Put(file.key_metadata, TakeString(value, "key_metadata"));
    case 132:
      return Put(file.split_offsets, LongsOf(value, "split_offsets"));
    case 135:
      return Put(file.equality_ids, IntsOf(value, "equality_ids"));
    case 140:
      return Put(file.sort_order_id, IntOf(value, "sort_order_id"));
    case 142:
      return Put(file.first_row_id, LongOf(value, "first_row_id"));
    case 143:
      return Put(file.referenced_data_file, TakeString(value, "referenced_data_file"));
    case 105:  // block_size_in_bytes, file_ordinal, sort_columns, distinct_counts: fields of
    case 106:  // version 1 that version 2 must not write
    case 107:
    case 111:
      return true;
    default:
      return false;
  }
}

// Reads what is there of a data file; null counts as not there. False as ReadFileField.
Result<bool> ReadDataFile(AvroValue& value, const EntryLayout& layout, DataFile& file) {
  const std::vector<int>& ids = layout.file_ids;
  auto* const record = value.If<AvroRecord>();
  if (record == nullptr || record->fields.size() != ids.size()) {
    return Fail(Code::kCorrupt, "`data_file` is no record");
  }
  bool complete = true;
  int required = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (record->fields[i].IsNull()) continue;
    if (ids[i] == 100 || ids[i] == 101 || ids[i] == 103 || ids[i] == 104) ++required;
    if (ids[i] == kPartitionId) {
      EIDER_ASSIGN(file.partition, PartitionFromAvro(*layout.partition, record->fields[i]));
      continue;
    }
    EIDER_ASSIGN(const bool kept, ReadFileField(ids[i], record->fields[i], file));
    complete = complete && kept;
  }
  if (required != 4) {
    return Fail(Code::kCorrupt,
                "`data_file` lacks one of file_path, file_format, record_count and "
                "file_size_in_bytes (ids 100, 101, 103, 104)");
  }
  return complete;
}

Result<EntryStatus> StatusOf(const AvroValue& value) {
  EIDER_ASSIGN(const int number, IntOf(value, "status"));
  if (number < 0 || number > 2) {
    return Fail(Code::kCorrupt, fmt::format("`status` is none of 0, 1, 2: {}", number));
  }
  return static_cast<EntryStatus>(number);
}

// One record. False as ReadFileField.
Result<bool> ReadEntry(AvroRecord& record, const EntryLayout& layout, ManifestEntry& entry) {
  bool complete = true;
  bool has_status = false;
  bool has_file = false;
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    AvroValue& value = record.fields[i];
    if (value.IsNull()) continue;
    Result<bool> kept = true;
    switch (layout.entry_ids[i]) {
      case 0:
        has_status = true;
        kept = Put(entry.status, StatusOf(value));
        break;
      case 1:
        kept = Put(entry.snapshot_id, LongOf(value, "snapshot_id"));
        break;
      case kDataFileId:
        has_file = true;
        kept = ReadDataFile(value, layout, entry.data_file);
        break;
      case 3:
        kept = Put(entry.sequence_number, LongOf(value, "sequence_number"));
        break;
      case 4:
        kept = Put(entry.file_sequence_number, LongOf(value, "file_sequence_number"));
        break;
      default:
        kept = false;
    }
    EIDER_ASSIGN(const bool field_kept, std::move(kept));
    complete = complete && field_kept;
  }
  if (!has_status) return Fail(Code::kCorrupt, "`status` (id 0) is missing");
  if (!has_file) return Fail(Code::kCorrupt, "`data_file` (id 2) is missing");
  return complete;
}

Status CheckFormatVersion(const codec::AvroReader& reader) {
  const std::string_view version = reader.Metadata("format-version").value_or("1");
  if (IsKnownVersion(version)) return {};
  return Fail(Code::kUnsupported,
              fmt::format("only manifests of format versions 1 to 3 are read, not `{}`", version));
}

}  // namespace

Result<std::string> EncodeManifest(const Schema& schema, const PartitionSpec& spec,
                                   const std::vector<PartitionColumn>& columns,
                                   const std::vector<ManifestEntry>& entries, int format_version) {
  codec::AvroMetadata header = {
      {"schema", codec::ToJsonText(SchemaToJson(schema))},
      {"schema-id", std::to_string(schema.schema_id)},
      {"partition-spec", codec::ToJsonText(PartitionSpecFieldsToJson(spec))},
      {"partition-spec-id", std::to_string(spec.spec_id)},
      {"format-version", std::to_string(format_version)},
  };
  if (format_version > 1) header.emplace_back("content", "data");
  EIDER_ASSIGN(auto writer,
               codec::AvroWriter::Create(
                   ManifestEntryAvroSchema(PartitionAvroSchema(columns), format_version), header));
  for (const ManifestEntry& entry : entries) {
    EIDER_ASSIGN(const AvroValue record, EntryToAvro(entry, columns, format_version));
    EIDER_CHECK(writer.Append(record));
  }
  return std::move(writer).Finish();
}

Result<DecodedManifest> DecodeWholeManifest(std::string_view bytes) {
  EIDER_ASSIGN(auto reader, codec::AvroReader::Open(bytes));
  EIDER_CHECK(CheckFormatVersion(reader));
  EIDER_ASSIGN(const EntryLayout layout, LayoutOf(reader.schema()));
  DecodedManifest manifest;
  while (true) {
    EIDER_ASSIGN(auto record, reader.Next());
    if (!record) return manifest;
    ManifestEntry& entry = manifest.entries.emplace_back();
    const auto complete = ReadEntry(*record->If<AvroRecord>(), layout, entry);
    if (!complete) {
      return Fail(fmt::format("manifest entry {}", manifest.entries.size() - 1), complete.error());
    }
    manifest.complete = manifest.complete && *complete;
  }
}

Result<std::vector<ManifestEntry>> DecodeManifest(std::string_view bytes) {
  EIDER_ASSIGN(DecodedManifest manifest, DecodeWholeManifest(bytes));
  return std::move(manifest.entries);
}

}  // namespace eider::iceberg
