// `eider table upgrade`: a table of an older format version becomes one of a newer.
#include <ostream>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/iceberg/table_change.h"
#include "eider/iceberg/table_name.h"

namespace eider::app {
namespace {

using catalog::LoadedTable;
using iceberg::TableName;

// Another writer's commit may come between.
constexpr int kAttemptsMax = 5;

Status Upgrade(catalog::Catalog& catalog, const TableName& name, LoadedTable table, int version) {
  for (int attempt = 1; table.metadata->format_version < version; ++attempt) {
    const iceberg::TableChange change{
        .requirements = {iceberg::AssertTableUuid{table.metadata->table_uuid}},
        .updates = {iceberg::UpgradeFormatVersion{version}}};
    const auto committed = catalog.Commit(name, table, change);
    if (committed) return {};
    const Code code = committed.error().code;
    const bool is_open = code == Code::kConflict || code == Code::kOutcomeUnknown;
    if (!is_open || attempt == kAttemptsMax) return std::unexpected(committed.error());
    EIDER_ASSIGN(table, catalog.Load(name));
  }
  return {};
}

}  // namespace

Result<int> TableUpgradeCommand(Session& session, const TableUpgradeOptions& options) {
  EIDER_ASSIGN(const auto name, TableName::Parse(options.table));
  EIDER_ASSIGN(catalog::Catalog* const catalog, session.program.Catalog());
  EIDER_ASSIGN(const LoadedTable table, catalog->Load(name));
  const int before = table.metadata->format_version;
  if (before > options.to) {
    return Fail(Code::kInvalid,
                fmt::format("table {} has format version {}, and no table goes back to {}",
                            name.ToString(), before, options.to));
  }
  if (before < options.to && !options.yes) {
    EIDER_ASSIGN(
        const bool is_wanted,
        Confirm(session.console, session.is_json,
                fmt::format("Upgrade table {} from format version {} to {} for ever? Readers and "
                            "writers that know no version {} cannot use it any more.",
                            name.ToString(), before, options.to, options.to)));
    if (!is_wanted) {
      session.console.err << "nothing upgraded\n";
      return kExitFailed;
    }
  }
  EIDER_CHECK(Upgrade(*catalog, name, table, options.to));
  if (session.is_json) {
    PrintJson(session.console, {{"table", name.ToString()},
                                {"format_version_before", before},
                                {"format_version", options.to}});
  } else if (before == options.to) {
    session.console.out << fmt::format("table {} has format version {} already\n",
                                       Printable(name.ToString()), before);
  } else {
    session.console.out << fmt::format("upgraded {} from format version {} to {}\n",
                                       Printable(name.ToString()), before, options.to);
  }
  return kExitDone;
}

}  // namespace eider::app
