#include "eider/app/ledger_command_line.h"

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "eider/app/commands.h"
#include "eider/app/ledger_commands.h"
#include "eider/ledger/load_history.h"

namespace eider::app {
namespace {

constexpr const char* kHistoryExamples = R"(
Examples:
  eider history                                     the newest loads
  eider history --state FAILED --since 12h          what failed today, and why
  eider history --table bronze.orders --limit 20    of one table
  eider history --route orders --text 'line 7'      of one route, with these words in the error
  eider history --uri-prefix s3://src-a/2024/       of one prefix
  eider history --limit 100 --skip 100              the second page
  eider history --sql "SELECT route, count(*), sum(rows) FROM history GROUP BY route"
  eider history --since 7d --sql "FROM history SELECT code, count(*) GROUP BY ALL ORDER BY 2")";

constexpr const char* kStatusExamples = R"(
Examples:
  eider status                                      each route and table: waiting, in work, failed, …
  eider status --json                               the same for machines)";

constexpr const char* kRedriveExamples = R"(
Examples:
  eider redrive --dry-run                           every file that failed, and why
  eider redrive --route orders                      load again what failed of one route
  eider redrive --code unavailable --since 1d       what failed of the network today
  eider redrive --uri-prefix s3://src-a/2024/ --announce
                                                    leave them to the workers (eider serve)

A corrected file under the same key is a new version: an event or `eider run` loads it, and the
history shows both.)";

constexpr const char* kForgetExamples = R"(
Examples:
  eider forget s3://src-a/orders/x.parquet          load it again when something names it
  eider forget s3://src-a/2024/01/ --yes            the same of all that is known below a prefix

Rows that a file gave stay in their tables: delete them first, or they are there twice.)";

constexpr const char* kReconcileExamples = R"(
Examples:
  eider reconcile s3://src-a/                       load what no event told of, and prove that all is in
  eider reconcile s3://src-a/ --dry-run             only tell: loaded, missing, failed, changed, gone
  eider reconcile s3://src-a/2024/ --since 2d --failed
                                                    what was changed lately, failed files as well
  eider reconcile s3://src-a/ --announce --report open.jsonl
                                                    leave it to the workers, and list what is not in

Exit codes: 0 every file that lies there is loaded, 1 some are not.)";

constexpr const char* kBackfillExamples = R"(
Examples:
  eider backfill s3://src-a/2019/ s3://src-a/2020/  load years of files, with a bar and the time that remains
  eider backfill s3://src-a/ --order time           the oldest first
  eider backfill s3://src-a/ --dry-run              how much there is

It may be stopped and started again: what is loaded is loaded once.)";

void AddFilters(CLI::App& command, HistoryOptions& options) {
  command.add_option("--table", options.table, "Only files for this table")->type_name("NAME");
  command.add_option("--route", options.route, "Only files of this route")->type_name("KEY");
  command.add_option("--uri-prefix", options.uri_prefix, "Only files whose URI begins so")
      ->type_name("URI");
  command.add_option("--code", options.code, "Only errors of this kind, such as corrupt")
      ->type_name("CODE");
  command.add_option("--text", options.text, "Only errors with these words")->type_name("TEXT");
  command
      .add_option("--since", options.since,
                  "Only what ended, or is in work, since then: a time in UTC, or 90s, 15m, 12h, 7d")
      ->type_name("TIME");
  command.add_option("--until", options.until, "Only what did so before then")->type_name("TIME");
}

}  // namespace

void LedgerCommandLine::AddTo(const AddCommand& add) {
  CLI::App* history =
      add("history", "The load history: what was loaded, failed, or is in work", kHistoryExamples,
          [this](Session& session) { return HistoryCommand(session, history_); });
  history->add_option("--state", history_.state, "Only files " + ledger::StateNames())
      ->type_name("STATE");
  AddFilters(*history, history_);
  CLI::Option* const limit =
      history
          ->add_option("--limit", history_.limit, "At most so many, newest first; 100 if not given")
          ->type_name("N")
          ->check(CLI::Range(1, 1'000'000));
  CLI::Option* const skip =
      history->add_option("--skip", history_.skip, "Pass over so many, for the next page")
          ->type_name("N")
          ->check(CLI::Range(0, 2'000'000'000));
  history
      ->add_option("--sql", history_.sql,
                   "A SELECT over the table history, whose columns are those of --json")
      ->type_name("SQL")
      ->excludes(limit, skip);

  add("status", "What waits, is in work, failed and was loaded lately", kStatusExamples,
      &StatusCommand);

  CLI::App* redrive = add("redrive", "Load files again that failed", kRedriveExamples,
                          [this](Session& session) { return RedriveCommand(session, redrive_); });
  AddFilters(*redrive, redrive_.files);
  redrive->add_flag("--announce", redrive_.announce, "Leave them to the workers (eider serve)");
  redrive->add_flag("--dry-run", redrive_.dry_run, "Only name them");
  redrive_command_ = redrive;

  CLI::App* forget = add("forget", "Let files be loaded again that are loaded", kForgetExamples,
                         [this](Session& session) { return ForgetCommand(session, forget_); });
  forget
      ->add_option_function<std::vector<std::string>>(
          "URI", [this](const std::vector<std::string>& uris) { forget_.uris = uris; },
          "s3://bucket/key, or s3://bucket/prefix/ (every file below it)")
      ->type_name("")
      ->required()
      ->expected(1, CLI::detail::expected_max_vector_size);
  forget->add_flag("--yes", forget_.yes, "Ask nobody");

  AddReconcile(add);
  AddBackfill(add);
}

void LedgerCommandLine::AddPrefixes(CLI::App& command) {
  command
      .add_option_function<std::vector<std::string>>(
          "URI", [this](const std::vector<std::string>& uris) { reconcile_.uris = uris; },
          "s3://bucket/prefix/ (every object below it), and folders")
      ->type_name("")
      ->required()
      ->expected(1, CLI::detail::expected_max_vector_size);
  command
      .add_option("--since", reconcile_.since,
                  "Only objects that were changed since then: a time in UTC, or 12h, 7d")
      ->type_name("TIME");
  command
      .add_option("--inventory", reconcile_.inventory,
                  "The manifest.json of an S3 Inventory, which is read in place of a listing")
      ->type_name("URI");
  command.add_flag("--failed", reconcile_.failed, "Load again what failed, too");
  command.add_flag("--dry-run", reconcile_.dry_run, "Only tell, and load nothing");
  command.add_flag("--verbose", reconcile_.verbose, "Print a line for every file");
}

void LedgerCommandLine::AddReconcile(const AddCommand& add) {
  CLI::App* command =
      add("reconcile", "Compare what lies in a bucket with what is loaded", kReconcileExamples,
          [this](Session& session) { return ReconcileCommand(session, reconcile_); });
  AddPrefixes(*command);
  command->add_flag("--announce", reconcile_.announce, "Leave them to the workers (eider serve)");
  command
      ->add_option("--report", reconcile_.report, "Write a JSON line for each file that is not in")
      ->type_name("FILE");
  reconcile_command_ = command;
}

void LedgerCommandLine::AddBackfill(const AddCommand& add) {
  CLI::App* command = add("backfill", "Load all that lies in a bucket and is not loaded",
                          kBackfillExamples, [this](Session& session) {
                            reconcile_.is_backfill = true;
                            return ReconcileCommand(session, reconcile_);
                          });
  AddPrefixes(*command);
  command
      ->add_option_function<std::string>(
          "--order", [this](const std::string& order) { reconcile_.by_time = order == "time"; },
          "key (the default) or time; by time the list is held in memory")
      ->type_name("ORDER")
      ->check(CLI::IsMember({"key", "time"}));
  backfill_command_ = command;
}

}  // namespace eider::app
