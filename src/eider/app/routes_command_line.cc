#include "eider/app/routes_command_line.h"

#include <cstdint>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "eider/app/commands.h"
#include "eider/app/layout_options.h"

namespace eider::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  eider routes list                                 every route, with its table and its SQL
  eider routes get src-a                            one of them
  eider routes check                                all that is wrong: names, tables, SQL
  eider routes check --sample s3://src-a/x.parquet  the same, and each SQL tried on a file
  eider routes check --sample x.csv --deep          on all rows of it, as a run would load them
  eider routes lint                                 what is risky in the SQL
  eider routes put src-a --table bronze.orders --sql-file orders.sql --create-table
  eider routes disable src-a                        its files wait until it is enabled
  eider routes remove src-a
  eider routes export routes.yaml                   all of them, as a file
  eider routes import routes.yaml                   all of a file, if all of it is right
  eider routes diff routes.yaml                     what apply would write; exit code 1 if anything
  eider routes apply routes.yaml                    plan, ask, write what differs
  eider routes status                               which store answers, and how old the snapshot is
  eider routes snapshot                             write the snapshot of all routes now
  eider routes schema                               the JSON schema of a route, for editors

put, enable, disable, remove, import and apply write to a routing table in DynamoDB,
PostgreSQL or SQLite. A routes file is edited by hand; routing.path names it:
  routes:
    - PartitionKey: src-a
      target_table: bronze.orders
      query_sql: SELECT * FROM read_parquet('{s3_input_path}')
      create_table: true)";

constexpr const char* kPutExamples = R"(
Examples:
  eider routes put src-a --table bronze.orders --sql "SELECT * FROM '{s3_input_path}'"
  eider routes put 'year=*' --same-as src-a --priority 10
  eider routes put src-b --table bronze.priced --sql-file priced.sql --input s3://ref/rates/ \
      --input reference.customers --memory-limit 512MiB --threads 2 --timeout-ms 60000
  eider routes put src-c --table bronze.c --sql-file c.sql --disabled --owner ada

The route replaces any earlier one of its key: what is not given is not set. A key that holds '*' is
a pattern, '*' alone is the route of whatever has no other.)";

constexpr const char* kApplyExamples = R"(
Examples:
  eider routes diff routes.yaml                     what apply would do: + new, ~ changed
  eider routes diff routes.yaml --prune             and - removed: what the file does not have
  eider routes apply routes.yaml                    plan, ask, write
  eider routes apply routes.yaml --prune --yes      the same without asking, as in CI

A file is YAML, or JSON lines where it is called .jsonl. All of it is checked first. Each route is
written only if it is still what the plan was made from: two people do not overwrite each other.
Exit codes of diff: 0 no difference, 1 differences, 2 it could not be told.)";

}  // namespace

const char* RoutesCommandLine::Examples() {
  return kExamples;
}

void RoutesCommandLine::AddTo(const AddCommand& add) {
  add("list", "Every route, with its table and its SQL", kExamples, &RoutesListCommand);
  AddCheck(add);
  add("lint", "What is risky in the routes' SQL; exit code 1 if anything", kExamples,
      &RoutesLintCommand);
  add("status", "Whether each store of routes answers, and how old the snapshot is", kExamples,
      &RoutesStatusCommand);
  add("snapshot", "Write the snapshot of all routes now", kExamples, &RoutesSnapshotCommand);
  add("export", "Every route, as a file that import reads: YAML, or JSON lines in FILE.jsonl",
      kExamples, [this](Session& session) { return RoutesExportCommand(session, route_.key); })
      ->add_option("FILE", route_.key, "Where to; standard output when not given")
      ->type_name("");
  const auto add_with = [&](const std::string& name, const std::string& description,
                            const std::string& argument, Command command) {
    add(name, description, kExamples, std::move(command))
        ->add_option(argument, route_.key)
        ->type_name("")
        ->required();
  };
  add_with("get", "One route", "KEY",
           [this](Session& session) { return RoutesGetCommand(session, route_.key); });
  add_with("remove", "Remove a route", "KEY",
           [this](Session& session) { return RoutesRemoveCommand(session, route_.key); });
  add_with("enable", "Let the files of a route be loaded again", "KEY",
           [this](Session& session) { return RoutesEnableCommand(session, route_.key, true); });
  add_with("disable", "Hold the files of a route until it is enabled", "KEY",
           [this](Session& session) { return RoutesEnableCommand(session, route_.key, false); });
  add_with("import", "Write every route of a file (YAML or .jsonl), if all of them are right",
           "FILE", [this](Session& session) { return RoutesImportCommand(session, route_.key); });
  AddPut(add);
  AddApply(add);
}

void RoutesCommandLine::AddCheck(const AddCommand& add) {
  CLI::App* check =
      add("check", "Everything that is wrong with the routes; exit code 1 if any", kExamples,
          [this](Session& session) { return RoutesCheckCommand(session, check_); });
  CLI::Option* const sample =
      check->add_option("--sample", check_.sample, "A file that the SQL of every route is tried on")
          ->type_name("URI");
  check->add_flag("--deep", check_.deep, "On all rows of it, as a run would load them")
      ->needs(sample);
}

// How a table is made that is missing.
void RoutesCommandLine::AddTableOptions(CLI::App& put) {
  put.add_flag("--create-table", route_.create_table,
               "Create a missing table from the result's columns");
  AddLayoutOptions(put, route_.layout);
}

void RoutesCommandLine::AddSqlOptions(CLI::App& put) {
  CLI::Option_group* sql = put.add_option_group("SQL");
  sql->add_option("--sql", route_.sql, "One SELECT with the marker {s3_input_path}")
      ->type_name("SQL");
  sql->add_option("--sql-file", route_.sql_file, "A file that holds it")->type_name("FILE");
  sql->require_option(0, 1);
  put.add_option("--same-as", route_.same_as, "The route whose table and SQL these are")
      ->type_name("KEY");
  put.add_option("--transform", route_.transform, "The plug-in that the rows of the SQL go through")
      ->type_name("NAME");
  put.add_option("--then-sql", route_.then_sql, "SQL over what comes of it: FROM transformed")
      ->type_name("SQL");
}

void RoutesCommandLine::AddPut(const AddCommand& add) {
  CLI::App* put =
      add("put", "Write a route, over any earlier one of its key, if it is right", kPutExamples,
          [this](Session& session) { return RoutesPutCommand(session, route_); });
  put->add_option("KEY", route_.key)->type_name("")->required();
  put->add_option("--table", route_.table, "The table that gets the rows, as namespace.table")
      ->type_name("NAME");
  AddSqlOptions(*put);
  AddTableOptions(*put);
  put->add_flag("--disabled", route_.disabled, "Hold its files until the route is enabled");
  put->add_option("--input", route_.inputs,
                  "What else the SQL may read: a URI, a prefix that ends in '/', a table; again "
                  "for each")
      ->type_name("INPUT")
      ->expected(1)
      ->take_all();
  put->add_option("--type", route_.types,
                  "What a column's values are, as amount='DECIMAL(12,2)'; again for each")
      ->type_name("COLUMN=TYPE")
      ->expected(1)
      ->take_all();
  put->add_option("--encoding", route_.encoding,
                  "The encoding of its CSV files where it is not UTF-8, such as windows-1252")
      ->type_name("NAME");
  put->add_option("--on-bad-rows", route_.on_bad_rows,
                  "fail the file, or reject: put them into <table>__rejects")
      ->type_name("FATE");
  put->add_option("--reject-max", route_.reject_max,
                  "How many rows may be rejected before the file fails: 100, or 1%")
      ->type_name("LIMIT");
  put->add_option("--schema", route_.schema,
                  "What becomes of the table where files have more columns: freeze, evolve, "
                  "evolve_with_widening, hold")
      ->type_name("CONTRACT");
  put->add_option(
         "--rescue", route_.rescue,
         "The column that gets, as JSON, what does not fit the table, such as _rescued_data")
      ->type_name("COLUMN");
  put->add_flag("--lineage", route_.lineage,
                "Each row gets _source_file, _source_version and _loaded_at");
  put->add_option("--priority", route_.priority, "Among patterns of one key the highest wins")
      ->type_name("N");
  put->add_option("--description", route_.description, "What it is for")->type_name("TEXT");
  put->add_option("--owner", route_.owner, "Who knows about it")->type_name("TEXT");
  put->add_option("--memory-limit", route_.memory_limit, "Memory for a query, such as 512MiB")
      ->type_name("SIZE");
  put->add_option("--threads", route_.threads, "Threads for a query")->type_name("N");
  put->add_option("--group-files", route_.group_files, "Small files that one query may read")
      ->type_name("N");
  put->add_option("--timeout-ms", route_.timeout_ms, "The longest time of one query")
      ->type_name("MS");
  put->add_option("--commit-lag-ms", route_.commit_lag_ms,
                  "How long a file may wait for others to commit with")
      ->type_name("MS");
  put->add_option("--after-load", route_.after_load,
                  "What is done with the object of a loaded file: tag, delete, 'move PREFIX', "
                  "'copy PREFIX'")
      ->type_name("DEED");
  put->add_option("--after-failure", route_.after_failure,
                  "The same of a file that failed, where no other attempt would help")
      ->type_name("DEED");
}

void RoutesCommandLine::AddApply(const AddCommand& add) {
  CLI::App* diff = add("diff", "What apply would write; exit code 1 if anything", kApplyExamples,
                       [this](Session& session) { return RoutesDiffCommand(session, apply_); });
  CLI::App* apply =
      add("apply", "Make the routes those of a file: plan, ask, write", kApplyExamples,
          [this](Session& session) { return RoutesApplyCommand(session, apply_); });
  for (CLI::App* const command : {diff, apply}) {
    command->add_option("FILE", apply_.file, "YAML, or JSON lines where it is called .jsonl")
        ->type_name("")
        ->required();
    command->add_flag("--prune", apply_.prune, "Remove the routes that are not in the file");
  }
  apply->add_flag("--yes", apply_.yes, "Do not ask");
}

}  // namespace eider::app
