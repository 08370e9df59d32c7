#include "eider/web/telemetry.h"

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "eider/base/lower_case.h"
#include "eider/ledger/load_history.h"

namespace eider::web {
namespace {

using pipeline::Fate;
using pipeline::Outcome;

const std::vector<double> kSecondsBounds = {0.05, 0.1, 0.25, 0.5, 1,   2.5,  5,
                                            10,   30,  60,   300, 900, 3'600};

double Seconds(Milliseconds time) {
  return static_cast<double>(time.count()) / 1'000;
}

}  // namespace

// The names are constants, right and each there once: nothing here can fail.
Telemetry::Telemetry(Clock& clock)
    : clock_(clock),
      series_(clock),
      files_(*registry_
                  .AddCounters({.name = "eider_files_total",
                                .help = "Files that came to an end, by what became of them.",
                                .labels = {"route", "table", "outcome"}})
                  .value()),
      rows_(*registry_
                 .AddCounters({.name = "eider_rows_total",
                               .help = "Rows that were committed.",
                               .labels = {"route", "table"}})
                 .value()),
      bytes_(*registry_
                  .AddCounters({.name = "eider_bytes_total",
                                .help = "Size of the files that were loaded.",
                                .labels = {"route", "table"}})
                  .value()),
      rejected_(*registry_
                     .AddCounters({.name = "eider_rejected_rows_total",
                                   .help = "Records that went to tables of rejects.",
                                   .labels = {"route", "table"}})
                     .value()),
      commits_(*registry_
                    .AddCounters({.name = "eider_commits_total",
                                  .help = "Snapshots that hold rows of this process.",
                                  .labels = {"table"}})
                    .value()),
      commit_retries_(
          registry_
              .AddCounters(
                  {.name = "eider_commit_retries_total",
                   .help = "Attempts at commits after the first, of those that succeeded."})
              .value()
              ->With({})),
      commit_seconds_(registry_
                          .AddHistograms({.name = "eider_commit_seconds",
                                          .help = "Commits of rows of this process, with their "
                                                  "retries."},
                                         kSecondsBounds)
                          .value()
                          ->With({})),
      file_seconds_(registry_
                        .AddHistograms({.name = "eider_file_seconds",
                                        .help = "From the start of a file's work to its end."},
                                       kSecondsBounds)
                        .value()
                        ->With({})),
      lag_seconds_(
          registry_
              .AddHistograms({.name = "eider_lag_seconds",
                              .help = "From a file's event, or the start of its work, to its rows "
                                      "being in the table."},
                             kSecondsBounds)
              .value()
              ->With({})) {}

void Telemetry::NoteArrivals(std::span<const FileRef> files) {
  const std::lock_guard lock(mutex_);
  const TimePoint now = clock_.Now();
  for (const FileRef& file : files) {
    if (arrivals_.size() < kArrivalsMax) arrivals_.try_emplace({file.uri, file.Version()}, now);
  }
}

double Telemetry::LagSeconds(const Outcome& outcome) {
  const std::lock_guard lock(mutex_);
  const auto arrival = arrivals_.extract({outcome.file.uri, outcome.file.Version()});
  if (arrival.empty()) return Seconds(outcome.duration);
  return Seconds(std::max(clock_.Now() - arrival.mapped(), Milliseconds(0)));
}

// Files of one commit come one after the other.
bool Telemetry::IsNewCommit(const std::string& table, std::optional<std::int64_t> snapshot_id) {
  if (!snapshot_id) return false;
  const std::lock_guard lock(mutex_);
  const auto [last, is_first] = last_snapshots_.try_emplace(table, *snapshot_id);
  const bool is_new = is_first || last->second != *snapshot_id;
  last->second = *snapshot_id;
  if (is_new) commits_.With({table}).Add();
  return is_new;
}

void Telemetry::CountRows(const std::string& route, const std::string& table, std::int64_t rows,
                          std::int64_t rejected) {
  rows_.With({route, table}).Add(static_cast<double>(rows));
  if (rejected > 0) rejected_.With({route, table}).Add(static_cast<double>(rejected));
}

void Telemetry::CountLoaded(const Outcome& outcome) {
  const ledger::LoadResult& result = outcome.result;
  bool is_new = false;
  if (result.parts.empty()) {
    CountRows(result.route, result.target_table, result.rows, result.counts.rejected);
    is_new = IsNewCommit(result.target_table, result.snapshot_id);
  }
  for (const ledger::PartRecord& part : result.parts) {
    CountRows(part.route, part.target_table, part.rows, part.counts.rejected);
    is_new |= IsNewCommit(part.target_table, part.snapshot_id);
  }
  if (is_new) {
    commit_retries_.Add(outcome.commit_retries);
    commit_seconds_.Observe(Seconds(outcome.steps.Of(pipeline::Step::kCommit)));
  }
  bytes_.With({result.route, result.target_table})
      .Add(static_cast<double>(outcome.file.size_bytes));
}

void Telemetry::Observe(const Outcome& outcome) {
  if (outcome.fate == Fate::kNotBegun || outcome.is_in_work_elsewhere) return;
  const ledger::LoadResult& result = outcome.result;
  files_.With({result.route, result.target_table, LowerCase(FateName(outcome.fate))}).Add();
  const double lag = LagSeconds(outcome);
  if (outcome.fate == Fate::kFailed) series_.Add({.failed = 1});
  if (outcome.fate == Fate::kFailed || outcome.fate == Fate::kLoaded) {
    file_seconds_.Observe(Seconds(outcome.duration));
  }
  if (outcome.fate != Fate::kLoaded) return;
  lag_seconds_.Observe(lag);
  CountLoaded(outcome);
  series_.Add({.loaded = 1,
               .rows = static_cast<std::uint64_t>(result.rows),
               .bytes = outcome.file.size_bytes,
               .lag_seconds_max = lag,
               .lag_seconds_sum = lag});
}

}  // namespace eider::web
