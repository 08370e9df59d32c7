// The usual spellings of values, and that all others are left to whoever knows them.
#include "eider/records/plain_value.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace eider::records {
namespace {

TEST(PlainValueTest, IntegersOfEighteenDigits) {
  EXPECT_EQ(PlainInteger("0"), 0);
  EXPECT_EQ(PlainInteger("-0"), 0);
  EXPECT_EQ(PlainInteger("007"), 7);
  EXPECT_EQ(PlainInteger("-999999999999999999"), -999999999999999999);
  for (const std::string_view text :
       {"", "-", "+1", " 1", "1 ", "1.0", "1e2", "1_000", "0x1", "1234567890123456789"}) {
    EXPECT_EQ(PlainInteger(text), std::nullopt) << text;
  }
}

// The nearest double of each, as the C++ library finds it.
TEST(PlainValueTest, DoublesAreTheNearest) {
  std::uint64_t state = 1;
  for (int i = 0; i < 100'000; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    const std::uint64_t digits = (state >> 8U) % 1'000'000'000'000'000U;
    std::string text = fmt::format("{}{:015}", (state & 1U) != 0 ? "-" : "", digits);
    text.insert(text.size() - (state >> 4U) % 16, ".");
    double nearest = 0;
    std::from_chars(text.data(), text.data() + text.size(), nearest);
    ASSERT_EQ(PlainDouble(text), nearest) << text;
  }
}

TEST(PlainValueTest, DoublesOfMoreThanFifteenDigitsAreLeft) {
  EXPECT_EQ(PlainDouble("123456789012345"), 123456789012345.0);
  EXPECT_EQ(PlainDouble("0.00000000000001"), 1e-14);
  EXPECT_EQ(PlainDouble("1."), 1.0);
  EXPECT_EQ(PlainDouble(".5"), 0.5);
  EXPECT_TRUE(std::signbit(PlainDouble("-0").value()));
  EXPECT_TRUE(std::signbit(PlainDouble("-0.0").value()));
  for (const std::string_view text :
       {"", "-", ".", "-.", "+1", "1e5", "nan", "inf", "1.5 ", "1.2.3", "1234567890123456",
        "0.000000000000001", "9007199254740993"}) {
    EXPECT_EQ(PlainDouble(text), std::nullopt) << text;
  }
}

TEST(PlainValueTest, BooleansInSmallLetters) {
  EXPECT_EQ(PlainBoolean("true"), true);
  EXPECT_EQ(PlainBoolean("false"), false);
  for (const std::string_view text : {"", "True", "t", "1", "truex", "false "}) {
    EXPECT_EQ(PlainBoolean(text), std::nullopt) << text;
  }
}

TEST(PlainValueTest, DatesOfTheCalendar) {
  EXPECT_EQ(PlainDate("1970-01-01"), 0);
  EXPECT_EQ(PlainDate("1969-12-31"), -1);
  EXPECT_EQ(PlainDate("2000-02-29"), 11016);
  EXPECT_EQ(PlainDate("0001-01-01"), -719162);
  EXPECT_EQ(PlainDate("9999-12-31"), 2932896);
  for (const std::string_view text :
       {"", "0000-01-01", "2023-02-29", "1900-02-29", "2024-1-1", "2024-13-01", "2024-00-01",
        "2024-01-00", "2024-04-31", "2024-01-01 ", "20240101", "2024-01-01T"}) {
    EXPECT_EQ(PlainDate(text), std::nullopt) << text;
  }
}

TEST(PlainValueTest, TimestampsInMicroseconds) {
  EXPECT_EQ(PlainTimestamp("1970-01-02"), 86'400'000'000);
  EXPECT_EQ(PlainTimestamp("1970-01-01 00:01"), 60'000'000);
  EXPECT_EQ(PlainTimestamp("1970-01-01T01:02:03"), 3'723'000'000);
  EXPECT_EQ(PlainTimestamp("1970-01-01 00:00:00.5"), 500'000);
  EXPECT_EQ(PlainTimestamp("1969-12-31 23:59:59.999999"), -1);
  EXPECT_EQ(PlainTimestamp("1970-01-01 00:00:00.123456000"), 123'456);
  for (const std::string_view text :
       {"", "1970-01-01 24:00", "1970-01-01 00:60", "1970-01-01 00:00:60",
        "1970-01-01 00:00:", "1970-01-01 00:00:00.", "1970-01-01 00:00:00.1234567",
        "1970-01-01 00:00Z", "1970-01-01 0:00", "1970-01-01  00:00", "1970-01-01 "}) {
    EXPECT_EQ(PlainTimestamp(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace eider::records
