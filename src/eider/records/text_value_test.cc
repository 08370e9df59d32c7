// Texts as values of a type: the same value or none.
#include "eider/records/text_value.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace eider::records {
namespace {

// The letters, or "-" for none.
std::string As(std::string_view text, const ValueType& type) {
  std::string changed;
  const auto letters = ValueText(text, type, changed);
  return letters ? std::string(*letters) : "-";
}

const ValueType kInt{ValueForm::kInteger, 32};
const ValueType kLong{ValueForm::kInteger, 64};
const ValueType kMoney{ValueForm::kDecimal, 6, 2};
const ValueType kDouble{ValueForm::kDouble};
const ValueType kFloat{ValueForm::kFloat};

TEST(TextValueTest, IntegersOfAllSpellings) {
  EXPECT_EQ(As(" 3 ", kLong), "3");
  EXPECT_EQ(As("3.0", kLong), "3");
  EXPECT_EQ(As("01234", kLong), "01234");
  EXPECT_EQ(As("+1.5e1", kLong), "15");
  EXPECT_EQ(As("-0.0", kLong), "-0");
  EXPECT_EQ(As("1.5", kLong), "-");
  EXPECT_EQ(As("1e-1", kLong), "-");
  EXPECT_EQ(As("abc", kLong), "-");
  EXPECT_EQ(As("", kLong), "-");
  EXPECT_EQ(As("2147483647", kInt), "2147483647");
  EXPECT_EQ(As("2147483648", kInt), "-");
  EXPECT_EQ(As("-2147483648", kInt), "-2147483648");
  EXPECT_EQ(As("-9223372036854775808", kLong), "-9223372036854775808");
  EXPECT_EQ(As("9223372036854775808", kLong), "-");
  EXPECT_EQ(As("1e999", kLong), "-");
}

TEST(TextValueTest, DecimalsKeepEveryDigit) {
  EXPECT_EQ(As("1.50", kMoney), "1.50");
  EXPECT_EQ(As("1.500", kMoney), "1.500");
  EXPECT_EQ(As("1.505", kMoney), "-");
  EXPECT_EQ(As("9999.99", kMoney), "9999.99");
  EXPECT_EQ(As("10000", kMoney), "-");
  EXPECT_EQ(As("-1.5e-1", kMoney), "-0.15");
  EXPECT_EQ(As("12e2", kMoney), "1200.00");
}

TEST(TextValueTest, WholeNumbersInDoublesMustBeHeld) {
  EXPECT_EQ(As("9007199254740992", kDouble), "9007199254740992");
  EXPECT_EQ(As("9007199254740993", kDouble), "-");
  EXPECT_EQ(As("-9007199254740993", kDouble), "-");
  EXPECT_EQ(As("0000000000000000000", kDouble), "0000000000000000000");  // seen: refused
  EXPECT_EQ(As("0.1234567890123456789", kDouble), "0.1234567890123456789");
  EXPECT_EQ(As("+1.5", kDouble), "1.5");
  EXPECT_EQ(As("NaN", kDouble), "NaN");
  EXPECT_EQ(As("1e400", kDouble), "-");
  EXPECT_EQ(As("16777216", kFloat), "16777216");
  EXPECT_EQ(As("16777217", kFloat), "-");
  EXPECT_EQ(As("0x10", kDouble), "-");
}

TEST(TextValueTest, TimesOfOneForm) {
  EXPECT_EQ(As("2024-02-29", {ValueForm::kDate}), "2024-02-29");
  EXPECT_EQ(As("01/13/2024", {ValueForm::kDate}), "-");
  EXPECT_EQ(As("2024-02-29 10:00", {ValueForm::kDate}), "-");
  EXPECT_EQ(As("2024-02-29", {ValueForm::kTimestamp}), "2024-02-29");
  EXPECT_EQ(As("2024-02-29T10:00:00Z", {ValueForm::kTimestamp}), "-");
  EXPECT_EQ(As("2024-02-29T10:00:00Z", {ValueForm::kTimestampTz}), "2024-02-29T10:00:00Z");
  EXPECT_EQ(As("2024-02-29T10:00:00.1234567", {ValueForm::kTimestamp}), "-");
}

TEST(TextValueTest, OtherForms) {
  EXPECT_EQ(As("Yes", {ValueForm::kBoolean}), "Yes");
  EXPECT_EQ(As("2", {ValueForm::kBoolean}), "-");
  EXPECT_EQ(As("6ba7b810-9dad-11d1-80b4-00c04fd430c8", {ValueForm::kUuid}),
            "6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  EXPECT_EQ(As("6ba7b8109dad11d180b400c04fd430c8", {ValueForm::kUuid}), "-");
}

}  // namespace
}  // namespace eider::records
