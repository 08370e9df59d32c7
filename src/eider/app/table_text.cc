#include "eider/app/table_text.h"

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/app/route_output.h"
#include "eider/app/text_table.h"
#include "eider/app/time_text.h"
#include "eider/base/clock.h"
#include "eider/catalog/catalog.h"
#include "eider/iceberg/partition_spec_json.h"
#include "eider/iceberg/partition_term.h"
#include "eider/iceberg/schema_evolution.h"
#include "eider/iceberg/schema_json.h"
#include "eider/iceberg/sort_order_json.h"
#include "eider/iceberg/sort_term.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::app {
namespace {

using iceberg::TableMetadata;

JsonLine TableJson(const std::string& name, const catalog::LoadedTable& table) {
  const TableMetadata& metadata = *table.metadata;
  const iceberg::Snapshot* current = metadata.CurrentSnapshot();
  JsonLine schemas = JsonLine::array();
  for (const iceberg::Schema& schema : metadata.schemas) {
    schemas.push_back(JsonLine(iceberg::SchemaToJson(schema)));
  }
  JsonLine specs = JsonLine::array();
  for (const iceberg::PartitionSpec& spec : metadata.partition_specs) {
    specs.push_back(JsonLine(iceberg::PartitionSpecToJson(spec)));
  }
  return {{"table", name},
          {"location", metadata.location},
          {"metadata_location", table.metadata_location},
          {"table_uuid", metadata.table_uuid},
          {"format_version", metadata.format_version},
          {"schema", JsonLine(iceberg::SchemaToJson(metadata.CurrentSchema()))},
          {"partition_spec", JsonLine(iceberg::PartitionSpecToJson(metadata.DefaultSpec()))},
          {"sort_order", JsonLine(iceberg::SortOrderToJson(metadata.DefaultSortOrder()))},
          {"schemas", std::move(schemas)},
          {"partition_specs", std::move(specs)},
          {"properties", JsonLine(metadata.properties)},
          {"snapshots", metadata.snapshots.size()},
          {"current_snapshot", current == nullptr ? JsonLine(nullptr) : JsonOf(*current, true)}};
}

std::string SnapshotText(const TableMetadata& metadata) {
  const iceberg::Snapshot* current = metadata.CurrentSnapshot();
  if (current == nullptr) return "none: the table is empty";
  const auto records = current->summary.find("total-records");
  return fmt::format(
      "{}, {} at {}{}", current->snapshot_id, current->operation, TimeOf(*current),
      records == current->summary.end() ? "" : fmt::format(", {} rows", records->second));
}

// What each schema of the table changed; nothing where it has had one only.
void PrintSchemas(Console& console, const TableMetadata& metadata) {
  if (metadata.schemas.size() < 2) return;
  TextTable table({{"schema", Align::kRight}, {"changes"}});
  const iceberg::Schema* before = nullptr;
  for (const iceberg::Schema& schema : metadata.schemas) {
    std::vector<std::string> changes;
    if (before == nullptr) {
      changes.push_back(Counted(schema.fields.size(), "column"));
    } else {
      for (const auto& change : iceberg::ChangesBetween(*before, schema)) {
        changes.push_back(iceberg::ToString(change));
      }
    }
    if (changes.empty()) changes.emplace_back("the same columns");
    if (schema.schema_id == metadata.current_schema_id) changes.back() += " (current)";
    table.Add({std::to_string(schema.schema_id), changes.front()});
    for (std::size_t i = 1; i < changes.size(); ++i) table.Add({"", changes[i]});
    before = &schema;
  }
  console.out << '\n' << table.ToString(console.columns);
}

// The same of the partition specs.
void PrintSpecs(Console& console, const TableMetadata& metadata) {
  if (metadata.partition_specs.size() < 2) return;
  TextTable table({{"spec", Align::kRight}, {"partitions"}});
  for (const iceberg::PartitionSpec& spec : metadata.partition_specs) {
    const bool is_current = spec.spec_id == metadata.default_spec_id;
    table.Add({std::to_string(spec.spec_id), iceberg::SpecText(metadata.CurrentSchema(), spec) +
                                                 (is_current ? " (current)" : "")});
  }
  console.out << '\n' << table.ToString(console.columns);
}

void PrintForPeople(Console& console, const std::string& name, const catalog::LoadedTable& table) {
  const TableMetadata& metadata = *table.metadata;
  const auto line = [&](std::string_view what, const std::string& value) {
    console.out << fmt::format("{:<17} {}\n", what, Printable(value));
  };
  line("table", name);
  line("location", metadata.location);
  line("metadata file", table.metadata_location);
  line("uuid", metadata.table_uuid);
  line("format version", std::to_string(metadata.format_version));
  line("partitions", iceberg::SpecText(metadata.CurrentSchema(), metadata.DefaultSpec()));
  line("sort order", iceberg::SortText(metadata.CurrentSchema(), metadata.DefaultSortOrder()));
  line("snapshots", std::to_string(metadata.snapshots.size()));
  line("current snapshot", SnapshotText(metadata));
  console.out << '\n';
  TextTable columns({{"id", Align::kRight}, {"column"}, {"type"}, {"required"}});
  for (const iceberg::Field& field : metadata.CurrentSchema().fields) {
    columns.Add({std::to_string(field.id), field.name, iceberg::ToString(field.type),
                 field.required ? "required" : "optional"},
                field.doc.value_or(""));
  }
  console.out << columns.ToString(console.columns);
  PrintSchemas(console, metadata);
  PrintSpecs(console, metadata);
  if (metadata.properties.empty()) return;
  console.out << '\n';
  TextTable properties({{"property"}, {"value"}});
  for (const auto& [property, value] : metadata.properties) properties.Add({property, value});
  console.out << properties.ToString(console.columns);
}

}  // namespace

std::string TimeOf(const iceberg::Snapshot& snapshot) {
  return TimeText(TimePoint(Milliseconds(snapshot.timestamp_ms))) + " UTC";
}

JsonLine JsonOf(const iceberg::Snapshot& snapshot, bool is_current) {
  return {
      {"snapshot_id", snapshot.snapshot_id},
      {"parent_snapshot_id",
       snapshot.parent_snapshot_id ? JsonLine(*snapshot.parent_snapshot_id) : JsonLine(nullptr)},
      {"sequence_number", snapshot.sequence_number},
      {"timestamp_ms", snapshot.timestamp_ms},
      {"operation", snapshot.operation},
      {"summary", JsonLine(snapshot.summary)},
      {"manifest_list", snapshot.manifest_list},
      {"is_current", is_current}};
}

void PrintTable(Session& session, const std::string& name, const catalog::LoadedTable& table) {
  if (session.is_json) {
    PrintJson(session.console, TableJson(name, table));
  } else {
    PrintForPeople(session.console, name, table);
  }
}

}  // namespace eider::app
