// The call's workers: claim some files, prepare each, commit those of a table together, finish.
#include "eider/pipeline/load_files.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/iceberg/table_name.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/commit_batch.h"
#include "eider/pipeline/file_load.h"
#include "eider/pipeline/lease_keeper.h"

namespace eider::pipeline {
namespace {

// Claimed in one ledger transaction: few enough to leave work for other processes.
constexpr std::size_t kFilesPerClaim = 32;

using Batch = std::vector<std::unique_ptr<FileLoad>>;

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

class Call {
 public:
  Call(const Rooms& rooms, std::span<const FileRef> files, const LoadOptions& options,
       const std::function<void(const Outcome&)>& report)
      : rooms_(rooms),
        files_(files),
        options_(options),
        report_(report),
        leases_(rooms, options.lease) {}

  void Run(const std::stop_token& stop);

 private:
  void Work(const std::stop_token& stop);
  std::unique_ptr<FileLoad> NextLoad();
  void ClaimSome();
  void Prepare(std::unique_ptr<FileLoad> load, const std::stop_token& stop);
  Batch AddToBatch(std::unique_ptr<FileLoad> load);
  void Commit(const Batch& batch);
  RetryLimits RetryLimitsNow() const;
  void Finish(std::span<FileLoad* const> loads, Fate fate, const std::string& note);
  void FailLoad(const FileLoad& load, const Error& error);
  void Report(const Outcome& outcome);
  void ReportUnclaimed(const FileRef& file, const ledger::ClaimOutcome& outcome);
  Outcome OutcomeOf(const FileLoad& load, Fate fate) const;

  const Rooms& rooms_;
  std::span<const FileRef> files_;
  const LoadOptions& options_;
  const std::function<void(const Outcome&)>& report_;

  std::mutex claim_mutex_;
  std::size_t next_file_ = 0;
  std::deque<std::unique_ptr<FileLoad>> claimed_;

  std::mutex batch_mutex_;
  std::map<iceberg::TableName, Batch> batches_;  // prepared, waiting for their commit

  std::mutex commit_mutex_;  // one commit at a time: two of one call would only race each other
  std::mutex report_mutex_;
  LeaseKeeper leases_;
};

void Call::Run(const std::stop_token& stop) {
  const std::size_t workers =
      std::clamp<std::size_t>(files_.size(), 1, static_cast<std::size_t>(options_.workers));
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < workers; ++i) others.emplace_back([&] { Work(stop); });
    Work(stop);
  }
  for (const auto& [table, batch] : batches_) Commit(batch);
}

void Call::Work(const std::stop_token& stop) {
  while (auto load = NextLoad()) Prepare(std::move(load), stop);
}

std::unique_ptr<FileLoad> Call::NextLoad() {
  const std::lock_guard lock(claim_mutex_);
  while (claimed_.empty() && next_file_ < files_.size()) ClaimSome();
  if (claimed_.empty()) return nullptr;
  auto load = std::move(claimed_.front());
  claimed_.pop_front();
  return load;
}

void Call::ClaimSome() {
  const auto files =
      files_.subspan(next_file_, std::min(kFilesPerClaim, files_.size() - next_file_));
  next_file_ += files.size();
  Milliseconds taken{0};
  auto outcomes = [&] {
    const StepTimer timer(rooms_.clock, taken);
    return rooms_.ledger.TryClaim(files, {.lease = options_.lease, .force = options_.force});
  }();
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!outcomes) {
      Report(FailedOutcome(files[i], Annotate("cannot claim the file", outcomes.error())));
    } else if (auto* claim = std::get_if<ledger::Claim>(&(*outcomes)[i])) {
      leases_.Add(*claim);
      auto load = std::make_unique<FileLoad>();
      load->claim = std::move(*claim);
      load->steps.ledger = taken;
      claimed_.push_back(std::move(load));
    } else {
      ReportUnclaimed(files[i], (*outcomes)[i]);
    }
  }
}

void Call::Prepare(std::unique_ptr<FileLoad> load, const std::stop_token& stop) {
  load->started = rooms_.clock.Now();
  if (stop.stop_requested()) {
    FailLoad(*load, {Code::kCancelled, "stopped before the file was begun"});
    return;
  }
  if (const Status prepared = PrepareFile(rooms_, *load, stop); !prepared) {
    FailLoad(*load, prepared.error());
  } else if (load->rows_are_in || load->data_files.empty()) {
    FileLoad* const one = load.get();
    if (!load->rows_are_in) {
      Finish({&one, 1}, Fate::kLoaded, "");
    } else if (load->claim.interrupted_since) {
      Finish({&one, 1}, Fate::kLoaded, "completed an earlier load that broke off");
    } else {  // the ledger was lost, or there is none
      Finish({&one, 1}, Fate::kSkipped, "loaded before, as the table's snapshots tell");
    }
  } else if (const Batch full = AddToBatch(std::move(load)); !full.empty()) {
    Commit(full);
  }
}

Batch Call::AddToBatch(std::unique_ptr<FileLoad> load) {
  const std::lock_guard lock(batch_mutex_);
  Batch& batch = batches_[load->table];
  batch.push_back(std::move(load));
  if (batch.size() < static_cast<std::size_t>(options_.files_per_commit)) return {};
  return std::exchange(batch, {});
}

void Call::Commit(const Batch& batch) {
  if (batch.empty()) return;
  std::vector<FileLoad*> loads;
  for (const auto& load : batch) loads.push_back(load.get());
  const std::lock_guard lock(commit_mutex_);
  Milliseconds taken{0};
  const Status committed = [&] {
    const StepTimer timer(rooms_.clock, taken);
    return CommitBatch(rooms_, loads, RetryLimitsNow());
  }();
  for (FileLoad* load : loads) load->steps.commit = taken;
  const auto lost = std::ranges::partition(
      loads, [](const FileLoad* load) { return load->result.snapshot_id.has_value(); });
  const auto loads_in = static_cast<std::size_t>(lost.begin() - loads.begin());
  if (loads_in > 0) Finish(std::span(loads).first(loads_in), Fate::kLoaded, "");
  for (const FileLoad* load : lost) FailLoad(*load, committed.error());
}

RetryLimits Call::RetryLimitsNow() const {
  RetryLimits limits = options_.retry;
  if (options_.retry_until) {
    const Milliseconds left = *options_.retry_until - rooms_.clock.Now();
    limits.total_timeout = std::clamp(left, Milliseconds(0), limits.total_timeout);
  }
  return limits;
}

void Call::Finish(std::span<FileLoad* const> loads, Fate fate, const std::string& note) {
  std::vector<ledger::Ledger::Finished> finished;
  for (const FileLoad* load : loads) finished.push_back({load->claim, load->result});
  Milliseconds taken{0};
  const Status recorded = [&] {
    const StepTimer timer(rooms_.clock, taken);
    return rooms_.ledger.Finish(finished);
  }();
  for (FileLoad* load : loads) {
    load->steps.ledger += taken;
    leases_.Remove(load->claim);
    Outcome outcome = OutcomeOf(*load, recorded ? fate : Fate::kFailed);
    outcome.note = note;
    if (!recorded) {
      outcome.error =
          Annotate("the rows are in, but the ledger does not say so yet; the next run completes it",
                   recorded.error());
    }
    Report(outcome);
  }
}

void Call::FailLoad(const FileLoad& load, const Error& error) {
  leases_.Remove(load.claim);
  Outcome outcome = OutcomeOf(load, Fate::kFailed);
  outcome.error = error;
  Release(rooms_, load.claim, load.result, error);
  Report(outcome);
}

void Call::ReportUnclaimed(const FileRef& file, const ledger::ClaimOutcome& claim) {
  Outcome outcome;
  outcome.file = file;
  outcome.fate = Fate::kSkipped;
  if (const auto* loaded = std::get_if<ledger::AlreadyLoaded>(&claim)) {
    outcome.result.target_table = loaded->target_table;
    outcome.result.snapshot_id = loaded->snapshot_id;
    outcome.note = "loaded before";
  } else if (const auto* held = std::get_if<ledger::HeldByAnother>(&claim)) {
    outcome.is_held = true;
    outcome.note = fmt::format("in work by {}, lease until {:%FT%TZ}", held->owner,
                               std::chrono::floor<std::chrono::seconds>(held->lease_expires));
  }
  Report(outcome);
}

Outcome Call::OutcomeOf(const FileLoad& load, Fate fate) const {
  return {.file = load.claim.file,
          .fate = fate,
          .result = load.result,
          .error = std::nullopt,
          .note = "",
          .is_held = false,
          .duration = rooms_.clock.Now() - load.started,
          .steps = load.steps,
          .commit_retries = load.commit_retries};
}

void Call::Report(const Outcome& outcome) {
  const std::lock_guard lock(report_mutex_);
  report_(outcome);
}

}  // namespace

void LoadFiles(const Rooms& rooms, std::span<const FileRef> files, const LoadOptions& options,
               const std::function<void(const Outcome&)>& report, const std::stop_token& stop) {
  if (files.empty()) return;
  Call(rooms, files, options, report).Run(stop);
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
