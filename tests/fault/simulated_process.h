// A process whose calls to ledger, catalog, store and queue go wrong, and that dies at one of them.
//
// What a call suffers follows from the seed, the process, the call's name, what it is for, and how
// often the process made it: not from the order in which threads come. After its death no call of
// the process has an effect, so that what is in its memory is lost, as in a real one.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "eider/base/clock.h"
#include "eider/base/result.h"

namespace eider::fault {

// Time passes where somebody sleeps, at once, and where a test moves it. Whoever would sleep for an
// hour waits for something else: until the stop. Safe for concurrent calls.
class SimulatedClock final : public Clock {
 public:
  TimePoint Now() override { return TimePoint(Milliseconds(now_ms_)); }

  void SleepFor(Milliseconds duration, std::stop_token stop) override {
    if (duration < std::chrono::hours(1)) {
      const std::int64_t until = now_ms_ + duration.count();
      std::this_thread::yield();
      std::int64_t now = now_ms_;
      while (now < until && !now_ms_.compare_exchange_weak(now, until)) {
      }
      return;
    }
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait(lock, stop, [] { return false; });
  }

  void Move(Milliseconds by) { now_ms_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_ms_ = 1'800'000'000'000;
};

enum class CallFault : std::uint8_t {
  kNone,
  kAway,        // surely without effect
  kAnswerLost,  // it has its effect, and nobody hears of it
  kDeath,       // the process dies before
  kDeathAfter,  // the process dies when it has its effect
  kSlow,
  kDayForward,  // the clock jumps
  kHourBack,
};

// Safe for concurrent calls.
class SimulatedProcess {
 public:
  struct Options {
    std::uint64_t seed = 0;
    int number = 0;
    int faults_in_thousand = 0;  // calls that go wrong
    int deaths_in_thousand = 0;  // of these
    std::function<void()> on_death = [] {};
  };

  // Borrows the clock.
  SimulatedProcess(Options options, SimulatedClock& clock)
      : options_(std::move(options)), clock_(clock) {}

  bool is_dead() const { return is_dead_; }

  int number() const { return options_.number; }

  std::uint64_t calls() const { return calls_; }

  // Asks `call` as the simulation has it. `of`: what it is for. `lost`: the error for an answer
  // that is lost.
  template <typename Call>
  std::invoke_result_t<Call> Do(const std::string& name, const std::string& of, Code lost,
                                Call call) {
    ++calls_;
    if (is_dead_) return Dead();
    const CallFault fault = Next(name, of);
    if (fault == CallFault::kAway) return Fail(Code::kUnavailable, name + ": simulated outage");
    if (fault == CallFault::kSlow) clock_.Move(std::chrono::seconds(90));
    if (fault == CallFault::kDayForward) clock_.Move(std::chrono::days(1));
    if (fault == CallFault::kHourBack) clock_.Move(-std::chrono::hours(1));
    if (fault == CallFault::kDeath) return Die();
    auto answer = call();
    if (fault == CallFault::kDeathAfter) return Die();
    if (fault == CallFault::kAnswerLost && answer) return Fail(lost, name + ": simulated time-out");
    return answer;
  }

  // How often the process made the call.
  std::uint64_t Count(const std::string& name, const std::string& of) {
    const std::lock_guard lock(mutex_);
    return counts_[{name, of}];
  }

  // A number that belongs to this call as its faults do; counts it.
  std::uint64_t Roll(const std::string& name, const std::string& of) {
    return RollOf(name, of, CountOne(name, of));
  }

 private:
  // No call is at fault for ever: what is asked often enough is answered.
  static constexpr std::uint64_t kFaultsOfCallMax = 5;

  std::uint64_t CountOne(const std::string& name, const std::string& of) {
    const std::lock_guard lock(mutex_);
    return ++counts_[{name, of}];
  }

  std::uint64_t RollOf(const std::string& name, const std::string& of, std::uint64_t nth) const {
    const std::string key = name + '\n' + of;
    std::seed_seq bits{options_.seed, static_cast<std::uint64_t>(options_.number),
                       static_cast<std::uint64_t>(std::hash<std::string>()(key)), nth};
    std::array<std::uint32_t, 2> made{};
    bits.generate(made.begin(), made.end());
    return (std::uint64_t{made[0]} << 32U) | made[1];
  }

  CallFault Next(const std::string& name, const std::string& of) {
    const std::uint64_t nth = CountOne(name, of);
    if (options_.faults_in_thousand == 0 || nth > kFaultsOfCallMax) return CallFault::kNone;
    const std::uint64_t roll = RollOf(name, of, nth);
    if (roll % 1'000 >= static_cast<std::uint64_t>(options_.faults_in_thousand)) {
      return CallFault::kNone;
    }
    const std::uint64_t which = roll / 1'000;
    if (which % 1'000 < static_cast<std::uint64_t>(options_.deaths_in_thousand)) {
      return which / 1'000 % 2 == 0 ? CallFault::kDeath : CallFault::kDeathAfter;
    }
    constexpr std::array kOthers = {
        CallFault::kAway,       CallFault::kAway, CallFault::kAnswerLost, CallFault::kAnswerLost,
        CallFault::kAnswerLost, CallFault::kSlow, CallFault::kDayForward, CallFault::kHourBack};
    return kOthers.at(which / 1'000 % kOthers.size());
  }

  // Not one that is tried again: the process shall be over soon.
  static std::unexpected<Error> Dead() { return Fail(Code::kDenied, "the process is dead"); }

  std::unexpected<Error> Die() {
    is_dead_ = true;
    options_.on_death();
    return Dead();
  }

  const Options options_;
  SimulatedClock& clock_;
  std::atomic<bool> is_dead_ = false;
  std::atomic<std::uint64_t> calls_ = 0;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> counts_;
};

// The clock as a process sees it. While a dead one ends, it does not make time pass. Borrows both.
class ProcessClock final : public Clock {
 public:
  ProcessClock(SimulatedClock& inner, const SimulatedProcess& process)
      : inner_(inner), process_(process) {}

  TimePoint Now() override { return inner_.Now(); }

  void SleepFor(Milliseconds duration, std::stop_token stop) override {
    if (process_.is_dead()) return std::this_thread::sleep_for(std::chrono::microseconds(100));
    inner_.SleepFor(duration, std::move(stop));
  }

 private:
  SimulatedClock& inner_;
  const SimulatedProcess& process_;
};

}  // namespace eider::fault
