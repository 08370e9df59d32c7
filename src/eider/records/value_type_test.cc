// Types by their names, and texts that are values of them.
#include "eider/records/value_type.h"

#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/records/text_value.h"

namespace eider::records {
namespace {

using ::testing::HasSubstr;

// The type's own text, or why it is none.
std::string Parsed(std::string_view text) {
  const auto type = ParseValueType(text);
  return type ? ToText(*type) : type.error().message;
}

// The letters, or "-" for none.
std::string As(std::string_view text, std::string_view type) {
  std::string changed;
  const auto letters = ValueText(text, *ParseValueType(type), changed);
  return letters ? std::string(*letters) : "-";
}

TEST(ValueTypeTest, NamesOfSqlAndOfIceberg) {
  EXPECT_EQ(Parsed("int"), "INTEGER");
  EXPECT_EQ(Parsed(" BigInt "), "BIGINT");
  EXPECT_EQ(Parsed("long"), "BIGINT");
  EXPECT_EQ(Parsed("decimal( 12 , 2 )"), "DECIMAL(12,2)");
  EXPECT_EQ(Parsed("NUMERIC(5)"), "DECIMAL(5,0)");
  EXPECT_EQ(Parsed("Timestamp with time zone"), "TIMESTAMPTZ");
  EXPECT_EQ(Parsed("string"), "VARCHAR");
  EXPECT_EQ(Parsed("DATE '%d/%m/%Y'"), "DATE '%d/%m/%Y'");
  EXPECT_EQ(Parsed("date'%d/%m/%Y'"), "DATE '%d/%m/%Y'");
  for (const char* name : {"BOOLEAN", "INTEGER", "BIGINT", "DECIMAL(38,38)", "FLOAT", "DOUBLE",
                           "DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "UUID", "VARCHAR"}) {
    EXPECT_EQ(Parsed(name), name);
  }
}

// Seen: `types: {amount: decimal(9,2)}` in YAML, and a list of all types for an answer.
TEST(ValueTypeTest, ATypeCutAtItsCommaIsToldToNeedQuotes) {
  EXPECT_THAT(Parsed("decimal(9"), HasSubstr("needs quotes"));
}

TEST(ValueTypeTest, WhatIsNoType) {
  for (const char* text : {"", "money", "DECIMAL", "DECIMAL(12,2", "DECIMAL(a)", "DECIMAL(1,2,3)",
                           "INTEGER(4)", "DATE %d", "DATE '%d/%m/%Y", "BIGINT[]", "'x'"}) {
    EXPECT_THAT(Parsed(text), HasSubstr("is no type")) << text;
  }
  EXPECT_THAT(Parsed("DECIMAL(39,2)"), HasSubstr("1 to 38 digits"));
  EXPECT_THAT(Parsed("DECIMAL(2,3)"), HasSubstr("1 to 38 digits"));
  EXPECT_THAT(Parsed("BIGINT '%d'"), HasSubstr("take a format"));
  EXPECT_THAT(Parsed("DATE '%H:%M'"), HasSubstr("no whole date"));
  EXPECT_THAT(Parsed("TIMESTAMP '%Y-%m-%d %H:%M%z'"), HasSubstr("only TIMESTAMPTZ"));
}

TEST(ValueTypeTest, FormatsTakeTheFormatsTextsAlone) {
  EXPECT_EQ(As(" 31/12/2024 ", "DATE '%d/%m/%Y'"), "2024-12-31");
  EXPECT_EQ(As("2024-12-31", "DATE '%d/%m/%Y'"), "-");
  EXPECT_EQ(As("31.12.2024 10:00", "TIMESTAMP '%d.%m.%Y %H:%M'"), "2024-12-31 10:00:00");
  EXPECT_EQ(As("01234", "VARCHAR"), "01234");
  EXPECT_EQ(As(" x ", "VARCHAR"), " x ");
}

TEST(ValueTypeTest, ADateHasNoTimeOfDay) {
  EXPECT_EQ(As("31/12/2024 00:00", "DATE '%d/%m/%Y %H:%M'"), "2024-12-31");
  EXPECT_EQ(As("31/12/2024 10:30", "DATE '%d/%m/%Y %H:%M'"), "-");
  EXPECT_EQ(As("31/12/2024 00:00:00.000", "DATE '%d/%m/%Y %H:%M:%S.%f'"), "2024-12-31");
}

}  // namespace
}  // namespace eider::records
