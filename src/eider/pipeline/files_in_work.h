// Which files may still make their tables. Of several the first in the order of the files does, so
// that it is not chance that decides a new table's columns.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <utility>

#include "eider/base/clock.h"
#include "eider/iceberg/table_name.h"

namespace eider::pipeline {

// Safe for concurrent calls. Files are known by their places in the order in which they were
// submitted; they begin in that order, suspects behind the others.
class FilesInWork {
 public:
  void Begin(std::size_t place) {
    const std::lock_guard lock(mutex_);
    tables_.emplace(place, std::nullopt);
  }

  // The file goes to these tables and no others.
  void GoesTo(std::size_t place, std::set<iceberg::TableName> tables) {
    const std::lock_guard lock(mutex_);
    const auto found = tables_.find(place);
    if (found != tables_.end()) found->second = std::move(tables);
    changed_.notify_all();
  }

  // The file makes no table any more, whatever becomes of it. More than once is as good as once.
  void HasTables(std::size_t place) {
    const std::lock_guard lock(mutex_);
    tables_.erase(place);
    changed_.notify_all();
  }

  // Returns when no earlier file may make that table, or after `longest`: one that takes its time
  // keeps the others waiting no longer. Also when a stop is requested.
  void AwaitEarlier(std::size_t place, const iceberg::TableName& table, Milliseconds longest,
                    const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, longest, [&] {
      for (const auto& [earlier, tables] : tables_) {
        if (earlier >= place) return true;
        if (!tables || tables->contains(table)) return false;
      }
      return true;
    });
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::size_t, std::optional<std::set<iceberg::TableName>>> tables_;  // nothing: not known
};

}  // namespace eider::pipeline
