// Limits of either kind, at their borders.
#include "eider/records/reject_limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eider::records {
namespace {

using testing::HasSubstr;

TEST(RejectLimit, OfRecordsIsANumberThatMayBeReached) {
  const auto limit = ParseRejectLimit("2");
  ASSERT_TRUE(limit);
  EXPECT_FALSE(limit->IsBeyond(2, 1000));
  EXPECT_TRUE(limit->IsBeyond(3, 1000));
}

TEST(RejectLimit, OfPercentIsHeldAgainstAllRecords) {
  const auto limit = ParseRejectLimit("0.5%");
  ASSERT_TRUE(limit);
  EXPECT_FALSE(limit->IsBeyond(5, 1000));
  EXPECT_TRUE(limit->IsBeyond(6, 1000));
}

TEST(RejectLimit, OfZeroLetsNothingPass) {
  const auto rows = ParseRejectLimit("0");
  const auto percent = ParseRejectLimit("0%");
  ASSERT_TRUE(rows && percent);
  EXPECT_TRUE(rows->IsBeyond(1, 10));
  EXPECT_TRUE(percent->IsBeyond(1, 10));
}

TEST(RejectLimit, WithoutOneNothingIsBeyond) {
  EXPECT_FALSE(RejectLimit().IsBeyond(10, 10));
}

TEST(RejectLimit, IsToldAsItIsRead) {
  for (const char* text : {"0", "100", "1%", "0.5%", "100%"}) {
    const auto limit = ParseRejectLimit(text);
    ASSERT_TRUE(limit) << text;
    EXPECT_EQ(ToText(*limit), text);
  }
}

TEST(RejectLimit, RefusesWhatIsNone) {
  for (const char* text : {"", "%", "-1", "1.5", "101%", "-1%", "nan%", "many", "1 %", "1%%"}) {
    const auto limit = ParseRejectLimit(text);
    ASSERT_FALSE(limit) << text;
    EXPECT_EQ(limit.error().code, Code::kInvalid);
    EXPECT_THAT(limit.error().message, HasSubstr("reject_max is a number of rows"));
  }
}

}  // namespace
}  // namespace eider::records
