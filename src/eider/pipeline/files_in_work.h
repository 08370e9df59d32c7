// Which files of a call are in preparation, by their places in its list: what the first of them
// decides for all, such as a new table's columns, is not decided by chance.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <set>
#include <stop_token>

namespace eider::pipeline {

// Safe for concurrent calls. Files begin in the order of the list.
class FilesInWork {
 public:
  void Begin(std::size_t place) {
    const std::lock_guard lock(mutex_);
    places_.insert(place);
  }

  void End(std::size_t place) {
    const std::lock_guard lock(mutex_);
    places_.erase(place);
    ended_.notify_all();
  }

  // Returns when no earlier file is in work, or when a stop is requested.
  void AwaitEarlier(std::size_t place, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, stop, [&] { return places_.empty() || *places_.begin() >= place; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any ended_;
  std::set<std::size_t> places_;
};

}  // namespace eider::pipeline
