// The subcommands: each takes its options and prints its results.
//
// A command returns the exit code: 0, or 1 when something failed, which it has told already. An
// Error means that it could not begin (usage or configuration): exit code 2.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/app/console.h"
#include "eider/app/program.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"

namespace eider::app {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitSignal = 128;  // and its number

inline constexpr std::string_view kVersion = "eider 0.1.0";

// What every command works with. Borrowed.
struct Session {
  Program& program;
  Console& console;
  std::string working_directory;
  bool is_json = false;
  std::function<std::optional<std::string>(std::string_view)> environment;  // a variable's value
};

// Tells an error on `err`, with its first words in red.
void PrintError(Console& console, std::string_view message);

struct RunOptions {
  std::vector<std::string> uris;
  std::string event;  // path, "-" for standard input; empty: none
  bool force = false;
  bool remake_tables = false;
  bool held = false;                // the files in the ledger that are held
  std::string held_for = {};        // those that wait for a change of this table; empty: none
  std::vector<FileRef> files = {};  // these, and whatever the others name
  bool dry_run = false;             // all but the commit and the ledger
  bool verbose = false;             // a line for every file, also where many are skipped
};

Result<int> RunCommand(Session& session, const RunOptions& options);

struct ReaderOptions {
  int parent = 0;        // the process that asks
  bool dry_run = false;  // as RunOptions::dry_run
};

Result<int> ReaderCommand(Session& session, const ReaderOptions& options);

struct ExplainOptions {
  std::vector<std::string> uris;
  std::string event;    // path, "-" for standard input; empty: none
  int sample_rows = 0;  // of each part's query; 0: none is run
  bool deep = false;    // all rows, as a run
};

Result<int> ExplainCommand(Session& session, const ExplainOptions& options);

Result<int> RoutesListCommand(Session& session);
Result<int> RoutesGetCommand(Session& session, const std::string& key);

struct QueryOptions {
  std::string route_or_sql;  // the PartitionKey of a route, or SQL with the marker
  std::string file;
  std::string format;             // "arrow", "csv", "json", "table"; empty: as the session has it
  std::optional<int> limit = {};  // rows; of a table 40 when not given
};

// Whether it is SQL: no key of a route holds the marker.
bool HasSql(const QueryOptions& options);

Result<int> QueryCommand(Session& session, const QueryOptions& options);

struct PluginTestOptions {
  std::string name;
  std::string file;
  std::string sql = {};  // that makes the rows which it gets; empty: those of the file
};

Result<int> PluginTestCommand(Session& session, const PluginTestOptions& options);

struct RoutesCheckOptions {
  std::string sample;  // the URI of a file that every route's SQL is tried on; empty: none
  bool deep = false;   // on all of its rows, as a run
};

Result<int> RoutesCheckCommand(Session& session, const RoutesCheckOptions& options);
Result<int> RoutesLintCommand(Session& session);
Result<int> RoutesExportCommand(Session& session, const std::string& file);  // empty: to `out`

Result<int> RoutesSchemaCommand(Console& console);  // needs no configuration

// How a table is made.
struct LayoutOptions {
  std::vector<std::string> partition_by = {};
  std::vector<std::string> sort_by = {};
  std::vector<std::string> table_properties = {};  // "name=value"
  std::string location = {};
};

struct RoutePutOptions {
  std::string key;
  std::string table;
  std::string sql;
  std::string sql_file;  // instead of sql
  std::string same_as;   // instead of table and SQL
  bool create_table = false;
  LayoutOptions layout = {};
  bool disabled = false;
  std::vector<std::string> inputs = {};
  std::vector<std::string> types = {};  // "column=type"
  std::string encoding = {};
  std::string on_bad_rows = {};
  std::string reject_max = {};
  std::string schema = {};
  std::string rescue = {};
  std::string transform = {};
  std::string then_sql = {};
  bool lineage = false;
  std::optional<std::int64_t> priority = {};
  std::string description = {};
  std::string owner = {};
  std::string memory_limit = {};  // as a size
  std::optional<std::int64_t> threads = {};
  std::optional<std::int64_t> timeout_ms = {};
  std::optional<std::int64_t> group_files = {};
  std::optional<std::int64_t> commit_lag_ms = {};
  std::string after_load = {};
  std::string after_failure = {};
};

Result<int> RoutesPutCommand(Session& session, const RoutePutOptions& options);
Result<int> RoutesImportCommand(Session& session, const std::string& file);
Result<int> RoutesRemoveCommand(Session& session, const std::string& key);
Result<int> RoutesEnableCommand(Session& session, const std::string& key, bool enabled);

struct RoutesApplyOptions {
  std::string file;
  bool prune = false;  // routes that are not in the file go
  bool yes = false;    // without asking
};

// 0: no difference, 1: differences.
Result<int> RoutesDiffCommand(Session& session, const RoutesApplyOptions& options);
Result<int> RoutesApplyCommand(Session& session, const RoutesApplyOptions& options);

Result<int> RoutesStatusCommand(Session& session);
Result<int> RoutesSnapshotCommand(Session& session);

Result<int> TableListCommand(Session& session);
Result<int> TableShowCommand(Session& session, const std::string& table);
Result<int> TableSnapshotsCommand(Session& session, const std::string& table);

Result<int> TablePartitionsCommand(Session& session, const std::string& table);

struct TableFilesOptions {
  std::string table;
  std::vector<std::string> where;  // "day = 2024-01-31", all of them
};

Result<int> TableFilesCommand(Session& session, const TableFilesOptions& options);

struct TableCreateOptions {
  std::string table;
  std::string sql_file;  // with a CREATE TABLE statement; empty: of the rows of `from`
  std::string from;      // the URI of a file
  std::string route;     // the key of the route whose SQL makes rows of it; empty: all its columns
  LayoutOptions layout = {};  // above that of the statement or route
  bool dry_run = false;       // only tell what it would be
};

Result<int> TableCreateCommand(Session& session, const TableCreateOptions& options);

struct TableDropOptions {
  std::string table;
  bool purge = false;  // its files as well
  bool yes = false;    // ask nobody
};

Result<int> TableDropCommand(Session& session, const TableDropOptions& options);

struct TableUpgradeOptions {
  std::string table;
  int to = 2;  // a format version
  bool yes = false;
};

// Errors: kInvalid (to an older version), those of commit::CommitWork.
Result<int> TableUpgradeCommand(Session& session, const TableUpgradeOptions& options);
Result<int> TableHeadCommand(Session& session, const std::string& table, int rows_max);

struct RejectsShowOptions {
  std::string table;  // a table of rejects, or the one that it stands beside
  std::string file;   // its URI; empty: of all files
  int rows = 20;
};

Result<int> RejectsListCommand(Session& session);
Result<int> RejectsShowCommand(Session& session, const RejectsShowOptions& options);

struct SchemaOptions {
  std::string table;
  bool yes = false;  // ask nobody
};

Result<int> SchemaListCommand(Session& session);

// 0: no difference, 1: differences.
Result<int> SchemaDiffCommand(Session& session, const SchemaOptions& options);

// Changes the table and loads the files that waited for it.
Result<int> SchemaApplyCommand(Session& session, const SchemaOptions& options);

Result<int> ConfigCommand(Session& session);

// Loads what the configured sources deliver until the process is stopped.
Result<int> ServeCommand(Session& session);

// Whether ServeCommand could begin: it would find its settings, routes, ledger, catalog and engine.
Status CheckServe(Session& session);

// Serves invocations until the process is stopped. An Error: the function cannot start.
Result<int> LambdaCommand(Session& session);

// Tells Lambda why the function cannot start; without effect outside of Lambda.
void ReportInitError(const std::function<std::optional<std::string>(std::string_view)>& environment,
                     const std::string& message);

}  // namespace eider::app
