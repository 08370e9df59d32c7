#include "eider/app/run_report.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "eider/app/json_line.h"
#include "eider/app/outcome_line.h"
#include "eider/app/outcome_text.h"
#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/pipeline/settler.h"

namespace eider::app {
namespace {

using pipeline::Fate;
using pipeline::Outcome;

// Of more skipped files only the number is told, unless the user asks for each; on a terminal of
// all.
constexpr std::size_t kSkippedShown = 10;

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

}  // namespace

RunReport::RunReport(Session& session, std::size_t files, const RunReportOptions& options)
    : session_(session),
      options_(options),
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

void RunReport::Add(const Outcome& outcome) {
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
      PrintJson(console_, options_.dry_run ? DryRunLine(outcome) : OutcomeLine(outcome));
    } else {
      PrintOutcome(console_, outcome, options_.dry_run);
    }
  });
}

void RunReport::AddUnreachable(const pipeline::Services& services,
                               const source::Unreachable& lost) {
  Outcome outcome = pipeline::FailFile(services, lost.file, lost.error);
  // What somebody only named was never known to be there.
  if (lost.file.etag.empty() && lost.file.version_id.empty()) outcome.fate = Fate::kFailed;
  Add(outcome);
}

void RunReport::AddBadRecord(const source::BadRecord& record) {
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

void RunReport::AddBadPrepared(const std::string& name, const Error& error) {
  ++counts_[static_cast<std::size_t>(Fate::kFailed)];
  if (session_.is_json) {
    PrintJson(console_, {{"prepared_record", codec::ShortMessage(name)},
                         {"state", "FAILED"},
                         {"error", codec::ShortMessage(error.message)},
                         {"code", CodeName(error.code)}});
  } else {
    PrintError(console_, error.message);
  }
}

int RunReport::Finish(int signal) {
  const bool was_on_terminal = IsOnTerminal();
  bar_.Finish();
  const std::size_t not_begun = Count(Fate::kNotBegun);
  if (not_begun > 0 && !session_.is_json) {
    console_.err << fmt::format("stopped: {} files not begun; run again to load them\n", not_begun);
  }
  if (skipped_silently_ > 0) {
    console_.out << fmt::format("SKIPPED  {}{} files (each with --verbose)\n", skipped_silently_,
                                was_on_terminal ? "" : " more");
  }
  const std::size_t failed = Count(Fate::kFailed);
  const std::size_t held = Count(Fate::kHeld);
  const std::size_t superseded = Count(Fate::kSuperseded);
  const std::size_t prepared = Count(Fate::kPrepared);
  if (session_.is_json) {
    JsonLine summary = {{"loaded", Count(Fate::kLoaded)},
                        {"skipped", Count(Fate::kSkipped)},
                        {"failed", failed},
                        {"held", held}};
    if (prepared > 0) summary["prepared"] = prepared;
    if (superseded > 0) summary["superseded"] = superseded;
    if (not_begun > 0) summary["not_begun"] = not_begun;
    if (rejected_ > 0) summary["rows_rejected"] = rejected_;
    PrintJson(console_, {{"summary", std::move(summary)}});
  } else {
    const Milliseconds taken = session_.program.clock().Now() - started_;
    console_.out << fmt::format("{}{} {}, {} skipped, {} failed, {}{}{}{} in {:.2f} s\n",
                                prepared == 0 ? "" : fmt::format("{} prepared, ", prepared),
                                Count(Fate::kLoaded), options_.dry_run ? "would load" : "loaded",
                                Count(Fate::kSkipped), failed,
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

std::size_t RunReport::Count(Fate fate) const {
  return counts_[static_cast<std::size_t>(fate)];
}

bool RunReport::IsOneOfMany(const Outcome& outcome) const {
  return outcome.fate == Fate::kSkipped && !session_.is_json && !options_.verbose &&
         (IsOnTerminal() || Count(Fate::kSkipped) > kSkippedShown);
}

// On a terminal lines of files that go well would scroll everything else away.
bool RunReport::IsToldByTheBar(const Outcome& outcome) const {
  return IsOnTerminal() && !options_.verbose && outcome.fate == Fate::kLoaded &&
         outcome.left_out.empty() && outcome.rescued.empty();
}

bool RunReport::IsOnTerminal() const {
  return bar_.is_shown() && console_.out_is_terminal;
}

}  // namespace eider::app
