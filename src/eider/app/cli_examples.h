// What stands below the help of the program and of each command.
#pragma once

namespace eider::app {

inline constexpr const char* kProgramExamples = R"(
Examples:
  eider run --config eider.yaml s3://src-a/2024/    load every object below a prefix
  eider run --config eider.yaml --json data/*.csv   the same for files, told in JSON
  eider explain --config eider.yaml s3://src-a/x    which route a file takes, and why
  eider routes check --config eider.yaml            what is wrong with the routes
  eider history --config eider.yaml --state FAILED  what failed, and why

The configuration comes from flags, then the environment (EIDER_CONFIG, EIDER_WAREHOUSE, …), then
the file that --config names. All options may stand before or after the command.
Exit codes: 0 all loaded or skipped, 1 some failed, 2 usage or configuration, 130 or 143 stopped by
Ctrl-C or SIGTERM before all was loaded.)";

inline constexpr const char* kRunExamples = R"(
Examples:
  eider run s3://src-a/orders/x.parquet             one object of the bucket src-a
  eider run s3://src-a/orders/ s3://src-b/          every object below each prefix
  eider run ./inbox data/y.csv                      a local folder and a file
  eider run --event event.json                      the objects of an S3 event notification
  eider run --event - < event.json                  the same from standard input
  eider run --force s3://src-a/orders/x.parquet     load it again, on purpose
  eider run --held                                  what is held, now that its route or table is ready
  eider run --dry-run s3://src-a/orders/            route and query all, and write nothing

Each file goes to the table of its route. A file that is loaded already is SKIPPED; one that fails
does not stop the others, and is tried again by the next run.)";

inline constexpr const char* kPluginExamples = R"text(
Examples:
  eider plugin test clean s3://src-a/x.parquet      what plug-in `clean` makes of the file's rows
  eider plugin test clean x.csv --sql "SELECT id FROM read_csv('{s3_input_path}')"

Plug-ins are named in the configuration (`plugins`). Nothing is claimed, created or written.)text";

inline constexpr const char* kRejectsExamples = R"(
Examples:
  eider rejects list                                every table of rejects, and its rows
  eider rejects show bronze.orders                  what bronze.orders__rejects holds
  eider rejects show bronze.orders --file s3://src-a/orders/x.csv --json

Rows that do not read or do not fit are put aside where a route says on_bad_rows: reject.)";

inline constexpr const char* kSchemaExamples = R"(
Examples:
  eider schema list                                 tables that files wait for, and how they would change
  eider schema diff bronze.orders                   the difference, column by column
  eider schema apply bronze.orders                  change the table, and load the files

A route with schema: hold holds files that its table would have to change for. Exit codes of diff:
0 no difference, 1 differences; of apply as of run.)";

inline constexpr const char* kConfigExamples = R"(
Examples:
  eider config                                      every setting, its value, where it came from
  eider config --config eider.yaml --json           the same of that file, in JSON

Passwords and tokens are masked.)";

inline constexpr const char* kServeExamples = R"(
Examples:
  eider serve --watch /data/in                      every file that is put into a folder
  eider serve --sqs orders-events --sqs logs        what two queues tell of
  eider serve --listen 127.0.0.1:8080               webhooks of buckets, metrics and a dashboard
  eider serve --config eider.yaml                   all that `serve:` names in the file

A file in a folder counts when it is closed or renamed into place; names that begin with a dot or end
with ~, .tmp, .part, .partial, .filepart or .crdownload are files on their way. SIGTERM and Ctrl-C
end what is in work and hand back the rest; a second one ends at once.)";

inline constexpr const char* kLambdaExamples = R"(
AWS Lambda starts this as the bootstrap of a custom runtime; the program under the name `bootstrap`
does the same without the word. Events: S3, SQS, SNS, SNS in SQS, EventBridge. The configuration
comes from the function's environment (EIDER_ROUTING_TABLE, EIDER_LEDGER_TABLE, EIDER_WAREHOUSE, …).)";

inline constexpr const char* kSharedOptions = R"(
Every command also takes --config FILE, --json, --log-level LEVEL and a flag for each setting, such
as --warehouse URI: see eider --help.)";

}  // namespace eider::app
