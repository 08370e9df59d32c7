#include "eider/app/look_command_line.h"

#include <CLI/CLI.hpp>

#include "eider/app/commands.h"
#include "eider/app/file_arguments.h"

namespace eider::app {
namespace {

constexpr const char* kExplainExamples = R"(
Examples:
  eider explain s3://src-a/orders/x.parquet         its keys, its route, its columns and casts
  eider explain --sample 5 s3://src-a/orders/       the same of every file, with first rows
  eider explain --deep s3://src-a/orders/x.parquet  all its rows as a run would load them, or why not
  eider explain --event event.json --json           for the objects of an event, for machines

Nothing is claimed, created or written. Exit codes: 0 all would be loaded, 1 some would fail.)";

constexpr const char* kQueryExamples = R"text(
Examples:
  eider query src-a s3://src-a/x.parquet            the first rows that the SQL of route src-a makes
  eider query src-a x.parquet --format arrow | python3 look.py     all, for pyarrow and Polars
  eider query "SELECT * FROM read_csv('{s3_input_path}')" x.csv --format json

SQL needs no configuration. The columns are those of a table that is made for it. Nothing is claimed,
created or written.)text";

}  // namespace

bool LookCommandLine::NeedsNoLake() const {
  return query_command_->parsed() && HasSql(query_);
}

void LookCommandLine::AddTo(const AddCommand& add) {
  CLI::App* explain =
      add("explain", "Show which route a file takes, why, and what its query would do",
          kExplainExamples, [this](Session& session) { return ExplainCommand(session, explain_); });
  AddFileArguments(*explain, explain_.uris, explain_.event);
  explain->add_option("--sample", explain_.sample_rows, "Show so many rows of each query's result")
      ->type_name("N")
      ->check(CLI::Range(0, 10'000));
  explain->add_flag("--deep", explain_.deep,
                    "Do all that a run does with every row, and write nothing");
  explain_command_ = explain;

  CLI::App* query = add("query", "Show what a route's SQL, or any, makes of a file", kQueryExamples,
                        [this](Session& session) { return QueryCommand(session, query_); });
  query
      ->add_option("ROUTE_OR_SQL", query_.route_or_sql,
                   "The PartitionKey of a route, or SQL that holds {s3_input_path}")
      ->type_name("")
      ->required();
  query->add_option("FILE", query_.file, "s3://bucket/key or a path")->type_name("")->required();
  query
      ->add_option("--format", query_.format,
                   "table (the first rows, for people), csv, json (an object in each line), arrow "
                   "(an IPC stream)")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"arrow", "csv", "json", "table"}));
  query->add_option("--limit", query_.limit, "So many rows at most; of a table 40 when not given")
      ->type_name("N")
      ->check(CLI::Range(0, 1'000'000'000));
  query_command_ = query;
}

}  // namespace eider::app
