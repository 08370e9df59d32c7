// What became of one file: every file that is submitted ends in exactly one outcome.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/engine/written.h"
#include "eider/ledger/load_history.h"
#include "eider/pipeline/step_times.h"

namespace eider::pipeline {

// kHeld: by a disabled route, or until its table has changed; it is in the ledger and loads then.
// kNotBegun: the stop came first; nothing is wrong with the file.
// kSuperseded: the content that was to be loaded is not there any more.
// kPrepared: its rows are in data files that a record names; in the ledger it is HELD.
enum class Fate : std::uint8_t {
  kLoaded,
  kSkipped,
  kFailed,
  kHeld,
  kNotBegun,
  kSuperseded,
  kPrepared
};

inline constexpr std::size_t kFates = 7;

// "LOADED", "SKIPPED", "FAILED", "HELD", "NOT_BEGUN", "SUPERSEDED", "PREPARED".
std::string_view FateName(Fate fate);

// A table that was made of a file's rows, without the columns that have no value there.
struct LeftOut {
  std::string table;
  std::vector<std::string> columns;
};

// Values of a file's rows that did not fit their table, and went to the column of its route's
// `rescue`.
struct RescuedValues {
  std::string table;
  std::string column;
  std::uint64_t rows = 0;
  std::vector<std::string> of_columns;
};

// Rows of a file's part that went through a plug-in.
struct TransformedRows {
  std::string table;
  engine::Transformed rows;
};

// "column a", "columns a, b and 3 more": ten names at most.
std::string NamesOfLeftOut(const std::vector<std::string>& columns);

struct Outcome {
  FileRef file;
  Fate fate = Fate::kFailed;
  ledger::LoadResult result;   // as far as the file came
  std::optional<Error> error;  // of a file that failed, was not begun or is superseded
  std::string note;            // why a file was skipped or held, or how a broken load was completed
  bool is_unclaimed = false;   // failed, because the ledger could not be asked for it
  bool is_in_work_elsewhere = false;  // skipped, because another process has it: not settled
  // Failed, and its object goes where its route's after_failure says: no message need come again.
  bool leaves_its_place = false;
  Milliseconds duration{0};  // from the start of its work
  StepTimes steps;
  std::vector<LeftOut> left_out;
  std::vector<RescuedValues> rescued;
  std::vector<TransformedRows> transformed;
  int commit_retries = 0;  // of the commits that hold its rows
};

// Called once for each file, from any thread.
using OnOutcome = std::function<void(const Outcome&)>;

}  // namespace eider::pipeline
