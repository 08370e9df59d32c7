// Values that JSON has no form for, and such that must keep their digits.
#include "eider/engine/row_json.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "eider/codec/json.h"

namespace eider::engine {
namespace {

using duckdb::LogicalType;
using duckdb::Value;

TEST(RowJson, HasTextsForWhatJsonHasNoNumbersFor) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(JsonOf(Value::DOUBLE(std::numeric_limits<double>::quiet_NaN())), R"("NaN")");
  EXPECT_EQ(JsonOf(Value::DOUBLE(kInfinity)), R"("Infinity")");
  EXPECT_EQ(JsonOf(Value::FLOAT(-std::numeric_limits<float>::infinity())), R"("-Infinity")");
  EXPECT_EQ(JsonOf(Value::LIST({Value::DOUBLE(1.5), Value::DOUBLE(kInfinity)})),
            R"([1.5,"Infinity"])");
}

TEST(RowJson, KeepsAllDigitsOfDecimals) {
  EXPECT_EQ(JsonOf(Value("12345678901234567890.12").DefaultCastAs(LogicalType::DECIMAL(38, 2))),
            "12345678901234567890.12");
  EXPECT_EQ(JsonOf(Value("0.05").DefaultCastAs(LogicalType::DECIMAL(2, 2))), "0.05");
  EXPECT_EQ(JsonOf(Value("-0.05").DefaultCastAs(LogicalType::DECIMAL(2, 2))), "-0.05");
}

TEST(RowJson, OfNestedValuesIsJson) {
  const Value inner = Value::STRUCT({{"a\"b", Value(LogicalType::VARCHAR)}, {"t", Value("ü\n\\")}});
  const Value map =
      Value::MAP(LogicalType::VARCHAR, LogicalType::INTEGER, {Value("k")}, {Value::INTEGER(1)});
  const std::string text = JsonOf(Value::STRUCT({{"s", inner}, {"m", map}}));
  const auto read = codec::ParseJson(text);
  ASSERT_TRUE(read.has_value()) << text;
  EXPECT_EQ((*read)["s"]["a\"b"], nullptr);
  EXPECT_EQ((*read)["s"]["t"], "ü\n\\");
  EXPECT_EQ((*read)["m"]["k"], 1);
}

TEST(RowJson, OfJsonIsThatJsonAndOfWhatIsNoneAText) {
  const auto json = [](const std::string& text) {
    Value value(text);
    value.Reinterpret(LogicalType::JSON());
    return JsonOf(value);
  };
  EXPECT_EQ(json(R"({"a":[1,"b"]})"), R"({"a":[1,"b"]})");
  EXPECT_EQ(json("{a"), R"("{a")");
}

TEST(RowJson, HasATextForADateAndABlob) {
  EXPECT_EQ(JsonOf(Value::DATE(2024, 1, 2)), R"("2024-01-02")");
  EXPECT_EQ(JsonOf(Value::BLOB(R"(\xAA"x)")), R"("\\xAA\\x22x")");
}

}  // namespace
}  // namespace eider::engine
