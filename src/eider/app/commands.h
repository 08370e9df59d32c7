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
#include "eider/app/rooms.h"
#include "eider/base/result.h"

namespace eider::app {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

// What every command works with. Borrowed.
struct Session {
  Rooms& rooms;
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
};

Result<int> RunCommand(Session& session, const RunOptions& options);

Result<int> RoutesListCommand(Session& session);
Result<int> RoutesGetCommand(Session& session, const std::string& key);
Result<int> RoutesCheckCommand(Session& session);
Result<int> RoutesExportCommand(Session& session, const std::string& file);  // empty: to `out`

struct RoutePutOptions {
  std::string key;
  std::string table;
  std::string sql;
  std::string sql_file;  // instead of sql
  bool create_table = false;
};

Result<int> RoutesPutCommand(Session& session, const RoutePutOptions& options);
Result<int> RoutesImportCommand(Session& session, const std::string& file);
Result<int> RoutesRemoveCommand(Session& session, const std::string& key);

Result<int> TableListCommand(Session& session);
Result<int> TableShowCommand(Session& session, const std::string& table);
Result<int> TableSnapshotsCommand(Session& session, const std::string& table);
Result<int> TableHeadCommand(Session& session, const std::string& table, int rows_max);

struct HistoryOptions {
  std::string state;       // "LOADED", in either case; empty: all
  std::string table;       // empty: all
  std::string uri_prefix;  // empty: all
  int limit = 100;
};

Result<int> HistoryCommand(Session& session, const HistoryOptions& options);

Result<int> ConfigCommand(Session& session);

// Serves invocations until the process is stopped. An Error: the function cannot start.
Result<int> LambdaCommand(Session& session);

// Tells Lambda why the function cannot start; without effect outside of Lambda.
void ReportInitError(const std::function<std::optional<std::string>(std::string_view)>& environment,
                     const std::string& message);

}  // namespace eider::app
