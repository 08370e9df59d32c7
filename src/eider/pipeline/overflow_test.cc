// Files that fit, and files that do not.
#include "eider/pipeline/overflow.h"

#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/clock.h"

namespace eider::pipeline {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kMega = 1'000'000;

ledger::Claim ClaimOf(const std::string& key, std::uint64_t bytes) {
  ledger::Claim claim;
  claim.file.uri = {"s3", "b", key};
  claim.file.size_bytes = bytes;
  return claim;
}

Plan PlanOf(const std::string& key) {
  Plan plan;
  plan.parts.push_back({});
  plan.parts.front().route.partition_key = key;
  return plan;
}

class Overflow : public testing::Test {
 protected:
  std::optional<std::string> Why(const ledger::Claim& claim, Milliseconds left) {
    return WhyTooMuch(claim, PlanOf("r"), {left, spill_, 2}, speeds_,
                      [this](const std::string&) { return keeps_rows_; });
  }

  Outcome Loaded(std::uint64_t bytes, Milliseconds took) {
    Outcome outcome;
    outcome.fate = Fate::kLoaded;
    outcome.file.size_bytes = bytes;
    outcome.result.route = "r";
    outcome.duration = took;
    return outcome;
  }

  LoadSpeeds speeds_;
  bool keeps_rows_ = false;
  std::uint64_t spill_ = 500 * kMega;
};

TEST_F(Overflow, WhatIsReadInAThirdOfTheTimeFits) {
  EXPECT_FALSE(Why(ClaimOf("a.parquet", 50 * kMega), Milliseconds(60'000)));
  EXPECT_FALSE(Why(ClaimOf("a.csv", 1'000 * kMega), Milliseconds(60'000)));
  EXPECT_FALSE(Why(ClaimOf("a.csv.gz", 7 * kMega), Milliseconds(1))) << "no file for the question";
}

TEST_F(Overflow, WhatTakesLongerIsTooMuchAndSaysSo) {
  const auto why = Why(ClaimOf("a.csv", 4'000 * kMega), Milliseconds(60'000));
  ASSERT_TRUE(why);
  EXPECT_THAT(*why, HasSubstr("4000 MB"));
  EXPECT_THAT(*why, HasSubstr("60 s left"));
  EXPECT_TRUE(Why(ClaimOf("a.csv.gz", 200 * kMega), Milliseconds(60'000))) << "by one thread";
  EXPECT_TRUE(Why(ClaimOf("a", 200 * kMega), Milliseconds(60'000))) << "it may be anything";
  EXPECT_TRUE(Why(ClaimOf("a.parquet", 9 * kMega), Milliseconds(-5))) << "no time is left";
}

TEST_F(Overflow, EarlierFilesOfTheRouteTellHowLongItTakes) {
  const auto claim = ClaimOf("a.parquet", 100 * kMega);
  EXPECT_FALSE(Why(claim, Milliseconds(60'000)));
  speeds_.Note(Loaded(100, Milliseconds(60'000)));  // a small file: not its bytes took the time
  EXPECT_FALSE(speeds_.Of("r"));
  speeds_.Note(Loaded(10 * kMega, Milliseconds(10'000)));
  EXPECT_EQ(speeds_.Of("r"), 1e6);
  EXPECT_THAT(Why(claim, Milliseconds(60'000)).value_or(""), HasSubstr("300 s"));
  for (int i = 0; i < 20; ++i) speeds_.Note(Loaded(100 * kMega, Milliseconds(1'000)));
  EXPECT_FALSE(Why(claim, Milliseconds(60'000))) << "a slow file is forgotten";
}

TEST_F(Overflow, RowsThatAreKeptNeedRoom) {
  const auto claim = ClaimOf("a.parquet", 100 * kMega);
  EXPECT_FALSE(Why(claim, Milliseconds(900'000)));
  keeps_rows_ = true;
  EXPECT_THAT(Why(claim, Milliseconds(900'000)).value_or(""), HasSubstr("500 MB"));
  spill_ = 10'000 * kMega;
  EXPECT_FALSE(Why(claim, Milliseconds(900'000)));
}

TEST_F(Overflow, AFileThatWasBrokenOffIsNotBegunAgain) {
  auto claim = ClaimOf("a.csv", 100);
  EXPECT_FALSE(Why(claim, Milliseconds(60'000)));
  claim.broken_off = 1;
  EXPECT_TRUE(Why(claim, Milliseconds(60'000)));
}

}  // namespace
}  // namespace eider::pipeline
