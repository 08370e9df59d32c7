// Manifest lists: a header that names the snapshot, then one record per manifest.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/codec/avro_reader.h"
#include "eider/codec/avro_value.h"
#include "eider/codec/avro_writer.h"
#include "eider/iceberg/avro_field.h"
#include "eider/iceberg/manifest_avro.h"
#include "eider/iceberg/manifest_schema.h"

namespace eider::iceberg {
namespace {

using codec::AvroArray;
using codec::AvroNode;
using codec::AvroRecord;
using codec::AvroValue;

constexpr int kPartitionsId = 507;

AvroValue SummariesToAvro(const std::optional<std::vector<FieldSummary>>& summaries) {
  if (!summaries) return {};
  AvroArray array;
  for (const FieldSummary& summary : *summaries) {
    AvroRecord record;
    record.fields.emplace_back(summary.contains_null);
    record.fields.push_back(OrNull(summary.contains_nan));
    record.fields.push_back(OrNull(summary.lower_bound));
    record.fields.push_back(OrNull(summary.upper_bound));
    array.items.emplace_back(std::move(record));
  }
  return array;
}

AvroValue ManifestToAvro(const ManifestFile& manifest, int format_version) {
  AvroRecord record;
  auto& fields = record.fields;  // in the order of ManifestFileAvroSchema
  fields.reserve(16);
  fields.emplace_back(manifest.manifest_path);
  fields.emplace_back(manifest.manifest_length);
  fields.emplace_back(manifest.partition_spec_id);
  if (format_version > 1) {
    fields.emplace_back(static_cast<int>(manifest.content));
    fields.emplace_back(manifest.sequence_number);
    fields.emplace_back(manifest.min_sequence_number);
  }
  fields.emplace_back(manifest.added_snapshot_id);
  fields.emplace_back(manifest.added_files_count);
  fields.emplace_back(manifest.existing_files_count);
  fields.emplace_back(manifest.deleted_files_count);
  fields.emplace_back(manifest.added_rows_count);
  fields.emplace_back(manifest.existing_rows_count);
  fields.emplace_back(manifest.deleted_rows_count);
  fields.push_back(SummariesToAvro(manifest.partitions));
  fields.push_back(OrNull(manifest.key_metadata));
  if (format_version > 2) fields.push_back(OrNull(manifest.first_row_id));
  return record;
}

template <typename T, typename Value>
Status Put(T& target, Result<Value> value) {
  if (!value) return std::unexpected(std::move(value).error());
  target = *std::move(value);
  return {};
}

Result<ManifestContent> ContentOf(const AvroValue& value) {
  EIDER_ASSIGN(const int number, IntOf(value, "content"));
  if (number < 0 || number > 1) {
    return Fail(Code::kCorrupt, fmt::format("`content` of a manifest is not 0 or 1: {}", number));
  }
  return static_cast<ManifestContent>(number);
}

Result<FieldSummary> ReadSummary(AvroValue& value, const std::vector<int>& ids) {
  auto* const record = value.If<AvroRecord>();
  if (record == nullptr || record->fields.size() != ids.size()) {
    return Fail(Code::kCorrupt, "`partitions` holds something other than records");
  }
  FieldSummary summary;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    AvroValue& field = record->fields[i];
    if (field.IsNull()) continue;
    switch (ids[i]) {
      case 509:
        EIDER_CHECK(Put(summary.contains_null, BoolOf(field, "contains_null")));
        break;
      case 518:
        EIDER_CHECK(Put(summary.contains_nan, BoolOf(field, "contains_nan")));
        break;
      case 510:
        EIDER_CHECK(Put(summary.lower_bound, TakeString(field, "lower_bound")));
        break;
      case 511:
        EIDER_CHECK(Put(summary.upper_bound, TakeString(field, "upper_bound")));
        break;
      default:
        break;
    }
  }
  return summary;
}

Result<std::vector<FieldSummary>> ReadSummaries(AvroValue& value, const std::vector<int>& ids) {
  auto* const array = value.If<AvroArray>();
  if (array == nullptr) return Fail(Code::kCorrupt, "`partitions` is no array");
  std::vector<FieldSummary> summaries;
  for (AvroValue& item : array->items) {
    EIDER_ASSIGN(FieldSummary summary, ReadSummary(item, ids));
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

// The ids of the fields by position, found once per file.
struct ListLayout {
  std::vector<int> ids;
  std::vector<int> summary_ids;
};

Result<ListLayout> LayoutOf(const AvroNode& root) {
  if (root.type != codec::AvroType::kRecord) {
    return Fail(Code::kCorrupt, fmt::format("a manifest list holds records, but this file holds {}",
                                            codec::AvroTypeName(root.type)));
  }
  ListLayout layout{.ids = FieldIds(root), .summary_ids = {}};
  if (const auto partitions = root.FieldById(kPartitionsId)) {
    const AvroNode& array = root.fields[*partitions].type->NonNull();
    if (array.element != nullptr) layout.summary_ids = FieldIds(array.element->NonNull());
  }
  return layout;
}

Status ReadField(int id, AvroValue& value, const ListLayout& layout, ManifestFile& file) {
  switch (id) {
    case 500:
      return Put(file.manifest_path, TakeString(value, "manifest_path"));
    case 501:
      return Put(file.manifest_length, LongOf(value, "manifest_length"));
    case 502:
      return Put(file.partition_spec_id, IntOf(value, "partition_spec_id"));
    case 517:
      return Put(file.content, ContentOf(value));
    case 515:
      return Put(file.sequence_number, LongOf(value, "sequence_number"));
    case 516:
      return Put(file.min_sequence_number, LongOf(value, "min_sequence_number"));
    case 503:
      return Put(file.added_snapshot_id, LongOf(value, "added_snapshot_id"));
    case 504:
      return Put(file.added_files_count, IntOf(value, "added_files_count"));
    case 505:
      return Put(file.existing_files_count, IntOf(value, "existing_files_count"));
    case 506:
      return Put(file.deleted_files_count, IntOf(value, "deleted_files_count"));
    case 512:
      return Put(file.added_rows_count, LongOf(value, "added_rows_count"));
    case 513:
      return Put(file.existing_rows_count, LongOf(value, "existing_rows_count"));
    case 514:
      return Put(file.deleted_rows_count, LongOf(value, "deleted_rows_count"));
    case kPartitionsId:
      return Put(file.partitions, ReadSummaries(value, layout.summary_ids));
    case 519:
      return Put(file.key_metadata, TakeString(value, "key_metadata"));
    case 520:
      return Put(file.first_row_id, LongOf(value, "first_row_id"));
    default:
      return {};  // of a newer version, or another writer's own
  }
}

Result<ManifestFile> ReadManifestFile(AvroRecord& record, const ListLayout& layout) {
  ManifestFile file;
  // A writer of version 1 may leave the counts out.
  file.added_files_count = file.existing_files_count = file.deleted_files_count = -1;
  file.added_rows_count = file.existing_rows_count = file.deleted_rows_count = -1;
  int required = 0;
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    if (record.fields[i].IsNull()) continue;
    const int id = layout.ids[i];
    if (id == 500 || id == 501 || id == 502 || id == 503) ++required;
    EIDER_CHECK(ReadField(id, record.fields[i], layout, file));
  }
  if (required != 4) {
    return Fail(Code::kCorrupt,
                "one of manifest_path, manifest_length, partition_spec_id and added_snapshot_id "
                "(ids 500 to 503) is missing");
  }
  return file;
}

}  // namespace

bool IsKnownVersion(std::string_view text) {
  return text == "1" || text == "2" || text == "3";
}

Result<std::string> EncodeManifestList(const ManifestListHeader& header,
                                       const std::vector<ManifestFile>& manifests) {
  codec::AvroMetadata metadata = {
      {"snapshot-id", std::to_string(header.snapshot_id)},
      {"parent-snapshot-id",
       header.parent_snapshot_id ? std::to_string(*header.parent_snapshot_id) : "null"},
      {"format-version", std::to_string(header.format_version)},
  };
  if (header.format_version > 1) {
    metadata.emplace_back("sequence-number", std::to_string(header.sequence_number));
  }
  EIDER_ASSIGN(auto writer,
               codec::AvroWriter::Create(ManifestFileAvroSchema(header.format_version), metadata));
  for (const ManifestFile& manifest : manifests) {
    EIDER_CHECK(writer.Append(ManifestToAvro(manifest, header.format_version)));
  }
  return std::move(writer).Finish();
}

Result<std::vector<ManifestFile>> DecodeManifestList(std::string_view bytes) {
  EIDER_ASSIGN(auto reader, codec::AvroReader::Open(bytes));
  const std::string_view version = reader.Metadata("format-version").value_or("1");
  if (!IsKnownVersion(version)) {
    return Fail(
        Code::kUnsupported,
        fmt::format("only manifest lists of format versions 1 to 3 are read, not `{}`", version));
  }
  EIDER_ASSIGN(const ListLayout layout, LayoutOf(reader.schema()));
  std::vector<ManifestFile> manifests;
  while (true) {
    EIDER_ASSIGN(auto record, reader.Next());
    if (!record) return manifests;
    auto manifest = ReadManifestFile(*record->If<AvroRecord>(), layout);
    if (!manifest) {
      return Fail(fmt::format("manifest list entry {}", manifests.size()),
                  std::move(manifest).error());
    }
    manifests.push_back(*std::move(manifest));
  }
}

}  // namespace eider::iceberg
