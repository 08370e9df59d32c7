// `eider run`: files in, outcomes out, one line each.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <ostream>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/find_work.h"
#include "eider/app/json_line.h"
#include "eider/app/outcome_line.h"
#include "eider/app/outcome_text.h"
#include "eider/app/pipeline_services.h"
#include "eider/app/progress_bar.h"
#include "eider/app/route_stores.h"
#include "eider/app/stop_on_signal.h"
#include "eider/app/work_journal.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/load_files.h"
#include "eider/pipeline/settler.h"
#include "eider/routes/store_health.h"
#include "eider/source/command_line.h"
#include "eider/source/s3_event.h"

namespace eider::app {
namespace {

using pipeline::Fate;
using pipeline::Outcome;

// Whatever a dry run would have made does not exist.
JsonLine DryRunLine(const Outcome& outcome) {
  JsonLine line = OutcomeLine(outcome);
  line["dry_run"] = true;
  line["snapshot_id"] = nullptr;
  if (line.contains("parts")) {
    for (JsonLine& part : line["parts"]) part["snapshot_id"] = nullptr;
  }
  return line;
}

// Prints outcomes as they come and counts them. Used by one thread at a time.
class Report {
 public:
  Report(Session& session, std::size_t files, const RunOptions& options)
      : session_(session),
        is_dry_run_(options.dry_run),
        is_verbose_(options.verbose),
        console_(session.console),
        bar_(session.console, session.program.clock(), files, !session.is_json),
        started_(session.program.clock().Now()),
        journal_(session.program.journal()) {
    if (journal_ == nullptr) return;
    started_ = journal_->FirstStart(started_);
    const WorkJournal::Told told = journal_->told();
    std::copy_n(told.fates.begin(), std::size(counts_), counts_);
    rows_ = told.rows;
    rejected_ = told.rejected;
  }

  // Of more skipped files only the number is told, unless the user asks for each; on a terminal of
  // all.
  static constexpr std::size_t kSkippedShown = 10;

  void Add(const Outcome& outcome) {
    const auto fate = static_cast<std::size_t>(outcome.fate);
    ++counts_[fate];
    const bool is_in = outcome.fate != Fate::kFailed && outcome.fate != Fate::kSuperseded;
    const std::int64_t rows = is_in ? outcome.result.rows : 0;
    const std::int64_t rejected = is_in ? outcome.result.counts.rejected : 0;
    rows_ += rows;
    rejected_ += rejected;
    if (journal_ != nullptr) journal_->Tell(outcome.file, fate, rows, rejected);
    bar_.Step(rows, [&] {
      if (outcome.fate == Fate::kNotBegun) return;  // told by their number
      if (IsOneOfMany(outcome)) {
        ++skipped_silently_;
        return;
      }
      if (IsToldByTheBar(outcome)) return;
      if (session_.is_json) {
        PrintJson(console_, is_dry_run_ ? DryRunLine(outcome) : OutcomeLine(outcome));
      } else {
        PrintOutcome(console_, outcome, is_dry_run_);
      }
    });
  }

  void AddBadRecord(const source::BadRecord& record) {
    ++counts_[static_cast<std::size_t>(Fate::kFailed)];
    if (session_.is_json) {
      PrintJson(console_, {{"event_record", record.index},
                           {"state", "FAILED"},
                           {"error", codec::ShortMessage(record.message)},
                           {"code", CodeName(Code::kCorrupt)}});
    } else {
      PrintError(console_, fmt::format("record {} of the event is not usable: {}", record.index,
                                       record.message));
    }
  }

  // The exit code. `signal`: what stopped the run; 0: nothing did.
  int Finish(int signal) {
    const bool was_on_terminal = IsOnTerminal();
    bar_.Finish();
    const std::size_t not_begun = counts_[static_cast<std::size_t>(Fate::kNotBegun)];
    if (not_begun > 0 && !session_.is_json) {
      console_.err << fmt::format("stopped: {} files not begun; run again to load them\n",
                                  not_begun);
    }
    if (skipped_silently_ > 0) {
      console_.out << fmt::format("SKIPPED  {}{} files (each with --verbose)\n", skipped_silently_,
                                  was_on_terminal ? "" : " more");
    }
    const std::size_t loaded = counts_[static_cast<std::size_t>(Fate::kLoaded)];
    const std::size_t skipped = counts_[static_cast<std::size_t>(Fate::kSkipped)];
    const std::size_t failed = counts_[static_cast<std::size_t>(Fate::kFailed)];
    const std::size_t held = counts_[static_cast<std::size_t>(Fate::kHeld)];
    const std::size_t superseded = counts_[static_cast<std::size_t>(Fate::kSuperseded)];
    if (session_.is_json) {
      JsonLine summary = {
          {"loaded", loaded}, {"skipped", skipped}, {"failed", failed}, {"held", held}};
      if (superseded > 0) summary["superseded"] = superseded;
      if (not_begun > 0) summary["not_begun"] = not_begun;
      if (rejected_ > 0) summary["rows_rejected"] = rejected_;
      PrintJson(console_, {{"summary", std::move(summary)}});
    } else {
      const Milliseconds taken = session_.program.clock().Now() - started_;
      console_.out << fmt::format("{} {}, {} skipped, {} failed, {}{}{}{} in {:.2f} s\n", loaded,
                                  is_dry_run_ ? "would load" : "loaded", skipped, failed,
                                  superseded == 0 ? "" : fmt::format("{} superseded, ", superseded),
                                  held == 0 ? "" : fmt::format("{} held, ", held),
                                  Counted(rows_, "row"),
                                  rejected_ == 0 ? "" : fmt::format(", {} rejected", rejected_),
                                  static_cast<double>(taken.count()) / 1000)
                   << std::flush;
    }
    if (failed + superseded + not_begun == 0) return kExitDone;
    return signal == 0 ? kExitFailed : kExitSignal + signal;
  }

 private:
  bool IsOneOfMany(const Outcome& outcome) const {
    return outcome.fate == Fate::kSkipped && !session_.is_json && !is_verbose_ &&
           (IsOnTerminal() || counts_[static_cast<std::size_t>(Fate::kSkipped)] > kSkippedShown);
  }

  // On a terminal lines of files that go well would scroll everything else away.
  bool IsToldByTheBar(const Outcome& outcome) const {
    return IsOnTerminal() && !is_verbose_ && outcome.fate == Fate::kLoaded &&
           outcome.left_out.empty() && outcome.rescued.empty();
  }

  bool IsOnTerminal() const { return bar_.is_shown() && console_.out_is_terminal; }

  Session& session_;
  bool is_dry_run_;
  bool is_verbose_;
  Console& console_;
  ProgressBar bar_;
  TimePoint started_;
  std::size_t counts_[pipeline::kFates] = {};
  std::size_t skipped_silently_ = 0;
  std::int64_t rows_ = 0;
  std::int64_t rejected_ = 0;
  WorkJournal* journal_;
};

// Without the files whose outcomes an earlier worker of this run has told.
void RemoveTold(const WorkJournal* journal, source::Listing& listing) {
  if (journal == nullptr || journal->run() == 1) return;
  std::erase_if(listing.files, [&](const FileRef& file) { return journal->IsTold(file); });
  std::erase_if(listing.unreachable,
                [&](const source::Unreachable& lost) { return journal->IsTold(lost.file); });
}

// The signal that stopped it, or 0.
Result<int> Load(Session& session, const RunOptions& options, const Work& work, Report& report) {
  if (work.listing.files.empty() && work.listing.unreachable.empty()) return 0;
  const StopOnSignal stop;  // before DuckDB starts its threads
  EIDER_ASSIGN(const pipeline::Services services, PipelineServices(session));
  for (const source::Unreachable& lost : work.listing.unreachable) {
    Outcome outcome = pipeline::FailFile(services, lost.file, lost.error);
    // What somebody only named was never known to be there.
    if (lost.file.etag.empty() && lost.file.version_id.empty()) outcome.fate = Fate::kFailed;
    report.Add(outcome);
  }
  pipeline::LoadOptions load = LoadOptionsOf(session);
  load.force = options.force;
  load.remake_tables = options.remake_tables;
  pipeline::LoadFiles(
      services, work.listing.files, load, [&](const Outcome& outcome) { report.Add(outcome); },
      stop.token());
  return stop.signal();
}

// Whether the routing table was away, and the snapshot for when it is.
void TellOfRoutes(Session& session) {
  RouteStores& routes = session.program.route_stores();
  if (routes.health() != nullptr) {
    const routes::ServedInstead served = routes.health()->TakeServed();
    if (served.is_any()) session.program.log().warn(routes::ServedInsteadText(served));
  }
  routes.RefreshSnapshot(session.program.clock().Now() + RouteStores::kRefreshTimeMax);
}

}  // namespace

Result<int> RunCommand(Session& session, const RunOptions& options) {
  if (options.uris.empty() && options.event.empty() && options.files.empty() && !options.held &&
      options.held_for.empty()) {
    return Fail(Code::kInvalid,
                "nothing to load: name files, folders or s3:// URIs, an event with --event FILE, "
                "or the files that are held with --held (see `eider run --help`)");
  }
  if (options.held && options.dry_run) {
    return Fail(Code::kInvalid, "--held reads the ledger, which --dry-run leaves alone");
  }
  if (options.dry_run) session.program.BeginDryRun();
  EIDER_ASSIGN(Work work,
               FindWork(session, {options.uris, options.event, options.held, options.held_for}));
  std::ranges::copy(options.files, std::back_inserter(work.listing.files));
  RemoveTold(session.program.journal(), work.listing);
  Report report(session, work.listing.files.size() + work.listing.unreachable.size(), options);
  for (const source::BadRecord& record : work.bad_records) report.AddBadRecord(record);
  EIDER_ASSIGN(const int signal, Load(session, options, work, report));
  const int exit_code = report.Finish(signal);
  TellOfRoutes(session);
  return exit_code;
}

}  // namespace eider::app
