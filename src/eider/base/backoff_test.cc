// Waits grow, stay below their caps and end.
#include "eider/base/backoff.h"

#include <gtest/gtest.h>

#include "eider/base/clock.h"
#include "eider/base/random.h"

namespace eider {
namespace {

class BackoffTest : public testing::Test {
 protected:
  ManualClock clock{TimePoint(Milliseconds(1'000))};
  SeededRandom random{7};
};

TEST_F(BackoffTest, EveryWaitStaysBelowItsDoublingCap) {
  for (int round = 0; round < 200; ++round) {
    Backoff backoff({.num_retries = 5, .min_wait = Milliseconds(10), .max_wait = Milliseconds(40)},
                    clock, random);
    for (const int cap : {10, 20, 40, 40, 40}) {
      const auto wait = backoff.NextWait();
      ASSERT_TRUE(wait);
      EXPECT_LE(wait->count(), cap);
      EXPECT_GE(wait->count(), 0);
    }
    EXPECT_FALSE(backoff.NextWait());
  }
}

TEST_F(BackoffTest, JitterCoversTheWholeRange) {
  int low = 0;
  int high = 0;
  for (int round = 0; round < 200; ++round) {
    Backoff backoff({.min_wait = Milliseconds(1'000)}, clock, random);
    const auto wait = backoff.NextWait();
    ASSERT_TRUE(wait);
    (wait->count() < 500 ? low : high)++;
  }
  EXPECT_GT(low, 50);
  EXPECT_GT(high, 50);
}

TEST_F(BackoffTest, EndsWhenTheTotalTimeIsOver) {
  Backoff backoff({.num_retries = 100, .total_timeout = Milliseconds(5'000)}, clock, random);
  clock.Advance(Milliseconds(5'001));
  EXPECT_FALSE(backoff.NextWait());
}

TEST_F(BackoffTest, NoRetriesMeansNone) {
  Backoff backoff({.num_retries = 0}, clock, random);
  EXPECT_FALSE(backoff.NextWait());
}

}  // namespace
}  // namespace eider
