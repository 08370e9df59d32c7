// Formats of dates and times: what they read, and which make no sense.
#include "eider/records/time_format.h"

#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eider::records {
namespace {

using ::testing::HasSubstr;

// The letters, or "-" for none.
std::string Read(std::string_view format, std::string_view text) {
  const auto parsed = TimeFormat::Parse(format);
  if (!parsed) return parsed.error().message;
  std::string letters;
  return parsed->Read(text, letters) ? letters : "-";
}

std::string WhyNot(std::string_view format) {
  const auto parsed = TimeFormat::Parse(format);
  return parsed ? "it is right" : parsed.error().message;
}

TEST(TimeFormatTest, DayAndMonthStandWhereTheFormatSays) {
  EXPECT_EQ(Read("%d/%m/%Y", "01/02/2024"), "2024-02-01");
  EXPECT_EQ(Read("%m/%d/%Y", "01/02/2024"), "2024-01-02");
  EXPECT_EQ(Read("%d/%m/%Y", "01/13/2024"), "-");
  EXPECT_EQ(Read("%d/%m/%Y", "29/02/2023"), "-");
  EXPECT_EQ(Read("%d/%m/%Y", "29/02/2024"), "2024-02-29");
}

TEST(TimeFormatTest, EveryLetterIsToldByTheFormat) {
  EXPECT_EQ(Read("%d/%m/%Y", "01/02/2024 "), "-");
  EXPECT_EQ(Read("%d/%m/%Y", "01-02-2024"), "-");
  EXPECT_EQ(Read("%d/%m/%Y", "01/02/24"), "-");
  EXPECT_EQ(Read("%d/%m/%Y", "01/02/20245"), "-");
  EXPECT_EQ(Read("%d/%m/%Y", ""), "-");
  EXPECT_EQ(Read("%Y年%m月%d日", "2024年02月29日"), "2024-02-29");
  EXPECT_EQ(Read("100%% %d.%m.%Y", "100% 01.02.2024"), "2024-02-01");
}

TEST(TimeFormatTest, OneDigitIsEnoughWhereNoneCanFollow) {
  EXPECT_EQ(Read("%d/%m/%Y", "1/2/2024"), "2024-02-01");
  EXPECT_EQ(Read("%d/%m/%Y %H:%M", "1/2/2024 9:5"), "2024-02-01 09:05:00");
  EXPECT_EQ(Read("%d%m%Y", "01022024"), "2024-02-01");
  EXPECT_EQ(Read("%d%m%Y", "1022024"), "-");
  EXPECT_EQ(Read("%Y%m%d", "2024229"), "-");
  EXPECT_EQ(Read("%d0%m/%Y", "1005/2024"), "2024-05-10");
}

TEST(TimeFormatTest, YearsOfTwoDigitsTurnWhereThoseOfPosixDo) {
  EXPECT_EQ(Read("%d.%m.%y", "31.12.68"), "2068-12-31");
  EXPECT_EQ(Read("%d.%m.%y", "31.12.69"), "1969-12-31");
}

TEST(TimeFormatTest, TimesOfDay) {
  EXPECT_EQ(Read("%d.%m.%Y %H:%M", "29.02.2024 23:59"), "2024-02-29 23:59:00");
  EXPECT_EQ(Read("%d.%m.%Y %H:%M", "29.02.2024 24:00"), "-");
  EXPECT_EQ(Read("%d.%m.%Y %H:%M", "29.02.2024"), "-");
  EXPECT_EQ(Read("%Y-%m-%dT%H:%M:%S.%f", "2024-02-29T10:11:12.5"), "2024-02-29 10:11:12.5");
  EXPECT_EQ(Read("%Y-%m-%dT%H:%M:%S.%f", "2024-02-29T10:11:12.123456000"),
            "2024-02-29 10:11:12.123456");
  EXPECT_EQ(Read("%Y-%m-%dT%H:%M:%S.%f", "2024-02-29T10:11:12.1234567"), "-");
  EXPECT_EQ(Read("%Y%m%d%H%M%S%f", "20240229101112123456"), "2024-02-29 10:11:12.123456");
  EXPECT_EQ(Read("%d/%m/%Y %H:%M:%S", "01/02/2024 10:11:60"), "-");
}

TEST(TimeFormatTest, HoursOfTwelve) {
  EXPECT_EQ(Read("%m/%d/%Y %I:%M %p", "02/29/2024 12:30 AM"), "2024-02-29 00:30:00");
  EXPECT_EQ(Read("%m/%d/%Y %I:%M %p", "02/29/2024 12:30 pm"), "2024-02-29 12:30:00");
  EXPECT_EQ(Read("%m/%d/%Y %I:%M %p", "02/29/2024 1:30 PM"), "2024-02-29 13:30:00");
  EXPECT_EQ(Read("%m/%d/%Y %I:%M %p", "02/29/2024 13:30 PM"), "-");
  EXPECT_EQ(Read("%m/%d/%Y %I:%M %p", "02/29/2024 1:30"), "-");
}

TEST(TimeFormatTest, OffsetsFromUtc) {
  EXPECT_EQ(Read("%Y-%m-%d %H:%M:%S%z", "2024-02-29 10:00:00+01:30"), "2024-02-29 10:00:00+01:30");
  EXPECT_EQ(Read("%Y-%m-%d %H:%M:%S %z", "2024-02-29 10:00:00 -0500"), "2024-02-29 10:00:00-0500");
  EXPECT_EQ(Read("%Y-%m-%d %H:%M:%S%z", "2024-02-29 10:00:00Z"), "2024-02-29 10:00:00Z");
  EXPECT_EQ(Read("%Y-%m-%d %H:%M:%S%z", "2024-02-29 10:00:00"), "-");
}

TEST(TimeFormatTest, NamesOfMonthsAndDaysAreThoseOfTheDate) {
  EXPECT_EQ(Read("%a, %d %b %Y", "Thu, 29 Feb 2024"), "2024-02-29");
  EXPECT_EQ(Read("%a, %d %b %Y", "Fri, 29 Feb 2024"), "-");
  EXPECT_EQ(Read("%A %d %B %Y", "thursday 29 FEBRUARY 2024"), "2024-02-29");
  EXPECT_EQ(Read("%d %B %Y", "29 Feb 2024"), "-");
  EXPECT_EQ(Read("%d-%b-%y", "29-Feb-24"), "2024-02-29");
  EXPECT_EQ(Read("%d-%b-%y", "29-Fév-24"), "-");
}

TEST(TimeFormatTest, FormatsWithoutSense) {
  EXPECT_THAT(WhyNot("%d/%m/%Q"), HasSubstr("'%Q'"));
  EXPECT_THAT(WhyNot("%d/%m/%Y%"), HasSubstr("'%'"));
  EXPECT_THAT(WhyNot("%H:%M"), HasSubstr("no whole date"));
  EXPECT_THAT(WhyNot("%m/%Y"), HasSubstr("no whole date"));
  EXPECT_THAT(WhyNot("dd/mm/yyyy"), HasSubstr("no whole date"));
  EXPECT_THAT(WhyNot(""), HasSubstr("no whole date"));
  EXPECT_THAT(WhyNot("%d/%m/%Y %d"), HasSubstr("%d twice"));
  EXPECT_THAT(WhyNot("%d/%m/%b/%Y"), HasSubstr("twice"));
  EXPECT_THAT(WhyNot("%d/%m/%Y %I:%M"), HasSubstr("%I without %p"));
  EXPECT_THAT(WhyNot("%d/%m/%Y %H"), HasSubstr("half a time"));
  EXPECT_THAT(WhyNot("%d/%m/%Y %H:%M.%f"), HasSubstr("half a time"));
  EXPECT_THAT(WhyNot("%d/%m/%Y %z"), HasSubstr("no hour"));
  EXPECT_THAT(WhyNot(std::string(200, 'x')), HasSubstr("longer than 100"));
}

}  // namespace
}  // namespace eider::records
