// How long answers are fresh, which are forgotten, and which are not taken.
#include "eider/routes/answer_cache.h"

#include <string>

#include <gtest/gtest.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"

namespace eider::routes {
namespace {

constexpr TimePoint At(int ms) {
  return TimePoint(Milliseconds(1'000'000 + ms));
}

class AnswerCacheTest : public ::testing::Test {
 protected:
  void Put(const std::string& key, Result<int> answer, int asked_at_ms, int fresh_for_ms = 10) {
    cache_.Put(key, {std::move(answer), At(asked_at_ms)}, Milliseconds(fresh_for_ms),
               cache_.generation());
  }

  // 0: there is none.
  int Fresh(const std::string& key, TimePoint now) {
    const auto found = cache_.FindFresh(key, now);
    return found ? found->value_or(-1) : 0;
  }

  int Last(const std::string& key) {
    const auto found = cache_.FindLast(key);
    return found ? found->answer.value_or(-1) : 0;
  }

  AnswerCache<int> cache_{3};
};

TEST_F(AnswerCacheTest, AnAnswerIsFreshFromWhenItWasAskedForUntilItsTimeIsOver) {
  Put("a", 1, 0);
  EXPECT_EQ(Fresh("a", At(0)), 1);
  EXPECT_EQ(Fresh("a", At(9)), 1);
  EXPECT_EQ(Fresh("a", At(10)), 0);
  EXPECT_EQ(Fresh("a", At(-1)), 0) << "the clock was set back";
  EXPECT_EQ(Fresh("b", At(0)), 0);
  EXPECT_EQ(Last("a"), 1);
  EXPECT_EQ(cache_.FindLast("a").value().asked_at, At(0));
}

TEST_F(AnswerCacheTest, TheKeyWithTheOldestAnswerMakesRoom) {
  Put("a", 1, 0);
  Put("b", 2, 1);
  Put("c", 3, 2);
  Put("a", 4, 3);  // anew
  Put("d", 5, 4);
  EXPECT_EQ(Last("b"), 0);
  EXPECT_EQ(Last("a"), 4);
  EXPECT_EQ(Last("c"), 3);
  EXPECT_EQ(Last("d"), 5);
}

TEST_F(AnswerCacheTest, ALateAnswerReplacesNoneThatWasAskedForAfterIt) {
  Put("a", 2, 5);
  Put("a", 1, 4);
  EXPECT_EQ(Last("a"), 2);
}

TEST_F(AnswerCacheTest, WhatWasAskedForBeforeAForgetIsNotKept) {
  Put("a", 1, 0);
  const auto generation = cache_.generation();
  cache_.Forget("a");
  EXPECT_EQ(Last("a"), 0);
  cache_.Put("a", {1, At(1)}, Milliseconds(10), generation);
  EXPECT_EQ(Last("a"), 0);
  cache_.Forget("never there");
}

}  // namespace
}  // namespace eider::routes
