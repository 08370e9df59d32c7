// Times as AWS writes them.
#include "eider/aws/time_text.h"

#include <chrono>

#include <gtest/gtest.h>

namespace eider::aws {
namespace {

constexpr TimePoint kTime{std::chrono::seconds(1'440'938'160)};  // date -ud @1440938160

TEST(TimeText, WritesTheDateOfASignature) {
  EXPECT_EQ(AmzDate(kTime), "20150830T123600Z");
  EXPECT_EQ(AmzDate(kTime + Milliseconds(59'999)), "20150830T123659Z");
}

TEST(TimeText, ReadsHttpDates) {
  EXPECT_EQ(ParseHttpDate("Sun, 30 Aug 2015 12:36:00 GMT"), kTime);
  for (const char* wrong : {"", "Sun, 30 Aug 2015 12:36:00 CET", "Sun, 31 Feb 2015 12:36:00 GMT",
                            "Sun, 30 Xyz 2015 12:36:00 GMT", "Sun, 30 Aug 2015 25:36:00 GMT"}) {
    EXPECT_FALSE(ParseHttpDate(wrong)) << wrong;
  }
}

TEST(TimeText, ReadsIsoTimes) {
  EXPECT_EQ(ParseIsoTime("2015-08-30T12:36:00Z"), kTime);
  EXPECT_EQ(ParseIsoTime("2015-08-30T12:36:00.123456Z"), kTime);
  EXPECT_EQ(ParseIsoTime("2015-08-30T14:36:00+02:00"), kTime);
  EXPECT_EQ(ParseIsoTime("2015-08-30T12:06:00-00:30"), kTime);
  for (const char* wrong :
       {"", "2015-08-30", "2015-08-30 12:36:00Z", "2015-08-30T12:36:00", "2015-13-30T12:36:00Z",
        "2015-08-30T12:36:00.", "2015-08-30T12:-6:00Z"}) {
    EXPECT_FALSE(ParseIsoTime(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace eider::aws
