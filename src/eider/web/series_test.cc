// An hour in a ring.
#include "eider/web/series.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace eider::web {
namespace {

std::uint64_t CountLoaded(const std::vector<SeriesPoint>& points) {
  std::uint64_t loaded = 0;
  for (const SeriesPoint& point : points) loaded += point.loaded;
  return loaded;
}

TEST(Series, AddsUpWhatHappenedInOneStep) {
  ManualClock clock(TimePoint(Milliseconds(1'000'000'000'000)));
  Series series(clock);
  series.Add({.loaded = 1, .rows = 5, .lag_seconds_max = 2, .lag_seconds_sum = 2});
  clock.Advance(Series::kStep - Milliseconds(1));
  series.Add({.loaded = 1, .rows = 6, .lag_seconds_max = 1, .lag_seconds_sum = 1});
  const SeriesPoint last = series.Read().back();
  EXPECT_EQ(last.loaded, 2U);
  EXPECT_EQ(last.rows, 11U);
  EXPECT_EQ(last.lag_seconds_max, 2);
  EXPECT_EQ(last.lag_seconds_sum, 3);
}

TEST(Series, MovesBackAndIsForgottenAfterAnHour) {
  ManualClock clock(TimePoint(Milliseconds(1'000'000'000'000)));
  Series series(clock);
  series.Add({.loaded = 1});
  clock.Advance(2 * Series::kStep);
  EXPECT_EQ(series.Read()[Series::kSteps - 3].loaded, 1U);
  clock.Advance(Milliseconds(3'600'000) - 3 * Series::kStep);
  EXPECT_EQ(series.Read().front().loaded, 1U);
  clock.Advance(Series::kStep);
  EXPECT_EQ(CountLoaded(series.Read()), 0U);
}

TEST(Series, AClockThatJumpsLosesOnlyWhatIsNotOfTheHour) {
  ManualClock clock(TimePoint(Milliseconds(1'000'000'000'000)));
  Series series(clock);
  series.Add({.loaded = 1});
  clock.Advance(Milliseconds(86'400'000));
  EXPECT_EQ(CountLoaded(series.Read()), 0U);
  series.Add({.loaded = 1});
  EXPECT_EQ(CountLoaded(series.Read()), 1U);
  clock.Advance(Milliseconds(-86'400'000));
  series.Add({.loaded = 1});
  EXPECT_EQ(series.Read().size(), Series::kSteps);
  EXPECT_GE(CountLoaded(series.Read()), 1U);
}

}  // namespace
}  // namespace eider::web
