// A stop at a time, before it by another stop, and not at all.
#include "eider/app/stop_at.h"

#include <stop_token>

#include <gtest/gtest.h>

#include "eider/base/clock.h"

namespace eider::app {
namespace {

constexpr Milliseconds kLong{600'000};

TEST(StopAt, StopsAtTheTime) {
  SystemClock clock;
  const TimePoint time = clock.Now() + Milliseconds(20);
  const StopAt stop(clock, time, {});
  while (!stop.token().stop_requested()) clock.SleepFor(Milliseconds(1), {});
  EXPECT_GE(clock.Now(), time);
}

TEST(StopAt, StopsWithTheOther) {
  SystemClock clock;
  std::stop_source other;
  const StopAt stop(clock, clock.Now() + kLong, other.get_token());
  EXPECT_FALSE(stop.token().stop_requested());
  other.request_stop();
  EXPECT_TRUE(stop.token().stop_requested());
}

TEST(StopAt, LeavesNothingBehindWhenItIsNotNeeded) {
  SystemClock clock;
  const TimePoint before = clock.Now();
  { const StopAt stop(clock, before + kLong, {}); }
  EXPECT_LT(clock.Now() - before, kLong);
}

}  // namespace
}  // namespace eider::app
