// Commit lanes: what waits for a commit waits beside what goes to the same tables, and for nothing
// else. A table that conflicts, hangs or waits out a backoff delays no other.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "eider/base/clock.h"
#include "eider/iceberg/table_name.h"

namespace eider::commit {

// The tables that are committed to together: one, where the catalog knows no more.
using TableSet = std::set<iceberg::TableName>;

// Safe for concurrent calls from several threads. A lane has a thread of its own as long as
// something waits in it, and is gone afterwards. Borrows the clock.
template <typename Item>
class Lanes {
 public:
  // Commits what has waited in one lane, and returns when that is over. Called on the lane's
  // thread, by one call at a time for each lane.
  using Commit = std::function<void(std::vector<Item>)>;

  struct Options {
    std::size_t files_max = 1;  // that the items of a commit hold, unless one of them holds more
    Milliseconds interval{0};   // between the starts of a lane's commits, if nothing is due before
  };

  // Once `stop` is requested, nothing waits.
  Lanes(Clock& clock, const Options& options, Commit commit, std::stop_token stop)
      : clock_(clock),
        options_(options),
        commit_(std::move(commit)),
        stop_(std::move(stop)),
        on_stop_(stop_, [this] { WakeAll(); }) {}

  ~Lanes() { Drain(); }

  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  // The item, of so many files, is committed when `files_max` files wait in its lane, when one of
  // them is due, or when nothing else is expected and the interval is over; what comes while a
  // commit runs is in the next.
  void Add(const TableSet& tables, Item item, std::size_t files, TimePoint due) {
    const std::vector<std::jthread> ended = TakeEnded();
    std::unique_lock lock(mutex_);
    Lane& lane = lanes_[tables];
    lane.waiting.push_back({std::move(item), files, clock_.Now(), due});
    lane.files += files;
    if (std::exchange(lane.is_running, true)) return changed_.notify_all();
    StartLane(tables, lane, lock);
  }

  // Whether more may come. While nothing is expected, nothing waits for company.
  void Expect(bool more) {
    const std::lock_guard lock(mutex_);
    more_expected_ = more;
    if (!more) changed_.notify_all();
  }

  // Returns when nothing waits and no commit runs.
  void Drain() {
    {
      std::unique_lock lock(mutex_);
      is_draining_ = true;
      changed_.notify_all();
      changed_.wait(lock, [this] { return lanes_.empty(); });
    }
    TakeEnded();
  }

 private:
  struct Waiting {
    Item item;
    std::size_t files = 0;
    TimePoint since;
    TimePoint due;
  };

  struct Lane {
    std::deque<Waiting> waiting;
    std::size_t files = 0;  // of what waits
    bool is_running = false;
    std::jthread thread;
  };

  // Real time, also where a test's clock stands still.
  static constexpr Milliseconds kLookEvery{100};

  // On this thread where the process may have no more of them.
  void StartLane(const TableSet& tables, Lane& lane, std::unique_lock<std::mutex>& lock) {
    try {
      lane.thread = std::jthread([this, tables] { RunLane(tables); });
    } catch (const std::system_error&) {
      lock.unlock();
      RunLane(tables);
    }
  }

  void RunLane(const TableSet& tables) {
    std::unique_lock lock(mutex_);
    Lane& lane = lanes_.at(tables);
    while (!lane.waiting.empty()) {
      while (!IsDue(tables, lane)) changed_.wait_for(lock, kLookEvery);
      std::vector<Item> items = TakeFrom(lane);
      NoteStart(tables);
      lock.unlock();
      commit_(std::move(items));
      lock.lock();
    }
    ended_.push_back(std::move(lane.thread));
    lanes_.erase(tables);
    changed_.notify_all();
  }

  bool IsDue(const TableSet& tables, const Lane& lane) {
    if (stop_.stop_requested() || is_draining_ || lane.files >= options_.files_max) return true;
    const TimePoint now = clock_.Now();
    const auto last = starts_.find(tables);
    if (!more_expected_ && (last == starts_.end() || now - last->second >= options_.interval)) {
      return true;
    }
    // Behind a clock that was put back nothing waits for as long as it was.
    return std::ranges::any_of(
        lane.waiting, [&](const Waiting& one) { return one.due <= now || now < one.since; });
  }

  // Only starts that still keep others waiting are kept. A clock that was put back forgets all.
  void NoteStart(const TableSet& tables) {
    if (options_.interval <= Milliseconds(0)) return;
    const TimePoint now = clock_.Now();
    std::erase_if(starts_, [&](const auto& start) {
      return start.second > now || now - start.second >= options_.interval;
    });
    starts_[tables] = now;
  }

  std::vector<Item> TakeFrom(Lane& lane) {
    std::vector<Item> taken;
    std::size_t files = 0;
    while (!lane.waiting.empty() &&
           (taken.empty() || files + lane.waiting.front().files <= options_.files_max)) {
      files += lane.waiting.front().files;
      taken.push_back(std::move(lane.waiting.front().item));
      lane.waiting.pop_front();
    }
    lane.files -= files;
    return taken;
  }

  // The threads of lanes that are gone; their end joins them.
  std::vector<std::jthread> TakeEnded() {
    const std::lock_guard lock(mutex_);
    return std::exchange(ended_, {});
  }

  void WakeAll() {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  }

  Clock& clock_;
  const Options options_;
  const Commit commit_;
  const std::stop_token stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<TableSet, Lane> lanes_;
  std::map<TableSet, TimePoint> starts_;  // of the lanes' last commits
  std::vector<std::jthread> ended_;
  bool more_expected_ = true;
  bool is_draining_ = false;
  const std::stop_callback<std::function<void()>> on_stop_;
};

}  // namespace eider::commit
