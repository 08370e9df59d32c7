// `eider table drop`: undoing a wrong start.
#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/catalog/catalog.h"
#include "eider/iceberg/table_files.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/table_name.h"
#include "eider/ledger/ledger.h"
#include "eider/ledger/loaded_files.h"

namespace eider::app {
namespace {

using catalog::LoadedTable;
using iceberg::TableName;

// What was removed of the files, and what was not.
struct Purged {
  std::size_t removed = 0;
  std::size_t elsewhere = 0;  // not below the table's location: left alone
  std::vector<std::string> failed;
};

// As Java's engines understand `gc.enabled`: the files belong to somebody else, too.
Status CheckMayPurge(const TableName& name, const LoadedTable& table) {
  if (table.metadata->PropertyAsBool("gc.enabled", true)) return {};
  return Fail(Code::kInvalid,
              fmt::format("table {} has gc.enabled = false: its files may belong to "
                          "another table; drop it without --purge",
                          name.ToString()));
}

Purged Purge(store::ObjectStore& store, const std::string& location,
             const std::vector<std::string>& files) {
  Purged purged;
  const std::string below = location.ends_with('/') ? location : location + "/";
  for (const std::string& file : files) {
    if (!file.starts_with(below)) {
      ++purged.elsewhere;
      continue;
    }
    const auto uri = Uri::Parse(file);
    const Status removed = uri ? store.Remove(*uri) : Status(std::unexpected(uri.error()));
    if (removed) {
      ++purged.removed;
    } else {
      purged.failed.push_back(removed.error().message);
    }
  }
  return purged;
}

std::string RowsText(const iceberg::TableMetadata& metadata) {
  const iceberg::Snapshot* current = metadata.CurrentSnapshot();
  if (current == nullptr) return "no rows";
  const auto records = current->summary.find("total-records");
  return records == current->summary.end() ? "rows" : records->second + " rows";
}

void Tell(Session& session, const TableName& name, std::size_t loaded, const Purged* purged) {
  Console& console = session.console;
  if (session.is_json) {
    JsonLine line = {{"dropped", name.ToString()}, {"files_in_ledger", loaded}};
    if (purged != nullptr) {
      line["removed"] = purged->removed;
      line["elsewhere"] = purged->elsewhere;
      line["not_removed"] = purged->failed.size();
    }
    PrintJson(console, line);
  } else {
    console.out << fmt::format("dropped {}\n", Printable(name.ToString()));
    if (purged != nullptr)
      console.out << fmt::format("removed {}\n", Counted(purged->removed, "file"));
    if (purged != nullptr && purged->elsewhere > 0) {
      console.out << fmt::format("left {} outside of the table's location\n",
                                 Counted(purged->elsewhere, "file"));
    }
    if (loaded > 0) {
      console.out << fmt::format(
          "the ledger still knows {} loaded into it: `eider run --remake-tables` makes the table "
          "anew of further files, with --force of these as well\n",
          Counted(loaded, "file"));
    }
  }
  if (purged == nullptr || purged->failed.empty()) return;
  PrintError(console, fmt::format("{} could not be removed, the first: {}",
                                  Counted(purged->failed.size(), "file"), purged->failed.front()));
}

}  // namespace

Result<int> TableDropCommand(Session& session, const TableDropOptions& options) {
  EIDER_ASSIGN(const auto name, TableName::Parse(options.table));
  EIDER_ASSIGN(catalog::Catalog* const catalog, session.program.Catalog());
  EIDER_ASSIGN(const LoadedTable table, catalog->Load(name));
  EIDER_ASSIGN(ledger::Ledger* const ledger, session.program.Ledger());
  EIDER_ASSIGN(const auto loaded, ledger::FilesLoadedInto(*ledger, name.ToString()));
  std::vector<std::string> files;
  if (options.purge) {
    EIDER_CHECK(CheckMayPurge(name, table));
    EIDER_ASSIGN(files, iceberg::ListTableFiles(session.program.TableStore(), *table.metadata,
                                                table.metadata_location));
  }
  const std::string what = fmt::format(
      "table {} ({} in {}, at {}){}", name.ToString(), RowsText(*table.metadata),
      Counted(table.metadata->snapshots.size(), "snapshot"), table.metadata->location,
      options.purge ? fmt::format(" and its {} for ever", Counted(files.size(), "file")) : "");
  if (!options.yes) {
    EIDER_ASSIGN(const bool is_wanted,
                 Confirm(session.console, session.is_json, fmt::format("Drop {}?", what)));
    if (!is_wanted) {
      session.console.err << "nothing dropped\n";
      return kExitFailed;
    }
  }
  EIDER_CHECK(catalog->Drop(name, table));
  if (!options.purge) {
    Tell(session, name, loaded.size(), nullptr);
    return kExitDone;
  }
  const Purged purged = Purge(session.program.TableStore(), table.metadata->location, files);
  Tell(session, name, loaded.size(), &purged);
  return purged.failed.empty() ? kExitDone : kExitFailed;
}

}  // namespace eider::app
