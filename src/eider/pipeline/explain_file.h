// What would become of a file, found out without claiming, creating, writing or committing.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/engine/sql_engine.h"
#include "eider/ledger/load_history.h"
#include "eider/pipeline/services.h"
#include "eider/routes/route.h"
#include "eider/routing/router.h"

namespace eider::pipeline {

// One table's share of the file.
struct PartExplanation {
  routes::Route route;
  std::vector<routing::ColumnValue> values;  // empty: all rows
  bool table_exists = false;
  bool is_in_already = false;  // the table's snapshots have the rows
  std::int64_t target_file_size_bytes = 0;
  std::string partitions;                 // as iceberg::SpecText has them; empty: not known
  std::string sort_order;                 // as iceberg::SortText
  std::vector<std::string> schema_steps;  // how the table's schema would change, by the contract
  std::optional<engine::Explanation> query;
  std::string kept_whole;  // why the file is not prepared in pieces; empty: it may be
  std::optional<engine::Preview> sample;
  std::optional<Error> error;  // why the part would fail
  std::int64_t rows = 0;       // that a run would write; of LookInto::all_rows, as all that follows
  std::int64_t data_files = 0;
  std::int64_t partitions_touched = 0;
  ledger::RowCounts counts;
  engine::Rescued rescued;
};

struct FileExplanation {
  FileRef file;
  routing::RoutedFile routed;
  std::vector<PartExplanation> parts;
  std::optional<Error> error;      // why the file would fail before any part is looked at
  std::optional<Error> run_error;  // what a run fails with; of LookInto::all_rows
  std::string held;  // why the file would be held for a change of its tables; empty: it would not
};

// How far is looked.
struct LookInto {
  int sample_rows = 0;    // of each part's query; 0: none is run for them
  bool all_rows = false;  // as a run does
};

// Goes the file's way up to its queries. With `look.all_rows` it goes on as a run does, up to the
// commit, and `services` must be those of a dry run: tables are made in them, and data files
// written. `services.ledger` is asked for earlier files of a table that is to be made, and for
// nothing else.
FileExplanation ExplainFile(const Services& services, const FileRef& file, const LookInto& look,
                            const std::stop_token& stop);

// The same of one route, as of its only part, whether or not the file would take it: what its SQL
// makes of the file.
FileExplanation ExplainRoute(const Services& services, const routes::Route& route,
                             const FileRef& file, const LookInto& look);

// Why the file would fail, each reason once; ten at most of each part.
std::vector<std::string> ProblemsOf(const FileExplanation& explained);

}  // namespace eider::pipeline
