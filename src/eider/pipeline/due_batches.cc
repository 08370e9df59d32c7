// Which batches are due.
#include "eider/pipeline/due_batches.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

namespace eider::pipeline {

void DueBatches::Add(const Batch& parts) {
  std::set<iceberg::TableName> tables;
  for (const PartLoad* part : parts) tables.insert(part->table());
  const std::lock_guard lock(mutex_);
  Waiting& waiting = waiting_[tables];
  ++waiting.files;
  waiting.parts.insert(waiting.parts.end(), parts.begin(), parts.end());
}

std::vector<Batch> DueBatches::TakeDue(TimePoint now) {
  const std::lock_guard lock(mutex_);
  std::vector<Batch> due;
  std::erase_if(waiting_, [&](auto& entry) {
    if (!IsDue(entry.second, now)) return false;
    due.push_back(std::move(entry.second.parts));
    return true;
  });
  return due;
}

std::vector<Batch> DueBatches::TakeAll() {
  const std::lock_guard lock(mutex_);
  std::vector<Batch> all;
  for (auto& [tables, waiting] : std::exchange(waiting_, {})) {
    all.push_back(std::move(waiting.parts));
  }
  return all;
}

bool DueBatches::IsDue(const Waiting& waiting, TimePoint now) const {
  if (waiting.files >= files_per_commit_) return true;
  return std::ranges::any_of(waiting.parts, [&](const PartLoad* part) {
    return now - part->ready >= part->route.commit_lag.value_or(kCommitLag);
  });
}

}  // namespace eider::pipeline
