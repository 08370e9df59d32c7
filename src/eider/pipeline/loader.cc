// The loader's workers, and what happens to rows between them and the settler.
#include "eider/pipeline/loader.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "eider/base/result.h"
#include "eider/commit/commit_loop.h"
#include "eider/iceberg/table_name.h"
#include "eider/ledger/ledger.h"

namespace eider::pipeline {
namespace {

// Claimed in one ledger transaction: few enough to leave work for other processes.
constexpr std::size_t kFilesPerClaim = 32;

// For an earlier file to make a table.
constexpr Milliseconds kTableWait{60'000};

std::optional<Services> AloneOf(const Services& services) {
  if (services.isolated_engine == nullptr) return std::nullopt;
  return Services{services.router, services.ledger, services.catalog, *services.isolated_engine,
                  services.store,  services.clock,  services.random,  services.log};
}

template <typename Value>
Value TakeFront(std::deque<Value>& values) {
  Value front = std::move(values.front());
  values.pop_front();
  return front;
}

}  // namespace

Loader::Loader(const Services& services, LoadOptions options, std::stop_token stop)
    : services_(services),
      alone_(AloneOf(services)),
      options_(std::move(options)),
      stop_(std::move(stop)),
      leases_(services, options_.lease),
      settler_(services, leases_, options_.program),
      lanes_(
          services.clock, static_cast<std::size_t>(options_.files_per_commit),
          [this](std::vector<Together> items) { Commit(std::move(items)); }, stop_),
      on_stop_(stop_, [this] {
        const std::lock_guard lock(mutex_);
        changed_.notify_all();
      }) {}

Loader::~Loader() {
  Drain();
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
    changed_.notify_all();
  }
  workers_.clear();
}

void Loader::Submit(std::span<const FileRef> files, const OnOutcome& on_outcome) {
  const OnOutcome told = [this, on_outcome](const Outcome& outcome) {
    on_outcome(outcome);
    NoteOutcome();
  };
  const auto queued_max = static_cast<std::size_t>(options_.queued_max);
  while (!files.empty()) {
    std::size_t taken = 0;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return queued_.size() < queued_max; });
      taken = std::min(files.size(), queued_max - queued_.size());
      for (const FileRef& file : files.first(taken)) queued_.push_back({file, places_++, told});
      unprepared_ += taken;
      untold_ += taken;
      lanes_.Expect(true);
      changed_.notify_all();
    }
    files = files.subspan(taken);
    AddWorkers(taken);
  }
}

void Loader::Drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return untold_ == 0; });
}

// As many as have work. Where the process may have no more threads, those that are there do it; if
// there is none, whoever submits does.
void Loader::AddWorkers(std::size_t files) {
  {
    const std::lock_guard lock(mutex_);
    try {
      for (std::size_t wanted = files > idle_ ? files - idle_ : 0;
           wanted > 0 && workers_.size() < static_cast<std::size_t>(options_.workers); --wanted) {
        workers_.emplace_back([this] { Work(true); });
      }
    } catch (const std::system_error& error) {
      services_.log.warn("works with fewer threads, as one more could not be started: {}",
                         error.what());
    }
    if (!workers_.empty()) return;
  }
  Work(false);
}

void Loader::Work(bool waits) {
  while (auto file = Next(waits)) {
    {
      const TableTurn turn(in_work_, file->place);
      Prepare(*std::move(file));
    }
    NotePrepared();
  }
}

// Nothing when the loader ends or, unless the worker waits, when there is nothing to do.
std::optional<Claimed> Loader::Next(bool waits) {
  std::unique_lock lock(mutex_);
  while (true) {
    if (stop_.stop_requested() && !queued_.empty()) {
      LeaveQueued(lock);
    } else if (HasEnoughInLanes()) {
      Wait(lock);
    } else if (!claimed_.empty() || (queued_.empty() && !is_claiming_ && !suspects_.empty())) {
      Claimed file = TakeFront(claimed_.empty() ? suspects_ : claimed_);
      in_work_.Begin(file.place);
      return file;
    } else if (!queued_.empty() && !is_claiming_) {
      ClaimSome(lock);
    } else if (is_closing_ || (!waits && !is_claiming_)) {
      return std::nullopt;
    } else {
      Wait(lock);
    }
  }
}

void Loader::Wait(std::unique_lock<std::mutex>& lock) {
  ++idle_;
  changed_.wait(lock);
  --idle_;
}

bool Loader::HasEnoughInLanes() const {
  return untold_ >= unprepared_ + kAwaitingCommitMax;
}

void Loader::LeaveQueued(std::unique_lock<std::mutex>& lock) {
  const std::deque<Queued> left = std::exchange(queued_, {});
  changed_.notify_all();
  lock.unlock();
  for (const Queued& file : left) {
    settler_.TellNotBegun(file.file, file.on_outcome);
    NotePrepared();
  }
  lock.lock();
}

// One worker claims at a time, the others take what is claimed already.
void Loader::ClaimSome(std::unique_lock<std::mutex>& lock) {
  std::vector<Queued> files;
  while (!queued_.empty() && files.size() < kFilesPerClaim) files.push_back(TakeFront(queued_));
  is_claiming_ = true;
  changed_.notify_all();  // there is room in the queue
  lock.unlock();
  Claim(std::move(files));
  lock.lock();
  is_claiming_ = false;
  changed_.notify_all();
}

void Loader::Claim(std::vector<Queued> files) {
  std::vector<FileRef> refs;
  for (const Queued& file : files) refs.push_back(file.file);
  Milliseconds taken{0};
  auto outcomes = [&] {
    const StepTimer timer(services_.clock, taken);
    return services_.ledger.TryClaim(refs, {.lease = options_.lease, .force = options_.force});
  }();
  for (std::size_t i = 0; i < files.size(); ++i) {
    Queued& file = files[i];
    if (!outcomes) {
      settler_.TellFailed(file.file, Annotate("cannot claim the file", outcomes.error()),
                          file.on_outcome);
      NotePrepared();
    } else if (auto* claim = std::get_if<ledger::Claim>(&(*outcomes)[i])) {
      leases_.Add(*claim);
      const bool is_suspect = IsSuspect(*claim);
      Claimed claimed{std::move(*claim), file.place, std::move(file.on_outcome), {}, {}};
      claimed.steps.ledger = taken;
      const std::lock_guard lock(mutex_);
      (is_suspect ? suspects_ : claimed_).push_back(std::move(claimed));
    } else {
      settler_.TellUnclaimed(file.file, (*outcomes)[i], file.on_outcome);
      NotePrepared();
    }
  }
}

bool Loader::IsSuspect(const ledger::Claim& claim) const {
  return claim.broken_off >= kBrokenOffMax || claim.crash ||
         (options_.journal != nullptr && options_.journal->BrokeOff(claim.file));
}

void Loader::Prepare(Claimed file) {
  file.started = services_.clock.Now();
  if (stop_.stop_requested()) return settler_.GiveBack(file);
  PreparedFile prepared = PrepareSafely(file);
  if (const auto* error = std::get_if<Error>(&prepared.end)) {
    return settler_.Fail(file, prepared.plan ? &*prepared.plan : nullptr, *error);
  }
  if (const auto* skipped = std::get_if<Skipped>(&prepared.end)) {
    return settler_.Skip(file, *skipped);
  }
  auto tally = std::make_shared<FileTally>();
  tally->file = std::move(file);
  tally->plan = *std::move(prepared.plan);
  tally->parts = std::get<PreparedParts>(std::move(prepared.end));
  tally->errors.resize(tally->parts.size());
  AwaitCommits(std::move(tally));
}

// Reads a suspect in a process of its own, and notes every other file: should this process die of
// it, the next one knows.
PreparedFile Loader::PrepareSafely(Claimed& file) {
  const TableMaking making{&in_work_, file.place, TableWaitNow(), options_.remake_tables};
  if (alone_ && IsSuspect(file.claim)) {
    PreparedFile prepared = PrepareFile(*alone_, file, options_.program, making, stop_);
    auto* error = std::get_if<Error>(&prepared.end);
    if (error == nullptr || error->code != Code::kReaderCrashed) return prepared;
    const bool is_known = file.claim.crash && file.claim.crash->message == error->message;
    if (!is_known) {
      error->message +=
          "; it is not read again until its content, its route or the program changes, or until it "
          "is loaded with --force";
    }
    return prepared;
  }
  CrashJournal* const journal = options_.journal;
  if (journal != nullptr) journal->Begin(file.claim.file);
  PreparedFile prepared = PrepareFile(services_, file, options_.program, making, stop_);
  if (journal != nullptr) journal->End(file.claim.file);
  return prepared;
}

// Puts what waits for a commit into the lanes: in one step where the catalog can, else table by
// table. Rows come behind their rejects (PrepareRejects).
void Loader::AwaitCommits(Tally file) {
  Together waiting;
  for (std::size_t i = 0; i < file->parts.size(); ++i) {
    PreparedPart& part = file->parts[i];
    if (!part.written) continue;
    Written written = *std::exchange(part.written, std::nullopt);
    std::vector<RowsShare> shares{{file, i, part.plan.commit_token, part.record.counts}};
    waiting.push_back({part.plan.table(), std::move(written.table_uuid),
                       std::move(written.data_files), std::move(shares)});
  }
  file->waiting = static_cast<int>(waiting.size());
  if (waiting.empty()) return SettleAll({file});
  if (file->plan.is_fan_out()) {
    if (const Status planned = settler_.RecordParts(*file); !planned) {
      for (const WaitingRows& rows : waiting) RemoveDataFiles(services_, rows.data_files);
      return settler_.Fail(*file, Annotate("cannot record the file's parts", planned.error()));
    }
  }
  if (services_.catalog.commits_together()) return AddToLane(std::move(waiting));
  if (!file->plan.is_fan_out() && waiting.size() > 1) {
    waiting.back().behind = std::make_unique<WaitingRows>(std::move(waiting.front()));
    waiting.erase(waiting.begin());
  }
  for (WaitingRows& rows : waiting) {
    Together alone;
    alone.push_back(std::move(rows));
    AddToLane(std::move(alone));
  }
}

void Loader::AddToLane(Together rows) {
  commit::TableSet tables;
  Milliseconds lag = Milliseconds::max();
  std::size_t files = 0;
  for (const WaitingRows& one : rows) {
    tables.insert(one.table);
    files = std::max(files, one.shares.size());
    const RowsShare& share = one.shares.front();
    lag = std::min(lag, share.file->parts[share.part].plan.route.commit_lag.value_or(kCommitLag));
  }
  const TimePoint due = services_.clock.Now() + lag;
  lanes_.Add(tables, std::move(rows), files, due);
}

void Loader::Commit(std::vector<Together> items) {
  std::map<iceberg::TableName, std::vector<WaitingRows*>> by_table;
  for (Together& item : items) {
    for (WaitingRows& rows : item) by_table[rows.table].push_back(&rows);
  }
  std::vector<std::unique_ptr<LoadAppend>> appends;
  std::vector<commit::TableWork*> work;
  for (auto& [table, rows] : by_table) {
    appends.push_back(std::make_unique<LoadAppend>(services_, std::move(rows)));
    work.push_back(appends.back().get());
  }
  Milliseconds taken{0};
  const commit::Committed committed = [&] {
    const StepTimer timer(services_.clock, taken);
    return commit::CommitWork({services_.catalog, services_.clock, services_.random, services_.log},
                              work, RetryLimitsNow(), stop_);
  }();
  Tallies done;
  Tallies others;
  for (Together& item : items) {
    for (WaitingRows& rows : item) {
      TakeCommitted(rows, committed, taken, done, others);
    }
  }
  for (const auto& file : others) {
    const std::lock_guard lock(file->mutex);
    if (file->waiting > 0) settler_.RecordLatestParts(*file);
  }
  SettleAll(done);
}

// Whoever takes the last part of a file settles it.
void Loader::TakeCommitted(WaitingRows& rows, const commit::Committed& committed,
                           Milliseconds taken, Tallies& done, Tallies& others) {
  for (const RowsShare& share : rows.shares) {
    FileTally& file = *share.file;
    const std::lock_guard lock(file.mutex);
    file.commit_retries += committed.retries;
    file.file.steps.commit += taken;
    if (rows.snapshot_id) {
      file.parts[share.part].record.is_loaded = true;
      file.parts[share.part].record.snapshot_id = rows.snapshot_id;
    } else {
      file.errors[share.part] = committed.status.error();
    }
    others.insert(share.file);
    if (--file.waiting == 0) done.insert(share.file);
  }
  if (!rows.behind) return;
  if (rows.snapshot_id) {
    Together next;
    next.push_back(std::move(*rows.behind));
    return AddToLane(std::move(next));
  }
  RemoveDataFiles(services_, rows.behind->data_files);
  TakeCommitted(*rows.behind, {committed.status, 0}, Milliseconds(0), done, others);
}

void Loader::SettleAll(const Tallies& done) {
  std::vector<FileTally*> files;
  for (const auto& file : done) files.push_back(file.get());
  if (!files.empty()) settler_.Settle(files);
}

// While nothing is queued, claimed or prepared, what waits for its commit waits for nobody.
void Loader::NotePrepared() {
  const std::lock_guard lock(mutex_);
  if (--unprepared_ == 0) lanes_.Expect(false);
}

void Loader::NoteOutcome() {
  const std::lock_guard lock(mutex_);
  --untold_;
  if (untold_ == 0 || idle_ > 0) changed_.notify_all();
}

// Where the load has an end, half of its time is for the file that waits.
Milliseconds Loader::TableWaitNow() const {
  if (!options_.retry_until) return kTableWait;
  const Milliseconds left = *options_.retry_until - services_.clock.Now();
  return std::clamp(left / 2, Milliseconds(0), kTableWait);
}

RetryLimits Loader::RetryLimitsNow() const {
  RetryLimits limits = options_.retry;
  if (options_.retry_until) {
    const Milliseconds left = *options_.retry_until - services_.clock.Now();
    limits.total_timeout = std::clamp(left, Milliseconds(0), limits.total_timeout);
  }
  return limits;
}

}  // namespace eider::pipeline
