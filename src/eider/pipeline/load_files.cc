// The call's workers: claim some files, prepare each, commit parts of a table together, settle.
#include "eider/pipeline/load_files.h"

#include <algorithm>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "eider/base/advice.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/commit_batch.h"
#include "eider/pipeline/due_batches.h"
#include "eider/pipeline/file_load.h"
#include "eider/pipeline/files_in_work.h"
#include "eider/pipeline/lease_keeper.h"
#include "eider/pipeline/settle_files.h"

namespace eider::pipeline {
namespace {

// Claimed in one ledger transaction: few enough to leave work for other processes.
constexpr std::size_t kFilesPerClaim = 32;

constexpr Milliseconds kLookForDueEvery{100};

// For an earlier file to make a table.
constexpr Milliseconds kTableWait{60'000};

class Call {
 public:
  Call(const Rooms& rooms, std::span<const FileRef> files, const LoadOptions& options,
       const std::function<void(const Outcome&)>& report)
      : rooms_(rooms),
        files_(files),
        options_(options),
        batches_(static_cast<std::size_t>(options.files_per_commit)),
        leases_(rooms, options.lease),
        settler_(rooms, leases_, report) {
    if (rooms.isolated_engine == nullptr) return;
    alone_.emplace(Rooms{rooms.router, rooms.ledger, rooms.catalog, *rooms.isolated_engine,
                         rooms.store, rooms.clock, rooms.random, rooms.log});
  }

  void Run(const std::stop_token& stop);

 private:
  std::jthread StartThread(std::function<void(const std::stop_token&)> work);
  void Work(const std::stop_token& stop);
  std::unique_ptr<FileLoad> NextLoad(const std::stop_token& stop);
  void ClaimSome();
  bool IsSuspect(const ledger::Claim& claim) const;
  void Prepare(std::unique_ptr<FileLoad> load, const std::stop_token& stop);
  Status PrepareCaught(FileLoad& load, const std::stop_token& stop);
  Status PrepareSafely(FileLoad& load, const std::stop_token& stop);
  void AwaitCommits(std::unique_ptr<FileLoad> load);
  std::vector<Batch> TogetherOrApart(FileLoad& load);
  void CommitInTime(const std::stop_token& ended, const std::stop_token& stop);
  void CommitAll(const std::vector<Batch>& batches);
  void Commit(const Batch& batch);
  void AddRowsBehind(const PartLoad& rejects);
  void SettleDone(const std::set<FileLoad*>& files);
  RetryLimits RetryLimitsNow() const;
  Milliseconds TableWaitNow() const;

  const Rooms& rooms_;
  std::optional<Rooms> alone_;  // the same with an engine of a process of its own
  std::span<const FileRef> files_;
  const LoadOptions& options_;

  std::mutex claim_mutex_;
  std::size_t next_file_ = 0;
  std::deque<std::unique_ptr<FileLoad>> claimed_;
  std::deque<std::unique_ptr<FileLoad>> suspects_;  // last: they keep no other file waiting

  FilesInWork in_work_;

  std::mutex waiting_mutex_;
  std::unordered_map<const FileLoad*, std::unique_ptr<FileLoad>> waiting_;  // for a commit
  DueBatches batches_;                                                      // their parts

  std::mutex commit_mutex_;  // one commit at a time: two of one call would only race each other
  LeaseKeeper leases_;
  Settler settler_;
};

void Call::Run(const std::stop_token& stop) {
  const std::size_t workers =
      std::clamp<std::size_t>(files_.size(), 1, static_cast<std::size_t>(options_.workers));
  {
    std::jthread committer;  // ends after the workers
    if (files_.size() > 1) {
      committer = StartThread([&](const std::stop_token& ended) { CommitInTime(ended, stop); });
    }
    std::vector<std::jthread> others;
    while (others.size() + 1 < workers) {
      others.push_back(StartThread([&](const std::stop_token&) { Work(stop); }));
      if (!others.back().joinable()) break;
    }
    Work(stop);
  }
  for (const FileRef& file : files_.subspan(next_file_)) settler_.ReportNotBegun(file);
  for (auto left = batches_.TakeAll(); !left.empty(); left = batches_.TakeAll()) CommitAll(left);
}

// None where the process may have no more threads: those that are there do the work.
std::jthread Call::StartThread(std::function<void(const std::stop_token&)> work) {
  try {
    return std::jthread(std::move(work));
  } catch (const std::system_error& error) {
    rooms_.log.warn("works with fewer threads, as one more could not be started: {}", error.what());
    return {};
  }
}

void Call::Work(const std::stop_token& stop) {
  while (auto load = NextLoad(stop)) {
    Prepare(std::move(load), stop);
    CommitAll(batches_.TakeDue(rooms_.clock.Now()));
  }
}

std::unique_ptr<FileLoad> Call::NextLoad(const std::stop_token& stop) {
  const std::lock_guard lock(claim_mutex_);
  while (claimed_.empty() && next_file_ < files_.size() && !stop.stop_requested()) ClaimSome();
  auto& next = claimed_.empty() ? suspects_ : claimed_;
  if (next.empty()) return nullptr;
  auto load = std::move(next.front());
  next.pop_front();
  in_work_.Begin(load->place);
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
      settler_.ReportFailed(files[i], Annotate("cannot claim the file", outcomes.error()));
    } else if (auto* claim = std::get_if<ledger::Claim>(&(*outcomes)[i])) {
      leases_.Add(*claim);
      auto load = std::make_unique<FileLoad>();
      load->claim = std::move(*claim);
      load->steps.ledger = taken;
      load->place = next_file_ - files.size() + i;
      load->in_work = &in_work_;
      load->table_wait = TableWaitNow();
      load->may_remake_tables = options_.remake_tables;
      load->program = options_.program;
      (IsSuspect(load->claim) ? suspects_ : claimed_).push_back(std::move(load));
    } else {
      settler_.ReportUnclaimed(files[i], (*outcomes)[i]);
    }
  }
}

bool Call::IsSuspect(const ledger::Claim& claim) const {
  return claim.broken_off >= kBrokenOffMax || claim.crash ||
         (options_.journal != nullptr && options_.journal->BrokeOff(claim.file));
}

void Call::Prepare(std::unique_ptr<FileLoad> load, const std::stop_token& stop) {
  load->started = rooms_.clock.Now();
  const TableTurn turn(in_work_, load->place);
  if (stop.stop_requested()) {
    return settler_.GiveBack(*load);
  }
  if (const Status prepared = PrepareCaught(*load, stop); !prepared) {
    return settler_.Fail(*load, prepared.error());
  }
  for (const PartLoad& part : load->parts) {
    if (part.has_run && !part.is_done()) ++load->commits_awaited;
  }
  if (load->commits_awaited > 0) return AwaitCommits(std::move(load));
  FileLoad* const one = load.get();
  settler_.Settle({&one, 1});
}

// A process without memory for one file, or for a thread of it, fails that file alone.
Status Call::PrepareCaught(FileLoad& load, const std::stop_token& stop) {
  try {
    return PrepareSafely(load, stop);
  } catch (const std::exception& error) {  // bad_alloc, system_error
    return Fail(Code::kOutOfMemory,
                fmt::format("this process has too little memory for the file ({}): {}",
                            error.what(), kRaiseProcessMemory));
  }
}

// Reads a suspect in a process of its own, and notes every other file: should this process die of
// it, the next one knows.
Status Call::PrepareSafely(FileLoad& load, const std::stop_token& stop) {
  const ledger::Claim& claim = load.claim;
  CrashJournal* const journal = options_.journal;
  if (alone_ && IsSuspect(claim)) {
    Status prepared = PrepareFile(*alone_, load, stop);
    if (prepared || prepared.error().code != Code::kReaderCrashed) return prepared;
    const bool is_known = claim.crash && claim.crash->message == prepared.error().message;
    if (is_known) return prepared;
    return Fail(Code::kReaderCrashed,
                prepared.error().message +
                    "; it is not read again until its content, its route or the program changes, "
                    "or until it is loaded with --force");
  }
  if (journal != nullptr) journal->Begin(claim.file);
  Status prepared = PrepareFile(rooms_, load, stop);
  if (journal != nullptr) journal->End(claim.file);
  return prepared;
}

void Call::AwaitCommits(std::unique_ptr<FileLoad> load) {
  if (load->is_fan_out()) {
    if (const Status planned = settler_.RecordParts(*load); !planned) {
      for (const PartLoad& part : load->parts) RemoveDataFiles(rooms_, part);
      return settler_.Fail(*load, Annotate("cannot record the file's parts", planned.error()));
    }
  }
  FileLoad& file = *load;
  {
    const std::lock_guard lock(waiting_mutex_);
    waiting_.emplace(&file, std::move(load));
  }
  // Not looking at the file afterwards: all of it may be committed, and gone.
  for (const Batch& parts : TogetherOrApart(file)) batches_.Add(parts);
}

// The parts that wait for a commit, those in one list that are to be in the same one. Rows come
// behind their rejects (AddRejects).
std::vector<Batch> Call::TogetherOrApart(FileLoad& load) {
  Batch waiting;
  for (PartLoad& part : load.parts) {
    if (!part.has_run || part.is_done()) continue;
    part.ready = rooms_.clock.Now();
    waiting.push_back(&part);
  }
  if (rooms_.catalog.commits_together()) return {waiting};
  if (!load.is_fan_out() && waiting.size() > 1) return {{waiting.back()}};
  std::vector<Batch> apart;
  for (PartLoad* part : waiting) apart.push_back({part});
  return apart;
}

// Files that are ready wait neither for one that takes long nor, after a stop, for a query that is
// deaf to it.
void Call::CommitInTime(const std::stop_token& ended, const std::stop_token& stop) {
  SystemClock waiting;  // real time, also where a test's clock stands still
  while (!ended.stop_requested()) {
    waiting.SleepFor(kLookForDueEvery, ended);
    CommitAll(stop.stop_requested() ? batches_.TakeAll() : batches_.TakeDue(rooms_.clock.Now()));
  }
}

void Call::CommitAll(const std::vector<Batch>& batches) {
  for (const Batch& batch : batches) Commit(batch);
}

void Call::Commit(const Batch& batch) {
  const std::lock_guard lock(commit_mutex_);
  Milliseconds taken{0};
  const Status committed = [&] {
    const StepTimer timer(rooms_.clock, taken);
    return CommitBatch(rooms_, batch, RetryLimitsNow());
  }();
  std::set<FileLoad*> files;
  for (PartLoad* part : batch) {
    files.insert(part->file);
    --part->file->commits_awaited;
    if (!part->snapshot_id) part->error = committed.error();
    AddRowsBehind(*part);
  }
  for (FileLoad* file : files) file->steps.commit += taken;
  SettleDone(files);
}

// The rows of a file whose rejects these were are next, unless they were committed together.
void Call::AddRowsBehind(const PartLoad& rejects) {
  PartLoad& rows = rejects.file->parts.front();
  const bool are_waiting = rows.has_run && !rows.is_done() && !rows.error;
  if (rejects.file->is_fan_out() || &rows == &rejects || !are_waiting) return;
  if (!rejects.error) return batches_.Add({&rows});
  RemoveDataFiles(rooms_, rows);
  rows.error = rejects.error;
  --rejects.file->commits_awaited;
}

// Settles the files whose last part this was, and records the parts of the others.
void Call::SettleDone(const std::set<FileLoad*>& files) {
  std::vector<FileLoad*> done;
  for (FileLoad* file : files) {
    if (file->commits_awaited == 0) {
      done.push_back(file);
    } else {
      settler_.RecordLatestParts(*file);
    }
  }
  settler_.Settle(done);
  const std::lock_guard lock(waiting_mutex_);
  for (const FileLoad* file : done) waiting_.erase(file);
}

// Where the call has an end, half of its time is for the file that waits.
Milliseconds Call::TableWaitNow() const {
  if (!options_.retry_until) return kTableWait;
  const Milliseconds left = *options_.retry_until - rooms_.clock.Now();
  return std::clamp(left / 2, Milliseconds(0), kTableWait);
}

RetryLimits Call::RetryLimitsNow() const {
  RetryLimits limits = options_.retry;
  if (options_.retry_until) {
    const Milliseconds left = *options_.retry_until - rooms_.clock.Now();
    limits.total_timeout = std::clamp(left, Milliseconds(0), limits.total_timeout);
  }
  return limits;
}

}  // namespace

void LoadFiles(const Rooms& rooms, std::span<const FileRef> files, const LoadOptions& options,
               const std::function<void(const Outcome&)>& report, const std::stop_token& stop) {
  if (files.empty()) return;
  Call(rooms, files, options, report).Run(stop);
}

}  // namespace eider::pipeline
