// Times as people write them.
#include "eider/app/time_text.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "eider/base/iso_time.h"

namespace eider::app {
namespace {

// $ date -u -d 2026-11-30T12:34:56Z +%s
constexpr TimePoint kNow{std::chrono::seconds(1'796'042'096)};

std::string Read(const std::string& text) {
  const auto time = ParseTime(text, kNow);
  return time ? IsoMillis(*time) : time.error().message;
}

TEST(ParseTime, TakesDatesTimesAndDurations) {
  EXPECT_EQ(Read("2024-01-31"), "2024-01-31T00:00:00.000Z");
  EXPECT_EQ(Read("2024-01-31T10:20"), "2024-01-31T10:20:00.000Z");
  EXPECT_EQ(Read("2024-01-31T10:20:30Z"), "2024-01-31T10:20:30.000Z");
  EXPECT_EQ(Read("2024-01-31 10:20:30"), "2024-01-31T10:20:30.000Z");
  EXPECT_EQ(Read("90s"), "2026-11-30T12:33:26.000Z");
  EXPECT_EQ(Read("15m"), "2026-11-30T12:19:56.000Z");
  EXPECT_EQ(Read("12h"), "2026-11-30T00:34:56.000Z");
  EXPECT_EQ(Read("7d"), "2026-11-23T12:34:56.000Z");
}

TEST(ParseTime, RefusesWhatIsNone) {
  for (const char* text : {"", "yesterday", "2024-13-01", "2024-01-31T25:00", "-5m", "5", "5w",
                           "99999999999999999999d", "2024-01-31T10:20:30+02:00"}) {
    EXPECT_FALSE(ParseTime(text, kNow)) << text;
  }
}

}  // namespace
}  // namespace eider::app
