// The metadata file. The lists that grow with every commit go by a cursor, everything else through
// a tree: the text of the lists is taken out of the document, and what is left is parsed as usual.
#include "eider/iceberg/table_metadata_json.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/iceberg/json_cursor.h"
#include "eider/iceberg/metadata_limits.h"
#include "eider/iceberg/partition_spec_json.h"
#include "eider/iceberg/schema_json.h"
#include "eider/iceberg/snapshot_json.h"
#include "eider/iceberg/sort_order_json.h"
#include "eider/iceberg/table_log_json.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/table_metadata_check.h"

namespace eider::iceberg {
namespace {

using codec::Json;
using codec::JsonObject;

constexpr std::int64_t kNoSnapshot = -1;  // how old writers and readers say that there is none
constexpr int kNoPartitionFieldId = 999;  // partition field ids begin at 1000

// What becomes fields of TableMetadata; every other key is kept in `unknown`.
constexpr auto kKnownKeys = std::to_array<std::string_view>({"format-version",
                                                             "table-uuid",
                                                             "location",
                                                             "last-sequence-number",
                                                             "last-updated-ms",
                                                             "last-column-id",
                                                             "schema",
                                                             "schemas",
                                                             "current-schema-id",
                                                             "partition-spec",
                                                             "partition-specs",
                                                             "default-spec-id",
                                                             "last-partition-id",
                                                             "sort-orders",
                                                             "default-sort-order-id",
                                                             "properties",
                                                             "current-snapshot-id",
                                                             "snapshots",
                                                             "snapshot-log",
                                                             "metadata-log",
                                                             "refs"});

Result<int> ReadFormatVersion(const JsonObject& json) {
  EIDER_ASSIGN(const int version, json.Int("format-version"));
  if (version < 1) {
    return Fail(Code::kCorrupt,
                fmt::format("JSON field format-version: there is no such version: {}", version));
  }
  if (version > kFormatVersionMax) {
    return Fail(Code::kUnsupported,
                fmt::format("the table has a newer format version than Eider reads and writes "
                            "(up to {}): {}",
                            kFormatVersionMax, version));
  }
  return version;
}

Status ReadSchemas(const JsonObject& json, TableMetadata& metadata) {
  if (metadata.format_version == 1 && !json.Has("schemas")) {
    EIDER_ASSIGN(const JsonObject single, json.Object("schema"));
    EIDER_ASSIGN(Schema schema, SchemaFromJson(single.json(), "schema"));
    metadata.current_schema_id = schema.schema_id;
    metadata.schemas.push_back(std::move(schema));
    return {};
  }
  EIDER_ASSIGN(const std::vector<JsonObject> schemas, json.Objects("schemas"));
  for (const JsonObject& member : schemas) {
    EIDER_ASSIGN(Schema schema, SchemaFromJson(member.json(), member.path()));
    metadata.schemas.push_back(std::move(schema));
  }
  EIDER_ASSIGN(metadata.current_schema_id, json.Int("current-schema-id"));
  return {};
}

int HighestPartitionFieldId(const std::vector<PartitionSpec>& specs) {
  int highest = kNoPartitionFieldId;
  for (const PartitionSpec& spec : specs) {
    for (const PartitionField& field : spec.fields) highest = std::max(highest, field.field_id);
  }
  return highest;
}

Status ReadPartitionSpecs(const JsonObject& json, TableMetadata& metadata) {
  if (metadata.format_version == 1 && !json.Has("partition-specs")) {
    PartitionSpec& spec = metadata.partition_specs.emplace_back();
    EIDER_ASSIGN(spec.fields, PartitionFieldsFromJson(json, "partition-spec"));
  } else {
    EIDER_ASSIGN(const std::vector<JsonObject> specs, json.Objects("partition-specs"));
    for (const JsonObject& member : specs) {
      EIDER_ASSIGN(PartitionSpec spec, PartitionSpecFromJson(member));
      metadata.partition_specs.push_back(std::move(spec));
    }
    EIDER_ASSIGN(metadata.default_spec_id, json.Int("default-spec-id"));
  }
  if (metadata.format_version == 1 && !json.Has("last-partition-id")) {
    metadata.last_partition_id = HighestPartitionFieldId(metadata.partition_specs);
    return {};
  }
  EIDER_ASSIGN(metadata.last_partition_id, json.Int("last-partition-id"));
  return {};
}

Status ReadSortOrders(const JsonObject& json, TableMetadata& metadata) {
  if (metadata.format_version == 1 && !json.Has("sort-orders")) {
    metadata.sort_orders.emplace_back();
    return {};
  }
  EIDER_ASSIGN(const std::vector<JsonObject> orders, json.Objects("sort-orders"));
  for (const JsonObject& member : orders) {
    EIDER_ASSIGN(SortOrder order, SortOrderFromJson(member));
    metadata.sort_orders.push_back(std::move(order));
  }
  EIDER_ASSIGN(metadata.default_sort_order_id, json.Int("default-sort-order-id"));
  return {};
}

Status ReadRefs(const JsonObject& json, TableMetadata& metadata) {
  EIDER_ASSIGN(const std::optional<std::int64_t> current,
               json.OptionalInt64("current-snapshot-id"));
  if (current && *current != kNoSnapshot) metadata.current_snapshot_id = *current;
  EIDER_ASSIGN(const std::optional<JsonObject> refs, json.OptionalObject("refs"));
  if (refs) {
    for (const auto& [name, value] : refs->json().items()) {
      EIDER_ASSIGN(const JsonObject member, refs->Object(name));
      SnapshotRef& ref = metadata.refs[name];
      EIDER_ASSIGN(ref.snapshot_id, member.Int64("snapshot-id"));
      EIDER_ASSIGN(ref.type, member.String("type"));
      ref.unknown = value;
      ref.unknown.erase("snapshot-id");
      ref.unknown.erase("type");
    }
  }
  if (metadata.current_snapshot_id) {
    metadata.refs.try_emplace(std::string(kMainBranch), *metadata.current_snapshot_id, "branch");
  }
  return {};
}

// Everything but the lists, which are in `metadata` already.
Status ReadTree(const JsonObject& json, TableMetadata& metadata) {
  const bool has_sequence_numbers = metadata.format_version > 1;
  if (has_sequence_numbers || json.Has("table-uuid")) {
    EIDER_ASSIGN(metadata.table_uuid, json.String("table-uuid"));
  }
  EIDER_ASSIGN(metadata.location, json.String("location"));
  if (has_sequence_numbers) {
    EIDER_ASSIGN(metadata.last_sequence_number, json.Int64("last-sequence-number"));
  }
  if (metadata.format_version > 2) {
    EIDER_ASSIGN(metadata.next_row_id, json.Int64("next-row-id"));
  }
  EIDER_ASSIGN(metadata.last_updated_ms, json.Int64("last-updated-ms"));
  EIDER_ASSIGN(metadata.last_column_id, json.Int("last-column-id"));
  EIDER_CHECK(ReadSchemas(json, metadata));
  EIDER_CHECK(ReadPartitionSpecs(json, metadata));
  EIDER_CHECK(ReadSortOrders(json, metadata));
  if (json.Has("properties")) {
    EIDER_ASSIGN(metadata.properties, json.StringMap("properties"));
  }
  return ReadRefs(json, metadata);
}

// The lists that grow with every commit, as text, and the document without them. All are checked by
// whoever parses them.
struct Parts {
  std::string rest;
  std::string_view snapshots = "null";
  std::string_view snapshot_log = "null";
  std::string_view metadata_log = "null";

  std::string_view* FindList(std::string_view key) {
    if (key == "snapshots") return &snapshots;
    if (key == "snapshot-log") return &snapshot_log;
    return key == "metadata-log" ? &metadata_log : nullptr;
  }
};

Result<Parts> SplitLists(std::string_view text) {
  Parts parts;
  std::size_t copied = 0;
  JsonCursor cursor(text);
  EIDER_CHECK(cursor.Members([&](const std::string& key) -> Status {
    EIDER_ASSIGN(const std::string_view value, cursor.Skip());
    std::string_view* const list = parts.FindList(key);
    if (list == nullptr) return {};
    *list = value;
    const auto begin = static_cast<std::size_t>(value.data() - text.data());
    parts.rest.append(text.substr(copied, begin - copied)).append("null");
    copied = begin + value.size();
    return {};
  }));
  parts.rest.append(text.substr(copied));
  return parts;
}

// Reads one list with `read(cursor)`; null is an empty one.
template <typename Member, typename Read>
Status ReadList(std::string_view key, std::string_view text, std::vector<Member>& members,
                const Read& read) {
  JsonCursor cursor(text);
  if (cursor.TakeNull()) return {};
  Result<std::vector<Member>> list = read(cursor);
  if (!list) {
    Error error = std::move(list).error();
    error.message.insert(0, fmt::format("JSON field {}", key));
    return std::unexpected(std::move(error));
  }
  members = *std::move(list);
  return {};
}

Result<TableMetadata> ParseParts(const Parts& parts) {
  EIDER_ASSIGN(Json tree, codec::ParseJson(parts.rest, kMetadataJsonDepthMax));
  EIDER_ASSIGN(const JsonObject json, JsonObject::Of(tree));
  TableMetadata metadata;
  EIDER_ASSIGN(metadata.format_version, ReadFormatVersion(json));
  EIDER_CHECK(ReadList("snapshots", parts.snapshots, metadata.snapshots, [&](JsonCursor& cursor) {
    return ReadSnapshots(cursor, metadata.format_version);
  }));
  EIDER_CHECK(ReadList("snapshot-log", parts.snapshot_log, metadata.snapshot_log, ReadSnapshotLog));
  EIDER_CHECK(ReadList("metadata-log", parts.metadata_log, metadata.metadata_log, ReadMetadataLog));
  EIDER_CHECK(ReadTree(json, metadata));
  EIDER_CHECK(CheckTableMetadata(metadata));
  for (const std::string_view key : kKnownKeys) tree.erase(std::string(key));
  if (metadata.format_version > 2) tree.erase("next-row-id");
  metadata.unknown = std::move(tree);
  return metadata;
}

Json RefsToJson(const TableMetadata& metadata) {
  Json refs = Json::object();
  for (const auto& [name, ref] : metadata.refs) {
    Json& member = refs[name] = ref.unknown;
    member["snapshot-id"] = ref.snapshot_id;
    member["type"] = ref.type;
  }
  return refs;
}

Json SortOrdersToJson(const TableMetadata& metadata) {
  Json orders = Json::array();
  for (const SortOrder& order : metadata.sort_orders) orders.push_back(SortOrderToJson(order));
  return orders;
}

// Everything but the lists.
Json TreeToJson(const TableMetadata& metadata) {
  Json json = metadata.unknown;
  json["format-version"] = metadata.format_version;
  if (!metadata.table_uuid.empty()) json["table-uuid"] = metadata.table_uuid;
  json["location"] = metadata.location;
  json["last-updated-ms"] = metadata.last_updated_ms;
  json["last-column-id"] = metadata.last_column_id;
  Json& schemas = json["schemas"] = Json::array();
  for (const Schema& schema : metadata.schemas) schemas.push_back(SchemaToJson(schema));
  json["current-schema-id"] = metadata.current_schema_id;
  Json& specs = json["partition-specs"] = Json::array();
  for (const PartitionSpec& spec : metadata.partition_specs) {
    specs.push_back(PartitionSpecToJson(spec));
  }
  json["default-spec-id"] = metadata.default_spec_id;
  json["last-partition-id"] = metadata.last_partition_id;
  json["sort-orders"] = SortOrdersToJson(metadata);
  json["default-sort-order-id"] = metadata.default_sort_order_id;
  json["properties"] = metadata.properties;
  json["current-snapshot-id"] = metadata.current_snapshot_id.value_or(kNoSnapshot);
  json["refs"] = RefsToJson(metadata);
  if (metadata.format_version == 1) {
    json["schema"] = SchemaToJson(metadata.CurrentSchema());
    json["partition-spec"] = PartitionSpecFieldsToJson(metadata.DefaultSpec());
  } else {
    json["last-sequence-number"] = metadata.last_sequence_number;
  }
  if (metadata.format_version > 2) json["next-row-id"] = metadata.next_row_id;
  return json;
}

}  // namespace

Result<TableMetadata> ParseTableMetadata(std::string_view json) {
  const Result<Parts> parts = SplitLists(json);
  Result<TableMetadata> metadata = parts ? ParseParts(*parts) : std::unexpected(parts.error());
  if (metadata || metadata.error().code == Code::kUnsupported) return metadata;
  // Where the text is no JSON object at all, the codec says it best, with line and column.
  EIDER_ASSIGN(const Json tree, codec::ParseJson(json, kMetadataJsonDepthMax));
  EIDER_CHECK(JsonObject::Of(tree));
  return metadata;
}

std::string TableMetadataToJson(const TableMetadata& metadata) {
  std::string text = codec::ToJsonText(TreeToJson(metadata));
  text.pop_back();
  text += ",\"snapshots\":";
  AppendSnapshotsJson(metadata.snapshots, metadata.format_version, text);
  text += ",\"snapshot-log\":";
  AppendSnapshotLogJson(metadata.snapshot_log, text);
  text += ",\"metadata-log\":";
  AppendMetadataLogJson(metadata.metadata_log, text);
  text += '}';
  return text;
}

}  // namespace eider::iceberg
