// How many may pass.
#include "eider/web/token_bucket.h"

#include <gtest/gtest.h>

namespace eider::web {
namespace {

TEST(TokenBucket, LetsACrowdPassAndThenSoManyASecond) {
  ManualClock clock(TimePoint(Milliseconds(1'000'000'000'000)));
  TokenBucket bucket(4, clock);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(bucket.Take());
  EXPECT_FALSE(bucket.Take());
  clock.Advance(Milliseconds(500));
  EXPECT_TRUE(bucket.Take());
  EXPECT_TRUE(bucket.Take());
  EXPECT_FALSE(bucket.Take());
  clock.Advance(Milliseconds(3'600'000));
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(bucket.Take());
  EXPECT_FALSE(bucket.Take());
}

TEST(TokenBucket, AClockThatIsPutBackShutsNobodyOut) {
  ManualClock clock(TimePoint(Milliseconds(1'000'000'000'000)));
  TokenBucket bucket(1, clock);
  EXPECT_TRUE(bucket.Take());
  clock.Advance(Milliseconds(-86'400'000));
  EXPECT_FALSE(bucket.Take());
  clock.Advance(Milliseconds(1'000));
  EXPECT_TRUE(bucket.Take());
}

}  // namespace
}  // namespace eider::web
