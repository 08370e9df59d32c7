// From what is known of a file to its fate.
#include "eider/pipeline/settle_files.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/pipeline/step_times.h"

namespace eider::pipeline {
namespace {

constexpr std::string_view kNotBegun = "stopped before the file was begun; the next run loads it";

Outcome FailedOutcome(const FileRef& file, Error error) {
  Outcome outcome;
  outcome.file = file;
  outcome.error = std::move(error);
  return outcome;
}

void Release(const Rooms& rooms, const ledger::Claim& claim, const ledger::LoadResult& result,
             const Error& error) {
  const Status released = rooms.ledger.Release(claim, result, error);
  if (!released) {
    rooms.log.warn("the ledger does not show the failure of {}: {}", claim.file.uri.ToString(),
                   released.error().message);
  }
}

// The first failure among the parts, and which part it was where there are several.
std::optional<Error> FailureOf(const FileLoad& load) {
  const auto failed =
      std::ranges::find_if(load.parts, [](const PartLoad& part) { return part.error.has_value(); });
  if (failed == load.parts.end()) return std::nullopt;
  if (!load.is_fan_out()) return failed->error;
  return Annotate(fmt::format("part '{}' of the file is not in; the next run loads what is missing",
                              failed->route.partition_key),
                  *failed->error);
}

// How a file came to be loaded when it was not this call that put all of its rows in.
std::string NoteOf(const FileLoad& load) {
  const bool is_completed =
      !load.parts_before.empty() || std::ranges::any_of(load.parts, [](const PartLoad& part) {
        return part.was_in && !part.has_run;
      });
  return is_completed && (load.claim.interrupted_since || !load.parts_before.empty())
             ? "completed an earlier load that broke off"
             : "";
}

// The ledger was lost, or there is none, and the tables tell.
bool WasLoadedBefore(const FileLoad& load) {
  return !load.claim.interrupted_since && load.parts_before.empty() && !load.parts.empty() &&
         std::ranges::all_of(load.parts,
                             [](const PartLoad& part) { return part.was_in && !part.has_run; });
}

}  // namespace

void Settler::Settle(std::span<FileLoad* const> loads) {
  std::vector<FileLoad*> finished;
  for (FileLoad* load : loads) {
    if (const auto failure = FailureOf(*load)) {
      RecordLatestParts(*load);
      Fail(*load, *failure);
    } else if (!load->skip_reason.empty()) {
      SetAside(*load, ledger::State::kSkipped, load->skip_reason);
    } else if (!load->hold_reason.empty()) {
      SetAside(*load, ledger::State::kHeld, load->hold_reason);
    } else {
      finished.push_back(load);
    }
  }
  if (!finished.empty()) Finish(finished);
}

void Settler::Finish(std::span<FileLoad* const> loads) {
  std::vector<ledger::Ledger::Finished> finished;
  for (const FileLoad* load : loads) finished.push_back({load->claim, ResultOf(*load)});
  Milliseconds taken{0};
  const Status recorded = [&] {
    const StepTimer timer(rooms_.clock, taken);
    return rooms_.ledger.Finish(finished);
  }();
  for (FileLoad* load : loads) {
    load->steps.ledger += taken;
    leases_.Remove(load->claim);
    const bool was_in = WasLoadedBefore(*load);
    Outcome outcome = OutcomeOf(*load, !recorded ? Fate::kFailed
                                       : was_in  ? Fate::kSkipped
                                                 : Fate::kLoaded);
    outcome.note = was_in ? "loaded before, as the table's snapshots tell" : NoteOf(*load);
    if (!recorded) {
      outcome.error =
          Annotate("the rows are in, but the ledger does not say so yet; the next run completes it",
                   recorded.error());
    }
    Report(outcome);
  }
}

void Settler::SetAside(FileLoad& load, ledger::State state, const std::string& reason) {
  RecordLatestParts(load);
  const Status recorded = [&] {
    const StepTimer timer(rooms_.clock, load.steps.ledger);
    return rooms_.ledger.SetAside(load.claim, state, ResultOf(load), reason);
  }();
  if (!recorded) return Fail(load, Annotate(reason, recorded.error()));
  leases_.Remove(load.claim);
  Outcome outcome = OutcomeOf(load, state == ledger::State::kHeld ? Fate::kHeld : Fate::kSkipped);
  outcome.note = reason;
  Report(outcome);
}

void Settler::Fail(FileLoad& load, const Error& error) {
  leases_.Remove(load.claim);
  Outcome outcome = OutcomeOf(load, Fate::kFailed);
  outcome.error = error;
  if (error.code == Code::kReaderCrashed) outcome.result.sql_hash = SqlHashOf(load);
  Release(rooms_, load.claim, outcome.result, error);
  Report(outcome);
}

void Settler::GiveBack(FileLoad& load) {
  const Status given_back = rooms_.ledger.SetAside(load.claim, ledger::State::kSkipped,
                                                   ResultOf(load), std::string(kNotBegun));
  if (!given_back) {
    rooms_.log.warn("the claim of {} stays until its lease ends: {}",
                    load.claim.file.uri.ToString(), given_back.error().message);
  }
  leases_.Remove(load.claim);
  ReportNotBegun(load.claim.file);
}

Status Settler::RecordParts(FileLoad& load) {
  const StepTimer timer(rooms_.clock, load.steps.ledger);
  return rooms_.ledger.RecordParts(load.claim, PartRecordsOf(load));
}

void Settler::RecordLatestParts(FileLoad& load) {
  if (!load.is_fan_out() || load.parts.empty()) return;
  if (const Status recorded = RecordParts(load); !recorded) {
    // The tokens in the tables tell as well, to whoever looks for the parts.
    rooms_.log.warn("the ledger does not show all parts of {}: {}", load.claim.file.uri.ToString(),
                    recorded.error().message);
  }
}

void Settler::ReportFailed(const FileRef& file, const Error& error) {
  Report(FailedOutcome(file, error));
}

void Settler::ReportNotBegun(const FileRef& file) {
  Outcome outcome;
  outcome.file = file;
  outcome.fate = Fate::kNotBegun;
  outcome.error = Error{Code::kCancelled, std::string(kNotBegun)};
  Report(outcome);
}

void Settler::ReportUnclaimed(const FileRef& file, const ledger::ClaimOutcome& claim) {
  Outcome outcome;
  outcome.file = file;
  outcome.fate = Fate::kSkipped;
  if (const auto* loaded = std::get_if<ledger::AlreadyLoaded>(&claim)) {
    outcome.result.target_table = loaded->target_table;
    outcome.result.snapshot_id = loaded->snapshot_id;
    outcome.note = "loaded before";
  } else if (const auto* held = std::get_if<ledger::HeldByAnother>(&claim)) {
    outcome.is_in_work_elsewhere = true;
    outcome.note = fmt::format("in work by {}, lease until {:%FT%TZ}", held->owner,
                               std::chrono::floor<std::chrono::seconds>(held->lease_expires));
  }
  Report(outcome);
}

Outcome Settler::OutcomeOf(const FileLoad& load, Fate fate) const {
  Outcome outcome;
  outcome.file = load.claim.file;
  outcome.fate = fate;
  outcome.result = ResultOf(load);
  outcome.duration = rooms_.clock.Now() - load.started;
  outcome.steps = load.steps;
  for (const PartLoad& part : load.parts) {
    outcome.commit_retries += part.commit_retries;
    if (!part.left_out.empty())
      outcome.left_out.push_back({part.table().ToString(), part.left_out});
  }
  return outcome;
}

void Settler::Report(const Outcome& outcome) {
  const std::lock_guard lock(report_mutex_);
  report_(outcome);
}

Outcome FailFile(const Rooms& rooms, const FileRef& file, const Error& error) {
  Outcome outcome = FailedOutcome(file, error);
  const auto claims = rooms.ledger.TryClaim({&file, 1}, {});
  if (!claims) {
    rooms.log.warn("the ledger does not show the failure of {}: {}", file.uri.ToString(),
                   claims.error().message);
    return outcome;
  }
  if (const auto* claim = std::get_if<ledger::Claim>(&claims->front())) {
    Release(rooms, *claim, {}, error);
  }
  return outcome;
}

}  // namespace eider::pipeline
