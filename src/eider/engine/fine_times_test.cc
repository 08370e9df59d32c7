// The columns whose times DuckDB's reader cuts, and what is wrong with values of theirs.
#include "eider/engine/fine_times.h"

#include <cstdint>
#include <cstring>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/engine/testing/engine_fixture.h"

namespace eider::engine {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::string Int96(std::int64_t nanos, std::int32_t julian_day) {
  std::string bytes(12, '\0');
  std::memcpy(bytes.data(), &nanos, sizeof nanos);
  std::memcpy(bytes.data() + sizeof nanos, &julian_day, sizeof julian_day);
  return bytes;
}

// 2440588 is the Julian day of 1970-01-01, 1721426 that of 0001-01-01 and 5373484 that of
// 9999-12-31 (proleptic Gregorian; python: date.toordinal() + 1721425).
TEST(FineTimes, Int96HoldsMicrosecondsOfTheYears1To9999) {
  EXPECT_THAT(Int96Fault(Int96(0, 2'440'588)), IsEmpty());
  EXPECT_THAT(Int96Fault(Int96(86'399'999'999'000, 2'440'588)), IsEmpty());
  EXPECT_THAT(Int96Fault(Int96(0, 1'721'426)), IsEmpty());
  EXPECT_THAT(Int96Fault(Int96(0, 5'373'484)), IsEmpty());
}

TEST(FineTimes, Int96BeyondThemIsAFault) {
  EXPECT_THAT(Int96Fault(Int96(1, 2'440'588)), HasSubstr("microseconds are kept"));
  EXPECT_THAT(Int96Fault(Int96(-1, 2'440'588)), HasSubstr("-1 nanoseconds in its day"));
  EXPECT_THAT(Int96Fault(Int96(86'400'000'000'000, 2'440'588)), HasSubstr("in its day"));
  EXPECT_THAT(Int96Fault(Int96(0, 1'721'425)), HasSubstr("years 1 to 9999"));
  EXPECT_THAT(Int96Fault(Int96(0, 5'373'485)), HasSubstr("years 1 to 9999"));
  EXPECT_THAT(Int96Fault(Int96(0, INT32_MIN)), HasSubstr("years 1 to 9999"));
  EXPECT_THAT(Int96Fault("short"), HasSubstr("no INT96"));
}

TEST(FineTimes, AFooterThatIsNoneIsCorrupt) {
  using namespace std::string_view_literals;
  EXPECT_THAT(FindFineTimes("\xff\xff\xff\x04\0\0\0PAR1"sv), FailsWith(Code::kCorrupt, "footer"));
  EXPECT_THAT(FindFineTimes("\x09\0\0\0PAR1"sv), FailsWith(Code::kCorrupt, "longer"));
}

}  // namespace
}  // namespace eider::engine
