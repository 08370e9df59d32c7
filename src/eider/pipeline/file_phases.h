// The phases of a file on its way, each a value made of the one before: claimed, planned, prepared.
// What a phase does not have it cannot be asked for.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "eider/base/clock.h"
#include "eider/engine/query.h"
#include "eider/engine/written.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/schema_evolution.h"
#include "eider/iceberg/table_name.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/outcome.h"
#include "eider/pipeline/step_times.h"
#include "eider/routes/route.h"
#include "eider/routing/file_facts.h"
#include "eider/store/prefetch.h"

namespace eider::pipeline {

// A file that is ours to load.
struct Claimed {
  ledger::Claim claim;
  std::size_t place = 0;  // among the files that were submitted
  OnOutcome on_outcome;
  TimePoint started{};
  StepTimes steps;
};

// One table's share of a file that is still to be loaded: all of its rows or, where the values of a
// column chose the routes, those of some values.
struct PlannedPart {
  routes::Route route;
  std::vector<routing::ColumnValue> values;  // empty: all rows
  std::string commit_token;

  const iceberg::TableName& table() const { return route.target_table; }
};

// What is to be done with a file.
struct Plan {
  std::string column;              // whose values chose the routes; empty: one part, all rows
  std::vector<PlannedPart> parts;  // without those that are in a table already
  std::vector<ledger::PartRecord> parts_before;  // whose rows are in by earlier claims
  TimePoint planned_at{};                        // of this attempt
  std::optional<engine::Piece> piece = {};       // nothing: the whole file

  bool is_fan_out() const { return !column.empty(); }
};

// A claimed file whose way is known.
struct PlannedFile {
  Claimed file;
  Plan plan;
  // The file, if it is open already.
  std::unique_ptr<const store::Prefetch> opening;
};

// Why a file is not to be loaded.
struct Skipped {
  std::string why;
};

// Why a file is held though its routes are enabled: tables would have to change for it.
struct HeldBack {
  std::string why;
  std::string schema_change;  // as LoadResult has it
};

// Data files that wait for the commit to their table.
struct Written {
  std::string table_uuid;  // of the table that they were written for
  std::vector<iceberg::DataFile> data_files;
  std::optional<iceberg::SchemaEvolution> evolution = {};  // as WaitingRows has it
};

// A part whose query has run, or need not.
struct PreparedPart {
  PlannedPart plan;
  ledger::PartRecord record;  // as it stands before the commit: is_loaded when nothing is to come
  std::optional<Written> written = {};     // nothing: there is nothing to commit
  bool was_in = false;                     // by an earlier, broken load or another process; not run
  std::string readers = {};                // that read its rows, as LoadResult::readers
  std::vector<std::string> left_out = {};  // of the table that was made of its rows
  engine::Rescued rescued = {};            // of its rows
  std::optional<engine::Transformed> transformed = {};  // the same
  // Of rejects: which part has the rows that come behind them.
  std::optional<std::size_t> rejects_of = {};
};

// The parts of the plan in their order, and behind them the rejects of those that have some.
using PreparedParts = std::vector<PreparedPart>;

using Prepared = std::variant<PreparedParts, HeldBack>;

}  // namespace eider::pipeline
