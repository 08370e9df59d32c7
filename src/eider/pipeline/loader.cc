// What the loader's workers take next: files that are ready to be read, claimed or queued.
#include "eider/pipeline/loader.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "eider/base/result.h"
#include "eider/ledger/ledger.h"

namespace eider::pipeline {
namespace {

// Claimed in one ledger transaction, or as many as a group has: few enough to leave work for other
// processes.
constexpr std::size_t kFilesPerClaim = 32;

// A small file is at most this part of a group.
constexpr std::uint64_t kSmallShare = 16;

std::optional<Services> AloneOf(const Services& services) {
  if (services.isolated_engine == nullptr) return std::nullopt;
  return services.WithEngine(*services.isolated_engine);
}

// What is read together is committed together.
LoadOptions WithGroupsThatFit(LoadOptions options) {
  options.group_files = std::min(options.group_files, options.files_per_commit);
  return options;
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
      options_(WithGroupsThatFit(std::move(options))),
      stop_(std::move(stop)),
      leases_(services, options_.lease),
      settler_(services, leases_, options_.program, options_.observe),
      lanes_(
          services.clock,
          {.files_max = static_cast<std::size_t>(options_.files_per_commit),
           .interval = options_.commit_interval},
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
      changed_.wait(lock, [&] { return hands_back_ || queued_.size() < queued_max; });
      if (hands_back_) break;
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
  for (const FileRef& file : files) settler_.TellNotBegun(file, on_outcome);
}

void Loader::HandBack() {
  std::unique_lock lock(mutex_);
  hands_back_ = true;
  LeaveNotBegun(lock);
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
  while (auto task = Next(waits)) {
    if (auto* lot = std::get_if<Lot>(&*task)) {
      PrepareLot(std::move(*lot));
    } else {
      PrepareGroup(std::get<Group>(*std::move(task)));
    }
  }
}

// Nothing when the loader ends or, unless the worker waits, when there is nothing to do.
std::optional<Loader::Task> Loader::Next(bool waits) {
  std::unique_lock lock(mutex_);
  while (true) {
    if (MustLeaveSome()) {
      LeaveNotBegun(lock);
    } else if (HasEnoughInLanes()) {
      Wait(lock);
    } else if (!ready_.empty()) {
      return TakeFront(ready_);
    } else if (!claimed_.empty()) {
      return TakeLot();
    } else if (!queued_.empty() && !is_claiming_) {
      ClaimSome(lock);
    } else if (queued_.empty() && !is_claiming_ && !suspects_.empty()) {
      Lot alone;
      alone.push_back(TakeFront(suspects_));
      in_work_.Begin(alone.front().place);
      return alone;
    } else if (is_closing_ || (!waits && !is_claiming_)) {
      return std::nullopt;
    } else {
      Wait(lock);
    }
  }
}

// The next claimed file, and small ones behind it if it is small itself.
Loader::Lot Loader::TakeLot() {
  Lot lot;
  std::uint64_t bytes = 0;
  const auto has_room = [&] {
    return !claimed_.empty() && static_cast<int>(lot.size()) < options_.group_files &&
           IsSmall(claimed_.front()) &&
           bytes + claimed_.front().claim.file.size_bytes <= options_.group_bytes;
  };
  do {
    bytes += claimed_.front().claim.file.size_bytes;
    in_work_.Begin(claimed_.front().place);
    lot.push_back(TakeFront(claimed_));
  } while (IsSmall(lot.front()) && has_room());
  return lot;
}

// Whether others may be read with it. What a broken load has left of a file is found out apart.
bool Loader::IsSmall(const Claimed& file) const {
  const ledger::Claim& claim = file.claim;
  return options_.group_files > 1 && claim.file.size_bytes <= options_.group_bytes / kSmallShare &&
         !claim.interrupted_since && claim.parts.empty();
}

void Loader::Wait(std::unique_lock<std::mutex>& lock) {
  ++idle_;
  changed_.wait(lock);
  --idle_;
}

bool Loader::HasEnoughInLanes() const {
  return untold_ >= unprepared_ + kAwaitingCommitMax;
}

bool Loader::MustLeaveSome() const {
  return (stop_.stop_requested() || hands_back_) &&
         !(queued_.empty() && claimed_.empty() && suspects_.empty());
}

void Loader::LeaveNotBegun(std::unique_lock<std::mutex>& lock) {
  const std::deque<Queued> queued = std::exchange(queued_, {});
  std::deque<Claimed> claimed = std::exchange(claimed_, {});
  std::ranges::move(std::exchange(suspects_, {}), std::back_inserter(claimed));
  changed_.notify_all();
  lock.unlock();
  for (const Queued& file : queued) settler_.TellNotBegun(file.file, file.on_outcome);
  for (Claimed& file : claimed) settler_.GiveBack(file);
  NotePrepared(queued.size() + claimed.size());
  lock.lock();
}

// One worker claims at a time, the others take what is claimed already.
void Loader::ClaimSome(std::unique_lock<std::mutex>& lock) {
  std::vector<Queued> files;
  const std::size_t files_max =
      std::max(kFilesPerClaim, static_cast<std::size_t>(options_.group_files));
  while (!queued_.empty() && files.size() < files_max) files.push_back(TakeFront(queued_));
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
  StepTimes taken;
  auto outcomes = [&] {
    const StepTimer timer(services_.clock, taken, Step::kLedger);
    return services_.ledger.TryClaim(refs, {.lease = options_.lease, .force = options_.force});
  }();
  std::vector<Claimed> claimed;
  for (std::size_t i = 0; i < files.size(); ++i) {
    Queued& file = files[i];
    if (!outcomes) {
      settler_.TellFailed(file.file, Annotate("cannot claim the file", outcomes.error()),
                          file.on_outcome);
      NotePrepared(1);
    } else if (auto* claim = std::get_if<ledger::Claim>(&(*outcomes)[i])) {
      leases_.Add(*claim);
      claimed.push_back({std::move(*claim), file.place, std::move(file.on_outcome), {}, {}});
      claimed.back().steps = taken;
    } else {
      settler_.TellUnclaimed(file.file, (*outcomes)[i], file.on_outcome);
      NotePrepared(1);
    }
  }
  // All at once: a worker that looks in between would make a small group of the first ones.
  const std::lock_guard lock(mutex_);
  for (Claimed& file : claimed) {
    (IsSuspect(file.claim) ? suspects_ : claimed_).push_back(std::move(file));
  }
}

bool Loader::IsSuspect(const ledger::Claim& claim) const {
  return claim.broken_off >= kBrokenOffMax || claim.crash ||
         (options_.journal != nullptr && options_.journal->BrokeOff(claim.file));
}

// While nothing is queued, claimed or prepared, what waits for its commit waits for nobody.
void Loader::NotePrepared(std::size_t files) {
  const std::lock_guard lock(mutex_);
  unprepared_ -= files;
  if (unprepared_ == 0) lanes_.Expect(false);
}

void Loader::NoteOutcome() {
  const std::lock_guard lock(mutex_);
  --untold_;
  if (untold_ == 0 || idle_ > 0) changed_.notify_all();
}

// Where the load has an end, at most that part of the time until then.
Milliseconds Loader::ShareOfTimeLeft(int divisor, Milliseconds longest) const {
  if (!options_.retry_until) return longest;
  const Milliseconds left = *options_.retry_until - services_.clock.Now();
  return std::clamp(left / divisor, Milliseconds(0), longest);
}

}  // namespace eider::pipeline
