// `eider rejects list|show`: the tables of rejects, and what is in them.
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/app/table_preview.h"
#include "eider/app/text_table.h"
#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/table_name.h"
#include "eider/routing/rejects_route.h"

namespace eider::app {
namespace {

// A name and how many rows it has; a table that cannot be read has its error.
struct RejectsTable {
  std::string name;
  std::string rows;
  std::string error;
};

// Of the current snapshot, as whoever wrote it counted.
std::string RowsOf(const iceberg::TableMetadata& metadata) {
  const iceberg::Snapshot* const current = metadata.CurrentSnapshot();
  if (current == nullptr) return "0";
  const auto records = current->summary.find("total-records");
  return records == current->summary.end() ? "" : records->second;
}

Result<std::vector<RejectsTable>> FindTables(Session& session) {
  EIDER_ASSIGN(catalog::Catalog* const catalog, session.program.Catalog());
  EIDER_ASSIGN(const auto names, catalog->List());
  const std::string& configured = session.program.loaded().config.routing.rejects_table;
  std::vector<RejectsTable> tables;
  for (const iceberg::TableName& name : names) {
    if (!routing::IsRejectsTable(name) && name.ToString() != configured) continue;
    RejectsTable& table = tables.emplace_back(RejectsTable{name.ToString(), "", ""});
    const auto loaded = catalog->Load(name);
    if (loaded) {
      table.rows = RowsOf(*loaded->metadata);
    } else {
      table.error = loaded.error().message;
    }
  }
  return tables;
}

// The table of rejects that is meant: itself, or that beside the table.
Result<std::string> RejectsTableOf(Session& session, const std::string& table) {
  EIDER_ASSIGN(const auto name, iceberg::TableName::Parse(table));
  const bool is_one = routing::IsRejectsTable(name) ||
                      table == session.program.loaded().config.routing.rejects_table;
  return is_one ? table : routing::RejectsTableBeside(name).ToString();
}

}  // namespace

Result<int> RejectsListCommand(Session& session) {
  EIDER_ASSIGN(const auto tables, FindTables(session));
  TextTable shown({{"rows", Align::kRight}, {"table"}});
  bool has_failed = false;
  for (const RejectsTable& table : tables) {
    has_failed |= !table.error.empty();
    if (session.is_json) {
      JsonLine line = {{"table", table.name}, {"rows", nullptr}, {"error", nullptr}};
      if (!table.rows.empty()) line["rows"] = std::stoll(table.rows);
      if (!table.error.empty()) line["error"] = table.error;
      PrintJson(session.console, line);
      continue;
    }
    shown.Add({table.rows.empty() ? "-" : table.rows, table.name}, table.error);
  }
  if (!session.is_json && tables.empty()) {
    session.console.err << "no tables of rejects\n";
  } else if (!session.is_json) {
    session.console.out << shown.ToString(session.console.columns);
  }
  return has_failed ? kExitFailed : kExitDone;
}

Result<int> RejectsShowCommand(Session& session, const RejectsShowOptions& options) {
  EIDER_ASSIGN(const std::string name, RejectsTableOf(session, options.table));
  std::optional<engine::RowFilter> only;
  if (!options.file.empty()) only = engine::RowFilter{"file", {options.file}};
  return ShowRows(session, name, options.rows, only);
}

}  // namespace eider::app
