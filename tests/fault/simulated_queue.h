// A queue of messages about files: they come in any order, more than once, and again when nobody
// ends them; and that queue as one simulated process receives from it.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/source/event_source.h"
#include "simulated_process.h"

namespace eider::fault {

// Safe for concurrent calls. Outlives the processes; borrows the clock.
class SimulatedQueue {
 public:
  explicit SimulatedQueue(SimulatedClock& clock) : clock_(clock) {}

  void Add(std::vector<FileRef> files) {
    const std::lock_guard lock(mutex_);
    messages_[fmt::format("m{}", added_++)] = {.files = std::move(files)};
    changed_.notify_all();
  }

  bool is_empty() const {
    const std::lock_guard lock(mutex_);
    return messages_.empty();
  }

  // What can be seen now, ordered and sometimes kept for another receiver by `roll`.
  std::vector<source::Delivery> Take(std::size_t count_max, std::uint64_t roll) {
    const std::lock_guard lock(mutex_);
    std::vector<std::pair<std::size_t, std::string>> visible;
    for (const auto& [id, message] : messages_) {
      if (message.visible_at > clock_.Now()) continue;
      visible.emplace_back(std::hash<std::string>()(fmt::format("{}{}", roll, id)), id);
    }
    std::ranges::sort(visible);
    if (visible.size() > count_max) visible.resize(count_max);
    std::vector<source::Delivery> taken;
    for (const auto& [order, id] : visible) {
      Message& message = messages_.at(id);
      const bool stays = order % 5 == 0 && message.repeats++ < kRepeatsMax;
      if (!stays) message.visible_at = clock_.Now() + kVisibility;
      taken.push_back({.id = id, .files = message.files, .problems = {}});
    }
    return taken;
  }

  void Settle(const source::Settled& settled) {
    const std::lock_guard lock(mutex_);
    const auto found = messages_.find(settled.id);
    if (found == messages_.end()) return;
    switch (settled.as) {
      case source::Settlement::kDone:
        messages_.erase(found);
        break;
      case source::Settlement::kHandedBack:
        found->second.visible_at = clock_.Now();
        break;
      case source::Settlement::kAgain:
      case source::Settlement::kWrong:
        found->second.visible_at = clock_.Now() + source::WaitAfter(++found->second.failures);
    }
    changed_.notify_all();
  }

  // Waits a moment for messages; then time passes, as in a poll that finds none.
  void Poll(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, std::chrono::microseconds(200),
                      [this] { return EarliestWait() <= Milliseconds(0); });
    const Milliseconds wait = std::min(EarliestWait(), kPoll);
    if (wait > Milliseconds(0)) clock_.Move(wait);
  }

 private:
  static constexpr Milliseconds kVisibility{120'000};
  static constexpr Milliseconds kPoll{20'000};
  static constexpr int kRepeatsMax = 3;  // of one message, while it is seen by others

  struct Message {
    std::vector<FileRef> files;
    TimePoint visible_at{};
    int failures = 0;
    int repeats = 0;
  };

  Milliseconds EarliestWait() const {
    Milliseconds wait = Milliseconds::max();
    for (const auto& [id, message] : messages_) {
      wait = std::min(wait, message.visible_at - clock_.Now());
    }
    return wait;
  }

  SimulatedClock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, Message> messages_;
  int added_ = 0;
};

// Borrows queue and process.
class SimulatedReceiver final : public source::EventSource {
 public:
  SimulatedReceiver(SimulatedQueue& queue, SimulatedProcess& process)
      : queue_(queue), process_(process) {}

  const std::string& name() const override { return name_; }

  Result<std::vector<source::Delivery>> Receive(std::size_t deliveries_max,
                                                const std::stop_token& stop) override {
    queue_.Poll(stop);
    if (stop.stop_requested()) return std::vector<source::Delivery>();
    return process_.Do(
        "Receive", "", Code::kUnavailable, [&]() -> Result<std::vector<source::Delivery>> {
          return queue_.Take(std::min<std::size_t>(deliveries_max, 10), process_.Roll("Take", ""));
        });
  }

  Status Settle(std::span<const source::Settled> settled) override {
    Status last;
    for (const source::Settled& one : settled) {
      const Status told = process_.Do("Settle", one.id, Code::kUnavailable, [&]() -> Status {
        queue_.Settle(one);
        return {};
      });
      if (!told) last = told;
    }
    return last;
  }

 private:
  const std::string name_ = "queue";
  SimulatedQueue& queue_;
  SimulatedProcess& process_;
};

}  // namespace eider::fault
