#include "eider/app/table_command_line.h"

#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "eider/app/commands.h"
#include "eider/app/layout_options.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  eider table list                                  every table of the catalog
  eider table show bronze.orders                    location, columns, partitions, properties
  eider table snapshots bronze.orders               every snapshot with its summary
  eider table head bronze.orders --rows 5           the first rows
  eider table partitions bronze.orders              rows, files and bytes of each partition
  eider table files bronze.orders --where 'ts_day = 2024-01-31'
  eider table create bronze.orders --from s3://src-a/orders/x.parquet --partition-by 'day(ts)'
  eider table create bronze.orders --sql-file orders.sql
  eider table drop bronze.orders --purge            out of the catalog, and its files removed
  eider table upgrade bronze.orders --to 3          format version 3, for ever)";

}  // namespace

const char* TableCommandLine::Examples() {
  return kExamples;
}

void TableCommandLine::AddTo(const AddNamed& add) {
  add("list", "Every table of the catalog", &TableListCommand);
  const AddNamed add_named = [&](const std::string& name, const std::string& description,
                                 Command command) {
    CLI::App* subcommand = add(name, description, std::move(command));
    subcommand->add_option("NAME", table_, "The table, as namespace.table")
        ->type_name("")
        ->required();
    return subcommand;
  };
  AddLooks(add_named);
  AddCreate(add_named);
  AddChanges(add_named);
}

void TableCommandLine::AddLooks(const AddNamed& add) {
  add("show", "Location, columns, partition spec, properties, current snapshot",
      [this](Session& session) { return TableShowCommand(session, table_); });
  add("snapshots", "Every snapshot with its summary",
      [this](Session& session) { return TableSnapshotsCommand(session, table_); });
  add("head", "The first rows",
      [this](Session& session) { return TableHeadCommand(session, table_, rows_); })
      ->add_option("--rows", rows_, "How many; 10 when not given")
      ->type_name("N")
      ->check(CLI::Range(0, 100'000));
  add("partitions", "Every partition of the current snapshot: rows, files, bytes",
      [this](Session& session) { return TablePartitionsCommand(session, table_); });
  add("files", "Every data file of the current snapshot, and its partition",
      [this](Session& session) {
        files_.table = table_;
        return TableFilesCommand(session, files_);
      })
      ->add_option("--where", files_.where,
                   "Only of the partitions with that value, as 'ts_day = 2024-01-31'; again for "
                   "each")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all();
}

void TableCommandLine::AddCreate(const AddNamed& add) {
  CLI::App* create = add("create", "Make a table before its first file, by a statement or a sample",
                         [this](Session& session) {
                           create_.table = table_;
                           return TableCreateCommand(session, create_);
                         });
  create->add_option("--sql-file", create_.sql_file, "A file with a CREATE TABLE statement")
      ->type_name("FILE");
  create->add_option("--from", create_.from, "A file whose rows say what columns there are")
      ->type_name("URI");
  create
      ->add_option("--route", create_.route,
                   "The route whose SQL makes rows of that file; all its columns without")
      ->type_name("KEY");
  AddLayoutOptions(*create, create_.layout);
  create->add_flag("--dry-run", create_.dry_run, "Only tell what the table would be");
}

void TableCommandLine::AddChanges(const AddNamed& add) {
  CLI::App* drop = add("drop", "Take the table out of the catalog, to undo a wrong start",
                       [this](Session& session) {
                         drop_.table = table_;
                         return TableDropCommand(session, drop_);
                       });
  drop->add_flag("--purge", drop_.purge, "Remove its files as well, for ever");
  drop->add_flag("--yes", drop_.yes, "Ask nobody");
  CLI::App* upgrade =
      add("upgrade", "Give the table a newer format version, for ever", [this](Session& session) {
        upgrade_.table = table_;
        return TableUpgradeCommand(session, upgrade_);
      });
  upgrade->add_option("--to", upgrade_.to, "The format version: 2 or 3")
      ->check(CLI::Range(2, iceberg::kFormatVersionMax))
      ->capture_default_str();
  upgrade->add_flag("--yes", upgrade_.yes, "Ask nobody");
}

}  // namespace eider::app
