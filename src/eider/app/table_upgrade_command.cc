// `eider table upgrade`: a table of an older format version becomes one of a newer.
#include <ostream>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/app/pipeline_services.h"
#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/commit/commit_loop.h"
#include "eider/commit/table_work.h"
#include "eider/iceberg/table_change.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/table_name.h"

namespace eider::app {
namespace {

using catalog::LoadedTable;
using iceberg::TableName;

// A newer format version, and nothing beside it.
class UpgradeWork final : public commit::TableWork {
 public:
  UpgradeWork(TableName table, std::string table_uuid, int version)
      : table_(std::move(table)), table_uuid_(std::move(table_uuid)), version_(version) {}

  const TableName& table() const override { return table_; }

  Status LookAt(const iceberg::TableMetadata& base) override {
    if (base.table_uuid != table_uuid_) {
      return Fail(Code::kInvalid,
                  fmt::format("table {} was dropped and made again meanwhile: it was {} and is {}",
                              table_.ToString(), table_uuid_, base.table_uuid));
    }
    is_done_ = base.format_version >= version_;
    return {};
  }

  bool is_done() const override { return is_done_; }

  Result<iceberg::TableChange> Prepare(const iceberg::TableMetadata& base) override {
    return iceberg::TableChange{.requirements = {iceberg::AssertTableUuid{base.table_uuid}},
                                .updates = {iceberg::UpgradeFormatVersion{version_}}};
  }

  void Taken() override { is_done_ = true; }

  // Nothing is written but what the catalog writes.
  void DiscardAttempt() override {}

  void DiscardAll() override {}

 private:
  const TableName table_;
  const std::string table_uuid_;
  const int version_;
  bool is_done_ = false;
};

Status Upgrade(Session& session, catalog::Catalog& catalog, UpgradeWork work) {
  Program& program = session.program;
  commit::TableWork* const all[] = {&work};
  return commit::CommitWork({catalog, program.clock(), program.random(), program.log()}, all,
                            LoadOptionsOf(session).retry, {})
      .status;
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
  EIDER_CHECK(Upgrade(session, *catalog, {name, table.metadata->table_uuid, options.to}));
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
