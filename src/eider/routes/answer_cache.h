// Answers by key: for how long each is fresh, and the last one however old it is.
//
// Of more than `entries_max` keys the one whose answer is the oldest is forgotten. An answer never
// replaces one that was asked for later than it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "eider/base/clock.h"
#include "eider/base/result.h"

namespace eider::routes {

// An answer, and when it was asked for: what is true now may be another.
template <typename T>
struct Known {
  Result<T> answer;
  TimePoint asked_at;
};

// Safe for concurrent calls from several threads. A FindFresh costs one shared lock, one hash and
// the copy of the answer.
template <typename T>
class AnswerCache {
 public:
  explicit AnswerCache(std::size_t entries_max) : entries_max_(entries_max) {}

  std::optional<Result<T>> FindFresh(std::string_view key, TimePoint now) const {
    const std::shared_lock lock(mutex_);
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return std::nullopt;
    const Entry& entry = *found->second;
    // A clock that was set back makes nothing fresh that it has not seen yet.
    if (now >= entry.fresh_until || now < entry.known.asked_at) return std::nullopt;
    return entry.known.answer;
  }

  std::optional<Known<T>> FindLast(std::string_view key) const {
    const std::shared_lock lock(mutex_);
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? std::nullopt : std::optional(found->second->known);
  }

  // To be taken before the store is asked, and handed back with its answer: what was asked before a
  // Forget is not kept.
  std::uint64_t generation() const {
    const std::shared_lock lock(mutex_);
    return generation_;
  }

  void Put(std::string_view key, Known<T> known, Milliseconds fresh_for, std::uint64_t generation) {
    const std::unique_lock lock(mutex_);
    if (generation != generation_) return;
    const TimePoint fresh_until = known.asked_at + fresh_for;
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      Entry& entry = *found->second;
      if (entry.known.asked_at > known.asked_at) return;
      entry.known = std::move(known);
      entry.fresh_until = fresh_until;
      oldest_first_.splice(oldest_first_.end(), oldest_first_, found->second);
      return;
    }
    oldest_first_.push_back({std::string(key), std::move(known), fresh_until});
    by_key_.emplace(oldest_first_.back().key, std::prev(oldest_first_.end()));
    if (by_key_.size() > entries_max_) Erase(by_key_.find(oldest_first_.front().key));
  }

  void Forget(std::string_view key) {
    const std::unique_lock lock(mutex_);
    ++generation_;
    if (const auto found = by_key_.find(key); found != by_key_.end()) Erase(found);
  }

 private:
  struct Entry {
    std::string key;
    Known<T> known;
    TimePoint fresh_until;
  };

  using Entries = std::list<Entry>;
  using ByKey = std::unordered_map<std::string_view, typename Entries::iterator>;  // views of `key`

  void Erase(typename ByKey::iterator found) {
    const auto entry = found->second;
    by_key_.erase(found);  // before the key that it is a view of
    oldest_first_.erase(entry);
  }

  const std::size_t entries_max_;
  mutable std::shared_mutex mutex_;  // guards all below
  Entries oldest_first_;
  ByKey by_key_;
  std::uint64_t generation_ = 0;
};

}  // namespace eider::routes
