// What texts are as values, and the one type of many.
#include "eider/records/text_type.h"

#include <initializer_list>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace eider::records {
namespace {

std::string TypeOf(std::initializer_list<std::string_view> texts) {
  TextType type;
  for (const std::string_view text : texts) type.Add(text);
  return type.Sql();
}

TEST(TextTypeTest, NumbersStayExact) {
  EXPECT_EQ(TypeOf({"1", "-2", " 3 "}), "BIGINT");
  EXPECT_EQ(TypeOf({"9223372036854775807", "-9223372036854775808"}), "BIGINT");
  EXPECT_EQ(TypeOf({"9223372036854775808"}), "DECIMAL(38,0)");
  EXPECT_EQ(TypeOf({"12345678901234567891", "1"}), "DECIMAL(38,0)");
  EXPECT_EQ(TypeOf({std::string(39, '9')}), "VARCHAR");
  EXPECT_EQ(TypeOf({"1", "1.5"}), "DOUBLE");
  EXPECT_EQ(TypeOf({"1e3"}), "DOUBLE");
  EXPECT_EQ(TypeOf({"0.30000000000000004"}), "DOUBLE");
  EXPECT_EQ(TypeOf({"9007199254740993", "1.5"}), "DECIMAL(17,1)");
  EXPECT_EQ(TypeOf({"0.1234567890123456789"}), "DECIMAL(20,19)");
  EXPECT_EQ(TypeOf({"1", "NaN"}), "DOUBLE");
  EXPECT_EQ(TypeOf({"1e400"}), "VARCHAR");
}

TEST(TextTypeTest, DoublesAreKnownByTheirShortestTextAndByTheWholeNumberThatTheyAre) {
  EXPECT_EQ(TypeOf({"1.5", "-9223372036854775808"}), "DOUBLE");
  EXPECT_EQ(TypeOf({"1.5", "-9223372036854775807"}), "DECIMAL(20,1)");
  EXPECT_EQ(TypeOf({"1.8446744073709552e+19", "18446744073709551616"}), "DOUBLE");
  EXPECT_EQ(TypeOf({"1.8446744073709552e19"}), "DOUBLE");  // seen: a text
  EXPECT_EQ(TypeOf({"1.8446744073709553e19"}), "VARCHAR");
}

TEST(TextTypeTest, TheLargestAndSmallestDoublesAreDoubles) {  // seen: texts
  EXPECT_EQ(TypeOf({"1.7976931348623157e+308", "-1e308"}), "DOUBLE");
  EXPECT_EQ(TypeOf({"2.2250738585072014e-308", "5e-324"}), "DOUBLE");
  EXPECT_EQ(TypeOf({"1e309"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"4e-324"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"1.5e-323"}), "DOUBLE");
  EXPECT_EQ(TypeOf({"1.7e-323"}), "VARCHAR");
}

TEST(TextTypeTest, NumbersOfFewDigitsAreAddedToThoseOfMany) {
  EXPECT_EQ(TypeOf({"0", "-0"}), "BIGINT");
  EXPECT_EQ(TypeOf({"999999999999999", "9223372036854775808"}), "DECIMAL(38,0)");
  EXPECT_EQ(TypeOf({"0.5", "9007199254740993"}), "DECIMAL(17,1)");
  EXPECT_EQ(TypeOf({"9007199254740993", "0.5"}), "DECIMAL(17,1)");
  EXPECT_EQ(TypeOf({"-1.25", "1e299"}), "DOUBLE");
  EXPECT_EQ(TypeOf({"1.5", "00.5"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"00", "1"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"1", "2024-01-01"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"2024-01-01", "1"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"true", "1"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"-", "1"}), "VARCHAR");
}

TEST(TextTypeTest, SmallIntegersFit32Bits) {
  const auto fits = [](std::initializer_list<std::string_view> texts) {
    TextType type;
    for (const std::string_view text : texts) type.Add(text);
    return type.FitsInt();
  };
  EXPECT_TRUE(fits({"0", "-999999999"}));
  EXPECT_FALSE(fits({"1", "2147483648"}));
  EXPECT_FALSE(fits({"1", "1.5"}));
  EXPECT_FALSE(fits({"1", "x"}));
  EXPECT_FALSE(fits({}));
}

TEST(TextTypeTest, TextStaysText) {
  EXPECT_EQ(TypeOf({"01234"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"+1"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"nan"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"1", "x"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"true", "1"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"01/02/2024"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"2023-02-29"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"1."}), "DOUBLE");
  EXPECT_EQ(TypeOf({"."}), "VARCHAR");
  EXPECT_EQ(TypeOf({}), "VARCHAR");
}

TEST(TextTypeTest, TimesKeepTheirZoneAndTheirDigits) {
  EXPECT_EQ(TypeOf({"2024-02-29"}), "DATE");
  EXPECT_EQ(TypeOf({"2024-02-29", "2024-02-29T12:34:56.123456"}), "TIMESTAMP");
  EXPECT_EQ(TypeOf({"2024-02-29 12:34:56.123456000"}), "TIMESTAMP");
  EXPECT_EQ(TypeOf({"2024-02-29 12:34:56.123456001"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"2024-02-29T12:34:56Z", "2024-02-29 12:34+05:30"}), "TIMESTAMP WITH TIME ZONE");
  EXPECT_EQ(TypeOf({"2024-02-29T12:34:56Z", "2024-02-29 12:34:56"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"12:34:56", "23:59"}), "TIME");
  EXPECT_EQ(TypeOf({"24:00:00"}), "VARCHAR");
}

TEST(TextTypeTest, BooleansAreWords) {
  EXPECT_EQ(TypeOf({"true", "FALSE"}), "BOOLEAN");
  EXPECT_EQ(TypeOf({"t", "f"}), "VARCHAR");
}

}  // namespace
}  // namespace eider::records
