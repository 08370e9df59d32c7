// The way of the files of one call: claim, route, run, commit, finish.
//
// This is the only room that loops over files, tries one again or decides its fate. Files of the
// same table share commits; a bad file fails alone. A file whose column values chose several routes
// has a part in each of their tables, and is loaded when every part is in. Every file of the call
// ends in exactly one Outcome.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include <spdlog/logger.h>

#include "eider/base/backoff.h"
#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/engine/sql_engine.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/crash_journal.h"
#include "eider/pipeline/step_times.h"
#include "eider/routing/router.h"
#include "eider/store/object_store.h"

namespace eider::pipeline {

// What the pipeline works with. Borrowed; all outlive the call.
struct Rooms {
  const routing::Router& router;
  ledger::Ledger& ledger;
  catalog::Catalog& catalog;
  engine::SqlEngine& engine;
  store::ObjectStore& store;
  Clock& clock;
  Random& random;
  spdlog::logger& log;
  engine::SqlEngine* isolated_engine = nullptr;  // for suspects; null: they take `engine`, too
};

struct LoadOptions {
  bool force = false;          // load files again that are LOADED
  bool remake_tables = false;  // make a table anew though files with rows of it are LOADED
  RetryLimits retry;           // of commits
  std::optional<TimePoint> retry_until = {};  // of commits, where the call must end by then
  int files_per_commit = 100;                 // at most
  int workers = 2;                            // files in work at the same time
  Milliseconds lease{300'000};                // renewed while the call lasts
  std::string program;                        // which one this is, for the load history
  CrashJournal* journal = nullptr;            // borrowed; null: none is kept
};

// kHeld: by a disabled route; it is in the ledger and loads when the route is enabled again.
// kNotBegun: the stop came first; nothing is wrong with the file.
enum class Fate : std::uint8_t { kLoaded, kSkipped, kFailed, kHeld, kNotBegun };

// A table that was made of a file's rows, without the columns that have no value there.
struct LeftOut {
  std::string table;
  std::vector<std::string> columns;
};

// "column a", "columns a, b and 3 more": ten names at most.
std::string NamesOfLeftOut(const std::vector<std::string>& columns);

// What became of one file.
struct Outcome {
  FileRef file;
  Fate fate = Fate::kFailed;
  ledger::LoadResult result;   // as far as the file came
  std::optional<Error> error;  // of a failed file
  std::string note;            // why a file was skipped or held, or how a broken load was completed
  bool is_in_work_elsewhere = false;  // skipped, because another process has it: not settled
  Milliseconds duration{0};           // from the start of its work
  StepTimes steps;
  std::vector<LeftOut> left_out;
  int commit_retries = 0;  // of the commits that hold its rows
};

// A file is a suspect when so many of its claims broke off, when a reader crashed on it, or when a
// process of this run ended while it had the file in work. Suspects are read in a child each.
inline constexpr int kBrokenOffMax = 2;

// Calls `report` once per file, one call at a time, from any thread. Returns when all are reported.
// After a stop is requested, files that are not begun stay so, and those that wait for their commit
// are committed.
void LoadFiles(const Rooms& rooms, std::span<const FileRef> files, const LoadOptions& options,
               const std::function<void(const Outcome&)>& report, const std::stop_token& stop);

// Records as FAILED a file that cannot even be claimed or read: it is in the load history, not
// lost.
Outcome FailFile(const Rooms& rooms, const FileRef& file, const Error& error);

}  // namespace eider::pipeline
