// Time as something passed in, so that tests own it.
#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>

namespace eider {

using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;
using Milliseconds = std::chrono::milliseconds;

// Milliseconds since 1970 in UTC, the unit of Iceberg metadata and of the ledger.
inline std::int64_t UnixMillis(TimePoint time) {
  return time.time_since_epoch().count();
}

// Safe for concurrent calls from several threads.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual TimePoint Now() = 0;

  // Returns after `duration`, or as soon as `stop` is requested.
  virtual void SleepFor(Milliseconds duration, std::stop_token stop) = 0;
};

class SystemClock final : public Clock {
 public:
  TimePoint Now() override;
  void SleepFor(Milliseconds duration, std::stop_token stop) override;
};

// A clock that stands still: sleeping moves it forward at once. For tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimePoint start) : now_(start) {}

  TimePoint Now() override { return now_; }

  void SleepFor(Milliseconds duration, std::stop_token /*stop*/) override { now_ += duration; }

  void Advance(Milliseconds duration) { now_ += duration; }

 private:
  TimePoint now_;
};

}  // namespace eider
