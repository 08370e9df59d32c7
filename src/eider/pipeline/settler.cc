#include "eider/pipeline/settler.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/pipeline/file_errands.h"
#include "eider/pipeline/file_records.h"
#include "eider/pipeline/plan_parts.h"
#include "eider/pipeline/prepared_record.h"
#include "eider/pipeline/step_times.h"
#include "eider/pipeline/superseded.h"
#include "eider/routes/after_load.h"
#include "eider/routes/route.h"

namespace eider::pipeline {
namespace {

Outcome FailedOutcome(const FileRef& file, Error error) {
  Outcome outcome;
  outcome.file = file;
  outcome.error = std::move(error);
  return outcome;
}

void Release(const Services& services, const ledger::Claim& claim, const ledger::LoadResult& result,
             const Error& error, const std::optional<routes::AfterLoad>& object = {}) {
  ledger::LoadResult with_errands = WithErrands(services, claim, result, object);
  const Status released = services.ledger.Release(claim, with_errands, error);
  if (!released) {
    services.log.warn("the ledger does not show the failure of {}: {}", claim.file.uri.ToString(),
                      released.error().message);
    return;
  }
  auto record = EndedRecord(services, claim, ledger::State::kFailed, std::move(with_errands));
  record.error = error.message;
  record.error_code = CodeName(error.code);
  record.error_place = codec::ShortPlace(error.place);
  HandOnErrands(services, {std::move(record)});
}

std::vector<const routes::Route*> RoutesOf(const Plan& plan) {
  std::vector<const routes::Route*> routes;
  for (const PlannedPart& part : plan.parts) routes.push_back(&part.route);
  return routes;
}

std::vector<const routes::Route*> RoutesOf(const FileTally& file) {
  std::vector<const routes::Route*> routes;
  for (const PreparedPart& part : file.parts) routes.push_back(&part.plan.route);
  return routes;
}

bool LeavesItsPlace(const std::optional<routes::AfterLoad>& object) {
  return object &&
         (object->deed == routes::ObjectDeed::kMove || object->deed == routes::ObjectDeed::kDelete);
}

// The first failure among the parts, and which part it was where there are several.
std::optional<Error> FailureOf(const FileTally& file) {
  for (std::size_t i = 0; i < file.errors.size(); ++i) {
    if (!file.errors[i]) continue;
    if (!file.plan.is_fan_out()) return file.errors[i];
    return Annotate(
        fmt::format("part '{}' of the file is not in; the next run loads what is missing",
                    file.parts[i].plan.route.partition_key),
        *file.errors[i]);
  }
  return std::nullopt;
}

bool WasIn(const PreparedPart& part) {
  return part.was_in;
}

// How a file came to be loaded when it was not this load that put all of its rows in.
std::string NoteOf(const FileTally& file) {
  const bool has_earlier = !file.plan.parts_before.empty();
  const bool is_completed = has_earlier || std::ranges::any_of(file.parts, WasIn);
  return is_completed && (file.file.claim.interrupted_since || has_earlier)
             ? "completed an earlier load that broke off"
             : "";
}

// The ledger was lost, or there is none, and the tables tell.
bool WasLoadedBefore(const FileTally& file) {
  return !file.file.claim.interrupted_since && file.plan.parts_before.empty() &&
         !file.parts.empty() && std::ranges::all_of(file.parts, WasIn);
}

}  // namespace

void Settler::Settle(std::span<FileTally* const> files) {
  std::vector<FileTally*> finished;
  for (FileTally* file : files) {
    if (const auto failure = FailureOf(*file)) {
      RecordLatestParts(*file);
      Fail(*file, *failure);
    } else if (const std::string reason = HoldReason(file->plan); !reason.empty()) {
      RecordLatestParts(*file);
      SetAside(file->file, ResultOfTally(*file), ledger::State::kHeld, reason);
    } else {
      finished.push_back(file);
    }
  }
  if (!finished.empty()) Finish(finished);
}

void Settler::Finish(std::span<FileTally* const> files) {
  std::vector<ledger::Ledger::Finished> finished;
  for (const FileTally* file : files) {
    const ledger::Claim& claim = file->file.claim;
    finished.push_back({claim, WithErrands(services_, claim, ResultOfTally(*file),
                                           ObjectErrandOf(RoutesOf(*file), nullptr))});
  }
  StepTimes taken;
  const Status recorded = [&] {
    const StepTimer timer(services_.clock, taken, Step::kLedger);
    return services_.ledger.Finish(finished);
  }();
  for (FileTally* file : files) {
    file->file.steps.Add(taken);
    const bool was_in = WasLoadedBefore(*file);
    Outcome outcome = OutcomeOf(*file, !recorded ? Fate::kFailed
                                       : was_in  ? Fate::kSkipped
                                                 : Fate::kLoaded);
    outcome.note = was_in ? "loaded before, as the table's snapshots tell" : NoteOf(*file);
    if (!recorded) {
      outcome.error =
          Annotate("the rows are in, but the ledger does not say so yet; the next run completes it",
                   recorded.error());
    }
    End(file->file, std::move(outcome));
  }
  if (!recorded) return;
  std::vector<ledger::LoadRecord> ended;
  for (ledger::Ledger::Finished& file : finished) {
    ended.push_back(
        EndedRecord(services_, file.claim, ledger::State::kLoaded, std::move(file.result)));
  }
  HandOnErrands(services_, std::move(ended));
}

void Settler::SetAside(Claimed& file, ledger::LoadResult result, ledger::State state,
                       const std::string& reason) {
  if (state == ledger::State::kHeld) {
    result = WithErrands(services_, file.claim, std::move(result), {});
  }
  const Status recorded = [&] {
    const StepTimer timer(services_.clock, file.steps, Step::kLedger);
    return services_.ledger.SetAside(file.claim, state, result, reason);
  }();
  Outcome outcome = OutcomeOf(file, state == ledger::State::kHeld ? Fate::kHeld : Fate::kSkipped,
                              std::move(result));
  if (recorded) {
    outcome.note = reason;
    auto record = EndedRecord(services_, file.claim, state, outcome.result);
    record.error = reason;
    HandOnErrands(services_, {std::move(record)});
  } else {
    outcome.fate = Fate::kFailed;
    outcome.error = Annotate(reason, recorded.error());
    Release(services_, file.claim, outcome.result, *outcome.error);
  }
  End(file, std::move(outcome));
}

void Settler::SetAsidePrepared(std::span<FileTally* const> files, const std::string& record,
                               bool is_unclaimed) {
  const std::string reason = PreparedReason(record);
  std::vector<ledger::Ledger::Aside> aside;
  for (const FileTally* file : files) {
    const ledger::State state = is_unclaimed ? ledger::State::kSkipped : ledger::State::kHeld;
    aside.push_back({file->file.claim, state, ResultOfTally(*file), reason});
  }
  StepTimes taken;
  const Status recorded = [&] {
    const StepTimer timer(services_.clock, taken, Step::kLedger);
    return services_.ledger.SetAside(aside);
  }();
  for (FileTally* file : files) {
    file->file.steps.Add(taken);
    Outcome outcome = OutcomeOf(*file, recorded ? Fate::kPrepared : Fate::kFailed);
    outcome.note = reason;
    if (!recorded) {
      outcome.error = Annotate(reason, recorded.error());
      Release(services_, file->file.claim, outcome.result, *outcome.error);
    }
    End(file->file, std::move(outcome));
  }
}

void Settler::Skip(Claimed& file, const Skipped& skipped) {
  SetAside(file, ResultSoFar(nullptr), ledger::State::kSkipped, skipped.why);
}

void Settler::Hold(PlannedFile& file, const HeldBack& held) {
  ledger::LoadResult result = ResultSoFar(&file.plan);
  result.schema_change = held.schema_change;
  SetAside(file.file, std::move(result), ledger::State::kHeld, held.why);
}

void Settler::Fail(Claimed& file, const Plan* plan, const Error& error) {
  Outcome outcome = OutcomeOf(file, Fate::kFailed, ResultSoFar(plan));
  outcome.error = error;
  if (error.code == Code::kReaderCrashed) {
    outcome.result.sql_hash = plan == nullptr ? "" : SqlHashOf(*plan);
  }
  const auto object = plan == nullptr ? std::nullopt : ObjectErrandOf(RoutesOf(*plan), &error);
  outcome.leaves_its_place = LeavesItsPlace(object);
  Release(services_, file.claim, outcome.result, error, object);
  End(file, std::move(outcome));
}

void Settler::Fail(FileTally& file, const Error& error) {
  Outcome outcome = OutcomeOf(file, Fate::kFailed);
  outcome.error = error;
  const auto object = ObjectErrandOf(RoutesOf(file), &error);
  outcome.leaves_its_place = LeavesItsPlace(object);
  Release(services_, file.file.claim, outcome.result, error, object);
  End(file.file, std::move(outcome));
}

void Settler::GiveBack(Claimed& file) {
  ledger::LoadResult result = ResultSoFar(nullptr);
  result.schema_change = file.claim.schema_change;  // it waits for the table as before
  const Status given_back = services_.ledger.SetAside(file.claim, ledger::State::kSkipped, result,
                                                      std::string(kNotBegunReason));
  if (!given_back) {
    services_.log.warn("the claim of {} stays until its lease ends: {}",
                       file.claim.file.uri.ToString(), given_back.error().message);
  }
  leases_.Remove(file.claim);
  TellNotBegun(file.claim.file, file.on_outcome);
}

Status Settler::RecordParts(FileTally& file) {
  const StepTimer timer(services_.clock, file.file.steps, Step::kLedger);
  return services_.ledger.RecordParts(file.file.claim, RecordsOf(file.plan, file.parts));
}

void Settler::RecordLatestParts(FileTally& file) {
  if (!file.plan.is_fan_out() || file.parts.empty()) return;
  if (const Status recorded = RecordParts(file); !recorded) {
    // The tokens in the tables tell as well, to whoever looks for the parts.
    services_.log.warn("the ledger does not show all parts of {}: {}",
                       file.file.claim.file.uri.ToString(), recorded.error().message);
  }
}

void Settler::TellFailed(const FileRef& file, const Error& error, const OnOutcome& on_outcome) {
  Outcome outcome = FailedOutcome(file, error);
  outcome.is_unclaimed = true;
  Tell(std::move(outcome), on_outcome);
}

void Settler::TellNotBegun(const FileRef& file, const OnOutcome& on_outcome) {
  Outcome outcome;
  outcome.file = file;
  outcome.fate = Fate::kNotBegun;
  outcome.error = Error{Code::kCancelled, std::string(kNotBegunReason)};
  Tell(std::move(outcome), on_outcome);
}

void Settler::TellUnclaimed(const FileRef& file, const ledger::ClaimOutcome& claim,
                            const OnOutcome& on_outcome) {
  Outcome outcome;
  outcome.file = file;
  outcome.fate = Fate::kSkipped;
  if (const auto* loaded = std::get_if<ledger::AlreadyLoaded>(&claim)) {
    outcome.result.target_table = loaded->target_table;
    outcome.result.snapshot_id = loaded->snapshot_id;
    outcome.note = "loaded before";
    // Whoever loaded it may have died before it did the rest.
    if (loaded->left) HandOnErrands(services_, {*loaded->left});
  } else if (const auto* held = std::get_if<ledger::HeldByAnother>(&claim)) {
    outcome.is_in_work_elsewhere = true;
    outcome.note = fmt::format("in work by {}, lease until {:%FT%TZ}", held->owner,
                               std::chrono::floor<std::chrono::seconds>(held->lease_expires));
  }
  Tell(std::move(outcome), on_outcome);
}

void Settler::End(Claimed& file, Outcome outcome) {
  leases_.Remove(file.claim);
  Tell(std::move(outcome), file.on_outcome);
}

Outcome Settler::OutcomeOf(const Claimed& file, Fate fate, ledger::LoadResult result) const {
  Outcome outcome;
  outcome.file = file.claim.file;
  outcome.fate = fate;
  outcome.result = std::move(result);
  outcome.duration = services_.clock.Now() - file.started;
  outcome.steps = file.steps;
  return outcome;
}

Outcome Settler::OutcomeOf(const FileTally& file, Fate fate) const {
  Outcome outcome = OutcomeOf(file.file, fate, ResultOfTally(file));
  outcome.commit_retries = file.commit_retries;
  for (const PreparedPart& part : file.parts) {
    const std::string table = part.plan.table().ToString();
    if (!part.left_out.empty()) outcome.left_out.push_back({table, part.left_out});
    if (part.transformed) outcome.transformed.push_back({table, *part.transformed});
    if (part.rescued.rows == 0) continue;
    outcome.rescued.push_back(
        {table, part.plan.route.rescue, part.rescued.rows, part.rescued.columns});
  }
  return outcome;
}

ledger::LoadResult Settler::ResultSoFar(const Plan* plan) const {
  ledger::LoadResult result;
  if (plan != nullptr) result = ResultOf(*plan, RecordsOf(*plan));
  result.program = program_;
  return result;
}

ledger::LoadResult Settler::ResultOfTally(const FileTally& file) const {
  ledger::LoadResult result = ResultOf(file.plan, RecordsOf(file.plan, file.parts));
  result.program = program_;
  // Those of the first part that the text was read for: the file is the same for all.
  const auto first = std::ranges::find_if(
      file.parts, [](const PreparedPart& part) { return !part.readers.empty(); });
  if (first != file.parts.end()) result.readers = first->readers;
  return result;
}

void Settler::Tell(Outcome outcome, const OnOutcome& on_outcome) {
  if (IsSuperseded(services_.store, outcome)) outcome.fate = Fate::kSuperseded;
  const std::lock_guard lock(tell_mutex_);
  if (observe_) observe_(outcome);
  on_outcome(outcome);
}

Outcome FailFile(const Services& services, const FileRef& file, const Error& error) {
  Outcome outcome = FailedOutcome(file, error);
  const auto claims = services.ledger.TryClaim({&file, 1}, {});
  if (!claims) {
    services.log.warn("the ledger does not show the failure of {}: {}", file.uri.ToString(),
                      claims.error().message);
  } else if (const auto* claim = std::get_if<ledger::Claim>(&claims->front())) {
    Release(services, *claim, {}, error);
  }
  if (IsSuperseded(services.store, outcome)) outcome.fate = Fate::kSuperseded;
  return outcome;
}

}  // namespace eider::pipeline
