// A queue in memory over the ledger's rows.
#include "eider/worker/announced_files.h"

#include <cstddef>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "eider/base/result.h"
#include "eider/pipeline/may_pass.h"
#include "eider/pipeline/settler.h"

namespace eider::worker {
namespace {

using source::Delivery;
using source::Settlement;

// Files that are looked at at once: what is beyond them comes when these are in work.
constexpr int kLookedAtMax = 10'000;

// Whether a file that is FAILED or SKIPPED would have come again, had its worker lived.
bool WasLeft(const ledger::LoadRecord& record, int attempts_max) {
  if (record.state == ledger::State::kSkipped) return record.error == pipeline::kNotBegunReason;
  return record.attempts < attempts_max && pipeline::MayPass(record.error_code);
}

}  // namespace

AnnouncedFiles::AnnouncedFiles(ledger::Ledger& ledger, Clock& clock, AnnouncedOptions options)
    : ledger_(ledger), clock_(clock), options_(options) {}

Status AnnouncedFiles::Announce(std::span<const FileRef> files) {
  EIDER_CHECK(ledger_.Announce(files));
  const std::lock_guard lock(mutex_);
  const TimePoint now = clock_.Now();
  for (const FileRef& file : files) Add(file, 1, now);
  changed_.notify_all();
  return {};
}

// With the mutex held. What is open already comes to its own end.
void AnnouncedFiles::Add(FileRef file, int attempts, TimePoint due) {
  std::string id = source::IdOf(file);
  if (!open_.try_emplace(id, Open{std::move(file), attempts}).second) return;
  due_.emplace(due, std::move(id));
}

// Also files that another process is about to claim: the ledger gives each to one.
Status AnnouncedFiles::Look() {
  if (is_first_look_) EIDER_CHECK(AnnounceWhatWasLeft());
  is_first_look_ = false;
  EIDER_ASSIGN(std::vector<ledger::LoadRecord> records, ledger_.FindWaiting(kLookedAtMax));
  const std::lock_guard lock(mutex_);
  const TimePoint now = clock_.Now();
  for (ledger::LoadRecord& record : records) {
    const bool has_failed = record.state == ledger::State::kWaiting && record.finished_at;
    const TimePoint due =
        has_failed ? *record.finished_at + source::WaitAfter(record.attempts) : now;
    Add(std::move(record.file), record.attempts + 1, due);
  }
  next_look_ = now + options_.look_every;
  return {};
}

// Whoever announced them has heard that they will be loaded.
Status AnnouncedFiles::AnnounceWhatWasLeft() {
  std::vector<FileRef> left;
  for (const ledger::State state : {ledger::State::kFailed, ledger::State::kSkipped}) {
    EIDER_ASSIGN(std::vector<ledger::LoadRecord> records,
                 ledger_.Query({.state = state, .limit = kLookedAtMax}));
    for (ledger::LoadRecord& record : records) {
      if (WasLeft(record, options_.attempts_max)) left.push_back(std::move(record.file));
    }
  }
  return left.empty() ? Status() : ledger_.Announce(left);
}

std::vector<Delivery> AnnouncedFiles::TakeDue(std::size_t deliveries_max) {
  std::vector<Delivery> deliveries;
  const TimePoint now = clock_.Now();
  while (!due_.empty() && due_.begin()->first <= now && deliveries.size() < deliveries_max) {
    Delivery& delivery = deliveries.emplace_back();
    delivery.id = std::move(due_.begin()->second);
    delivery.files.push_back(open_.at(delivery.id).file);
    due_.erase(due_.begin());
  }
  return deliveries;
}

Result<std::vector<Delivery>> AnnouncedFiles::Receive(std::size_t deliveries_max,
                                                      const std::stop_token& stop) {
  const TimePoint now = clock_.Now();
  // A clock that was put back must not keep what waits waiting.
  if (now >= next_look_ || next_look_ - now > options_.look_every) EIDER_CHECK(Look());
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, options_.wait,
                    [this] { return !due_.empty() && due_.begin()->first <= clock_.Now(); });
  if (stop.stop_requested()) return std::vector<Delivery>();
  return TakeDue(deliveries_max);
}

Status AnnouncedFiles::Settle(std::span<const source::Settled> settled) {
  std::vector<FileRef> again;
  {
    const std::lock_guard lock(mutex_);
    const TimePoint now = clock_.Now();
    for (const source::Settled& one : settled) {
      const auto open = open_.find(one.id);
      if (open == open_.end()) continue;
      const bool comes_again =
          one.as == Settlement::kHandedBack ||
          (one.as == Settlement::kAgain && open->second.attempts < options_.attempts_max);
      if (!comes_again) {
        open_.erase(open);
        continue;
      }
      again.push_back(open->second.file);
      due_.emplace(
          one.as == Settlement::kHandedBack ? now : now + source::WaitAfter(open->second.attempts),
          one.id);
      ++open->second.attempts;
    }
    changed_.notify_all();
  }
  return again.empty() ? Status() : ledger_.Announce(again);
}

}  // namespace eider::worker
