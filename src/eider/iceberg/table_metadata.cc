// Look-ups in table metadata, and the metadata of a table that is just being made.
#include "eider/iceberg/table_metadata.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/iceberg/partition_spec.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/sort_order.h"
#include "eider/iceberg/transform.h"
#include "eider/iceberg/type.h"

namespace eider::iceberg {
namespace {

constexpr std::string_view kFormatVersionProperty = "format-version";
constexpr std::string_view kParquetCodecProperty = "write.parquet.compression-codec";

bool IsTrue(std::string_view text) {
  return std::ranges::equal(text, std::string_view("true"), {},
                            [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
}

// The column of that id takes the transform.
Status CheckSource(const Schema& schema, int source_id, const std::string& transform) {
  const Field* source = nullptr;
  VisitFields(schema, [&](const Field& field, const std::string&, bool repeated) {
    if (field.id == source_id && !repeated) source = &field;
  });
  if (source == nullptr) {
    return Fail(Code::kInvalid,
                fmt::format("no column of the new table has the id that `{}` is of: {}", transform,
                            source_id));
  }
  EIDER_ASSIGN(const Transform known, ParseTransform(transform));
  EIDER_CHECK(TransformedType(known, source->type));
  return {};
}

Status CheckSources(const Schema& schema, const NewTable& table) {
  for (const PartitionField& field : table.spec.fields) {
    EIDER_CHECK(CheckSource(schema, field.source_id, field.transform));
  }
  for (const SortField& field : table.sort_order.fields) {
    EIDER_CHECK(CheckSource(schema, field.source_id, field.transform));
  }
  return {};
}

}  // namespace

const Schema& TableMetadata::CurrentSchema() const {
  return *std::ranges::find(schemas, current_schema_id, &Schema::schema_id);
}

const PartitionSpec& TableMetadata::DefaultSpec() const {
  return *FindSpec(default_spec_id);
}

const SortOrder& TableMetadata::DefaultSortOrder() const {
  return *std::ranges::find(sort_orders, default_sort_order_id, &SortOrder::order_id);
}

const PartitionSpec* TableMetadata::FindSpec(int spec_id) const {
  const auto found = std::ranges::find(partition_specs, spec_id, &PartitionSpec::spec_id);
  return found == partition_specs.end() ? nullptr : &*found;
}

const Snapshot* TableMetadata::FindSnapshot(std::int64_t snapshot_id) const {
  // From the newest: that is the one mostly asked for.
  for (auto snapshot = snapshots.rbegin(); snapshot != snapshots.rend(); ++snapshot) {
    if ((*snapshot)->snapshot_id == snapshot_id) return &**snapshot;
  }
  return nullptr;
}

const Snapshot* TableMetadata::CurrentSnapshot() const {
  return current_snapshot_id ? FindSnapshot(*current_snapshot_id) : nullptr;
}

std::string TableMetadata::Property(std::string_view name, std::string_view otherwise) const {
  const auto found = properties.find(std::string(name));
  return found == properties.end() ? std::string(otherwise) : found->second;
}

std::int64_t TableMetadata::PropertyAsInt(std::string_view name, std::int64_t otherwise) const {
  const auto found = properties.find(std::string(name));
  if (found == properties.end()) return otherwise;
  const std::string& text = found->second;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : otherwise;
}

bool TableMetadata::PropertyAsBool(std::string_view name, bool otherwise) const {
  const auto found = properties.find(std::string(name));
  return found == properties.end() ? otherwise : IsTrue(found->second);
}

bool IsMadeVersion(std::string_view format_version) {
  return format_version == "2" || format_version == "3";
}

Result<TableMetadata> MakeTableMetadata(const NewTable& table) {
  EIDER_CHECK(CheckSchema(table.schema));
  TableMetadata made;
  made.table_uuid = table.table_uuid;
  made.location = table.location;
  made.last_updated_ms = table.created_ms;
  made.schemas.push_back(AssignFreshIds(table.schema));
  made.schemas.front().schema_id = 0;
  made.last_column_id = HighestFieldId(made.schemas.front());
  EIDER_CHECK(CheckSources(made.schemas.front(), table));
  made.partition_specs.push_back(table.spec);
  made.default_spec_id = table.spec.spec_id;
  for (const PartitionField& field : table.spec.fields) {
    made.last_partition_id = std::max(made.last_partition_id, field.field_id);
  }
  made.sort_orders.push_back(table.sort_order);
  made.default_sort_order_id = table.sort_order.order_id;
  made.properties = table.properties;
  made.properties.try_emplace(std::string(kParquetCodecProperty), "zstd");

  // A property when a table is made, never one of the table (Java and PyIceberg take it out too).
  if (const auto version = made.properties.extract(std::string(kFormatVersionProperty))) {
    if (!IsMadeVersion(version.mapped())) {
      return Fail(Code::kInvalid, fmt::format("tables are made in format version 2 or 3, not '{}'",
                                              version.mapped()));
    }
    made.format_version = version.mapped() == "3" ? 3 : 2;
  }
  return made;
}

}  // namespace eider::iceberg
