// The rows of a table's live files, as many as are wanted.
#include "eider/app/table_preview.h"

#include <limits>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/app/json_line.h"
#include "eider/app/text_table.h"
#include "eider/iceberg/live_files.h"
#include "eider/iceberg/table_name.h"

namespace eider::app {

// Errors: kInvalid (the name); those of the catalog.
Result<catalog::LoadedTable> LoadTable(Session& session, const std::string& table) {
  EIDER_ASSIGN(const auto name, iceberg::TableName::Parse(table));
  EIDER_ASSIGN(catalog::Catalog* const catalog, session.program.Catalog());
  auto loaded = catalog->Load(name);
  // The catalog may say only what it looked for; people asked for the table.
  if (!loaded && loaded.error().message.find(table) == std::string::npos) {
    return Fail(fmt::format("table {}", table), std::move(loaded).error());
  }
  return loaded;
}

// A wrong name is usage; a table that cannot be loaded has failed.
Result<int> CannotLoad(Session& session, Error error) {
  if (error.code == Code::kInvalid) return std::unexpected(std::move(error));
  PrintError(session.console, error.message);
  return kExitFailed;
}

namespace {

Result<engine::Preview> HeadOf(Session& session, const iceberg::TableMetadata& metadata,
                               int rows_max, const std::optional<engine::RowFilter>& only) {
  // Where only some rows are wanted, any file may have them.
  const int rows_to_read = only ? std::numeric_limits<int>::max() : rows_max;
  EIDER_ASSIGN(const auto files,
               iceberg::ReadLiveFiles(session.program.TableStore(), metadata, rows_to_read));
  if (files.empty() || rows_max == 0) {
    engine::Preview preview;
    for (const iceberg::Field& field : metadata.CurrentSchema().fields) {
      preview.columns.push_back(field.name);
    }
    return preview;
  }
  EIDER_ASSIGN(engine::SqlEngine* const engine, session.program.Engine());
  return engine->Head(files, metadata.CurrentSchema(), rows_max, only);
}

void PrintPreview(Session& session, const engine::Preview& preview) {
  std::vector<TextTable::Column> columns;
  for (const std::string& column : preview.columns) columns.push_back({Printable(column)});
  TextTable table(columns);
  for (const std::vector<std::string>& row : preview.rows) {
    JsonLine line = JsonLine::object();
    for (std::size_t i = 0; i < row.size(); ++i) line[preview.columns[i]] = row[i];
    if (session.is_json) PrintJson(session.console, line);
    table.Add(row);
  }
  if (session.is_json) return;
  // Without rows there are no blocks to print: the titles at least.
  const int columns_max = preview.rows.empty() ? 0 : session.console.columns;
  session.console.out << table.ToString(columns_max);
  if (preview.rows.empty()) session.console.err << "no rows\n";
}

}  // namespace

Result<int> ShowRows(Session& session, const std::string& table, int rows_max,
                     const std::optional<engine::RowFilter>& only) {
  const auto loaded = LoadTable(session, table);
  if (!loaded) return CannotLoad(session, loaded.error());
  const auto preview = HeadOf(session, *loaded->metadata, rows_max, only);
  if (!preview) {
    PrintError(session.console, fmt::format("table {}: {}", table, preview.error().message));
    return kExitFailed;
  }
  PrintPreview(session, *preview);
  return kExitDone;
}

}  // namespace eider::app
