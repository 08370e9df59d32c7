// `eider table list|show|snapshots|head`.
#include <ostream>
#include <string>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/app/table_preview.h"
#include "eider/app/table_text.h"
#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/table_name.h"

namespace eider::app {

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
  PrintTable(session, table, *loaded);
  return kExitDone;
}

Result<int> TableSnapshotsCommand(Session& session, const std::string& table) {
  const auto loaded = LoadTable(session, table);
  if (!loaded) return CannotLoad(session, loaded.error());
  const iceberg::TableMetadata& metadata = *loaded->metadata;
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
