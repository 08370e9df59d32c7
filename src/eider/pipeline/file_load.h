// One file in work: what is known of it grows from claim to data files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/table_name.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/files_in_work.h"
#include "eider/pipeline/load_files.h"
#include "eider/pipeline/step_times.h"
#include "eider/routing/file_facts.h"
#include "eider/routing/route.h"
#include "eider/store/prefetch.h"

namespace eider::pipeline {

struct FileLoad;

// One table's share of a file: all of its rows or, where the values of a column chose the routes,
// those of some values.
struct PartLoad {
  FileLoad* file = nullptr;  // whose part it is; outlives it
  routing::Route route;
  std::vector<routing::ColumnValue> values;  // empty: all rows
  std::string commit_token;
  std::vector<std::string> left_out;  // of the table that was made of its rows: no value, no type
  std::string table_uuid;             // of the table that the data files were written for
  std::vector<iceberg::DataFile> data_files;
  bool has_run = false;  // its query
  std::int64_t rows = 0;
  ledger::RowCounts counts = {};
  std::string readers = {};  // that read its rows, as LoadResult::readers
  std::optional<std::int64_t> snapshot_id;  // that holds the rows
  bool was_in = false;                      // by an earlier, broken load or another process
  TimePoint ready{};                        // since when it waits for its commit
  int commit_retries = 0;
  std::optional<Error> error = {};  // why it could not be committed

  const iceberg::TableName& table() const { return route.target_table; }

  // The rows are in, or the query gave none.
  bool is_done() const { return snapshot_id.has_value() || (has_run && data_files.empty()); }
};

struct FileLoad {
  ledger::Claim claim;
  std::size_t place = 0;           // in the list of its call
  FilesInWork* in_work = nullptr;  // the call's; null: no other file is
  Milliseconds table_wait{0};      // at most, for an earlier file to make a table
  bool may_remake_tables = false;  // as LoadOptions::remake_tables
  TimePoint started{};
  StepTimes steps;
  std::string column;  // whose values chose the routes; empty: one part, all rows
  // To be loaded now; whoever waits for a commit is pointed to. Where no column chose the routes it
  // is one, and a second one of its rejects behind it.
  std::vector<PartLoad> parts;
  std::vector<ledger::PartRecord> parts_before;  // whose rows are in by earlier claims
  std::string program;                           // that loads it
  std::string skip_reason;                       // not empty: it is not to be loaded
  std::string hold_reason;                       // not empty: a part's route is disabled
  int commits_awaited = 0;                       // parts that wait for their commit

  bool is_fan_out() const { return !column.empty(); }
};

// What the ledger keeps of the file, as far as it came.
ledger::LoadResult ResultOf(const FileLoad& load);

// What tells whether the SQL that reads the file has changed: the hash of its route's, or of those
// of all its routes. Empty before its routes are known.
std::string SqlHashOf(const FileLoad& load);

// The parts of a fan-out file as the ledger keeps them; those of earlier claims come first.
std::vector<ledger::PartRecord> PartRecordsOf(const FileLoad& load);

// The way of one file from claim to data files: routes, tables, queries. On an error the load says
// how far it came, and no data file is left. Errors: those of the rooms it goes through.
Status PrepareFile(const Rooms& rooms, FileLoad& load, const std::stop_token& stop);

// The latter half of that way: tables and queries of the parts that are planned. `timer` goes on
// with the steps of the load.
Status PrepareParts(const Rooms& rooms, FileLoad& load, const store::Prefetch& opening,
                    StepTimer& timer, const std::stop_token& stop);

// Removes the data files of a part that surely is in no snapshot.
void RemoveDataFiles(const Rooms& rooms, const PartLoad& part);

}  // namespace eider::pipeline
