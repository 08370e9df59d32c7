// Texts as values of a table's types: the ones that DuckDB casts the usual letters to, or an error.
#include "eider/engine/text_function.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <duckdb/main/connection.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "eider/engine/sandbox.h"
#include "eider/engine/sql_literal.h"
#include "eider/iceberg/type.h"

namespace eider::engine {
namespace {

using iceberg::TypeKind;

class TextFunction : public testing::Test {
 protected:
  // The value of the text as SQL writes it; "-" where it is none.
  std::string As(TypeKind kind, std::string_view text) {
    const std::string value =
        fmt::format("(SELECT t FROM (VALUES ({})) AS v(t))", SqlLiteral(text));
    const auto result = connection_.Query("SELECT " + *TextConversion(value, {kind}, 0, "what"));
    if (!result->HasError()) return result->GetValue(0, 0).ToSQLString();
    const auto fault = ReadTextFault(result->GetErrorObject().RawMessage());
    if (!fault) throw std::runtime_error(result->GetError());
    EXPECT_EQ(fault->value, text);
    return "-";
  }

  std::string Cast(std::string_view type, std::string_view text) {
    const auto result =
        connection_.Query(fmt::format("SELECT CAST({} AS {})", SqlLiteral(text), type));
    return result->GetValue(0, 0).ToSQLString();
  }

 private:
  std::unique_ptr<Sandbox> sandbox_ = Sandbox::Open({.temp_directory = testing::TempDir()}).value();
  duckdb::Connection connection_{sandbox_->database()};
};

TEST_F(TextFunction, UsualSpellingsAreTheValuesOfACast) {
  for (const std::string_view text : {"0", "-0", "7", "-12", "2147483647", "-2147483648"}) {
    EXPECT_EQ(As(TypeKind::kInt, text), Cast("INTEGER", text)) << text;
    EXPECT_EQ(As(TypeKind::kLong, text), Cast("BIGINT", text)) << text;
  }
  for (const std::string_view text :
       {"2147483648", "999999999999999999", "9223372036854775807", "-9223372036854775808"}) {
    EXPECT_EQ(As(TypeKind::kLong, text), Cast("BIGINT", text)) << text;
    EXPECT_EQ(As(TypeKind::kInt, text), "-") << text;
  }
  for (const std::string_view text :
       {"0", "-0", "-0.0", "0.1", "29.78", "-1.", ".5", "123456789012345", "0.00000000000001",
        "1e22", "1e-5", "0.30000000000000004", "1.7976931348623157e308", "nan", "-inf"}) {
    EXPECT_EQ(As(TypeKind::kDouble, text), Cast("DOUBLE", text)) << text;
  }
  for (const std::string_view text : {"true", "false", "T", "No", "yes", "1", "0"}) {
    EXPECT_EQ(As(TypeKind::kBoolean, text), Cast("BOOLEAN", text)) << text;
  }
  for (const std::string_view text :
       {"2024-02-29", "1969-12-31", "0001-01-01", "9999-12-31", "0000-01-01", "1582-10-10"}) {
    EXPECT_EQ(As(TypeKind::kDate, text), Cast("DATE", text)) << text;
    EXPECT_EQ(As(TypeKind::kTimestamp, text), Cast("TIMESTAMP", text)) << text;
  }
  for (const std::string_view text :
       {"2024-02-29 10:00", "2024-02-29T10:00:01", "1969-12-31 23:59:59.999999",
        "0001-01-01 00:00:00.5", "9999-12-31 23:59:59.000001000", "0000-03-01 00:00:00"}) {
    EXPECT_EQ(As(TypeKind::kTimestamp, text), Cast("TIMESTAMP", text)) << text;
  }
}

TEST_F(TextFunction, OtherSpellingsOfAValueAreThatValue) {
  for (const std::string_view text : {"3", "+3", "003", " 3\t", "3.0", "3e0", "0.3e1", "30e-1"}) {
    EXPECT_EQ(As(TypeKind::kInt, text), "3") << text;
    EXPECT_EQ(As(TypeKind::kLong, text), "3") << text;
    EXPECT_EQ(As(TypeKind::kDouble, text), Cast("DOUBLE", "3")) << text;
  }
  EXPECT_EQ(As(TypeKind::kBoolean, " TRUE "), "true");
  EXPECT_EQ(As(TypeKind::kDate, " 2024-02-29 "), Cast("DATE", "2024-02-29"));
  EXPECT_EQ(As(TypeKind::kTimestamp, " 2024-02-29 10:00 "), Cast("TIMESTAMP", "2024-02-29 10:00"));
}

TEST_F(TextFunction, WhatLosesSomethingIsNoValue) {
  for (const std::string_view text :
       {"", " ", "-", "1.5", "1_000", "0x10", "1e-1", "9223372036854775808", "abc", "1e400"}) {
    EXPECT_EQ(As(TypeKind::kLong, text), "-") << text;
    EXPECT_EQ(As(TypeKind::kInt, text), "-") << text;
  }
  for (const std::string_view text : {"", "1_000", "0x10", "9007199254740993", "1e400", "1,5"}) {
    EXPECT_EQ(As(TypeKind::kDouble, text), "-") << text;
  }
  for (const std::string_view text : {"", "2", "truth", "on"}) {
    EXPECT_EQ(As(TypeKind::kBoolean, text), "-") << text;
  }
  for (const std::string_view text : {"", "2024-1-1", "2023-02-29", "29/02/2024",
                                      "2024-02-29 10:00", "epoch", "infinity", "2024-02-29 (BC)"}) {
    EXPECT_EQ(As(TypeKind::kDate, text), "-") << text;
  }
  for (const std::string_view text :
       {"", "2024-1-1", "2024-02-29 10:00Z", "2024-02-29 10:00+01", "2024-02-29 24:00:00",
        "2024-02-29 10:00:00.1234567", "epoch", "infinity"}) {
    EXPECT_EQ(As(TypeKind::kTimestamp, text), "-") << text;
  }
}

}  // namespace
}  // namespace eider::engine
