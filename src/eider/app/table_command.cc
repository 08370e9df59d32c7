// `eider table list|show|snapshots|head`.
#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/app/table_preview.h"
#include "eider/app/text_table.h"
#include "eider/app/time_text.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/iceberg/partition_spec_json.h"
#include "eider/iceberg/partition_term.h"
#include "eider/iceberg/schema_json.h"
#include "eider/iceberg/sort_order_json.h"
#include "eider/iceberg/sort_term.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/table_name.h"

namespace eider::app {
namespace {

using iceberg::TableMetadata;

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

JsonLine JsonOf(const std::string& name, const catalog::LoadedTable& table) {
  const TableMetadata& metadata = *table.metadata;
  const iceberg::Snapshot* current = metadata.CurrentSnapshot();
  return {{"table", name},
          {"location", metadata.location},
          {"metadata_location", table.metadata_location},
          {"table_uuid", metadata.table_uuid},
          {"format_version", metadata.format_version},
          {"schema", JsonLine(iceberg::SchemaToJson(metadata.CurrentSchema()))},
          {"partition_spec", JsonLine(iceberg::PartitionSpecToJson(metadata.DefaultSpec()))},
          {"sort_order", JsonLine(iceberg::SortOrderToJson(metadata.DefaultSortOrder()))},
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

void PrintTable(Console& console, const std::string& name, const catalog::LoadedTable& table) {
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
  if (metadata.properties.empty()) return;
  console.out << '\n';
  TextTable properties({{"property"}, {"value"}});
  for (const auto& [property, value] : metadata.properties) properties.Add({property, value});
  console.out << properties.ToString(console.columns);
}

}  // namespace

Result<int> TableListCommand(Session& session) {
  EIDER_ASSIGN(catalog::Catalog* const catalog, session.program.Catalog());
  EIDER_ASSIGN(const auto names, catalog->List());
  for (const iceberg::TableName& name : names) {
    if (session.is_json) {
      PrintJson(session.console, {{"table", name.ToString()}});
    } else {
      session.console.out << Printable(name.ToString()) << '\n';
    }
  }
  if (names.empty() && !session.is_json) session.console.err << "no tables\n";
  return kExitDone;
}

Result<int> TableShowCommand(Session& session, const std::string& table) {
  const auto loaded = LoadTable(session, table);
  if (!loaded) return CannotLoad(session, loaded.error());
  if (session.is_json) {
    PrintJson(session.console, JsonOf(table, *loaded));
  } else {
    PrintTable(session.console, table, *loaded);
  }
  return kExitDone;
}

Result<int> TableSnapshotsCommand(Session& session, const std::string& table) {
  const auto loaded = LoadTable(session, table);
  if (!loaded) return CannotLoad(session, loaded.error());
  const TableMetadata& metadata = *loaded->metadata;
  Console& console = session.console;
  for (const iceberg::Snapshot& snapshot : metadata.snapshots) {
    const bool is_current = metadata.current_snapshot_id == snapshot.snapshot_id;
    if (session.is_json) {
      PrintJson(console, JsonOf(snapshot, is_current));
      continue;
    }
    console.out << fmt::format(
        "{}  {}  {}  sequence {}{}\n", snapshot.snapshot_id, TimeOf(snapshot),
        Printable(snapshot.operation), snapshot.sequence_number,
        is_current ? Paint("  current", Color::kGreen, console.colors_out) : "");
    for (const auto& [key, value] : snapshot.summary) {
      console.out << fmt::format("  {} = {}\n", Printable(key), Printable(value));
    }
  }
  if (metadata.snapshots.empty() && !session.is_json) console.err << "no snapshots\n";
  return kExitDone;
}

Result<int> TableHeadCommand(Session& session, const std::string& table, int rows_max) {
  return ShowRows(session, table, rows_max, {});
}

}  // namespace eider::app
