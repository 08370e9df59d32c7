// The subcommands that look at the ledger and mend what it tells.
#pragma once

#include <string>
#include <vector>

#include "eider/app/commands.h"
#include "eider/base/result.h"

namespace eider::app {

// What the user asked for; what is empty says nothing.
struct HistoryOptions {
  std::string state;  // "LOADED", in either case
  std::string table;
  std::string uri_prefix;
  std::string route;
  std::string code;
  std::string text;
  std::string since;  // "2026-11-30T12:00:00Z", "2026-11-30", or "90m" ago
  std::string until;
  int limit = 100;
  int skip = 0;
  std::string sql = {};  // of `eider history`: a SELECT over these files, whatever limit and skip
};

Result<int> HistoryCommand(Session& session, const HistoryOptions& options);

struct RedriveOptions {
  HistoryOptions files;   // FAILED ones; no state
  bool announce = false;  // leave them to workers
  bool dry_run = false;   // only name them
};

// Loads files again that are FAILED in the ledger.
Result<int> RedriveCommand(Session& session, const RedriveOptions& options);

struct ForgetOptions {
  std::vector<std::string> uris;  // of files, or of folders with a slash at the end
  bool yes = false;               // ask nobody
};

// Lets files be loaded again as if they had never been.
Result<int> ForgetCommand(Session& session, const ForgetOptions& options);

struct ReconcileOptions {
  std::vector<std::string> uris;  // prefixes and folders
  std::string inventory = {};     // manifest.json of an S3 Inventory, in place of a listing
  std::string since;              // only what was changed since then
  std::string report;             // a file for a line of each file that is not loaded
  bool failed = false;            // load again what failed, too
  bool announce = false;          // leave what is to be loaded to workers
  bool dry_run = false;           // only tell
  bool verbose = false;
  bool is_backfill = false;  // with a bar that knows the end
  bool by_time = false;      // in the order of the objects' times, not of their names
};

// Compares what lies there with the ledger, and loads what is missing.
Result<int> ReconcileCommand(Session& session, const ReconcileOptions& options);

// What waits, is in work, failed and was loaded lately, by route and table.
Result<int> StatusCommand(Session& session);

}  // namespace eider::app
