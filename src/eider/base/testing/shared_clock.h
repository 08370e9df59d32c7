// A clock that stands still, for tests in which several threads look at it: sleeping moves it
// forward at once.
#pragma once

#include <atomic>
#include <stop_token>

#include "eider/base/clock.h"

namespace eider {

class SharedClock final : public Clock {
 public:
  explicit SharedClock(TimePoint start) : now_(start.time_since_epoch().count()) {}

  TimePoint Now() override { return TimePoint(Milliseconds(now_.load())); }

  void SleepFor(Milliseconds duration, std::stop_token /*stop*/) override { Advance(duration); }

  void Advance(Milliseconds duration) { now_ += duration.count(); }

 private:
  std::atomic<Milliseconds::rep> now_;
};

}  // namespace eider
