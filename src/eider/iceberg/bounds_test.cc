// Every type's bounds against PyIceberg's (tests/golden/make_manifests.py).
#include "eider/iceberg/bounds.h"

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "eider/iceberg/bound_truncation.h"
#include "eider/iceberg/testing/golden_manifests.h"

namespace eider::iceberg {
namespace {

Int128 ParseInt128(const std::string& text) {
  Int128 value = 0;
  const bool negative = text.starts_with('-');
  for (const char c : text.substr(negative ? 1 : 0)) value = value * 10 + (c - '0');
  return negative ? -value : value;
}

std::string Serialize(const std::string& type, const std::string& value) {
  if (type == "boolean") return SerializeBoolean(value == "true");
  if (type == "int" || type == "date") return SerializeInt(std::stoi(value));
  if (type == "long" || type == "time" || type.starts_with("timestamp")) {
    return SerializeLong(std::stoll(value));
  }
  if (type == "float") return SerializeFloat(std::strtof(value.c_str(), nullptr));
  if (type == "double") return SerializeDouble(std::strtod(value.c_str(), nullptr));
  if (type.starts_with("decimal")) return SerializeDecimal(ParseInt128(value));
  if (type == "uuid") return SerializeUuid(value).value();
  ADD_FAILURE() << "no such type: " << type;
  return {};
}

TEST(Bounds, SingleValuesAreThoseOfPyIceberg) {
  const auto golden = golden::Json("bounds.json");
  ASSERT_GE(golden.at("single_values").size(), 70U);
  for (const auto& value : golden.at("single_values")) {
    EXPECT_EQ(codec::HexEncode(Serialize(value.at("type"), value.at("value"))),
              value.at("hex").get<std::string>())
        << value;
  }
}

TEST(Bounds, TruncationIsThatOfPyIceberg) {
  const auto golden = golden::Json("bounds.json");
  for (const auto& text : golden.at("strings")) {
    const std::string value = golden::FromHex(text.at("value"));
    EXPECT_EQ(TruncateLowerBound(value, 16), golden::FromHex(text.at("lower"))) << text;
    EXPECT_EQ(TruncateUpperBound(value, 16), golden::FromHex(text.at("upper"))) << text;
  }
  for (const auto& binary : golden.at("binaries")) {
    const std::string value = golden::FromHex(binary.at("value"));
    EXPECT_EQ(TruncateBinaryLowerBound(value, 16), golden::FromHex(binary.at("lower"))) << binary;
    // PyIceberg keeps the full bytes after the raised one; Java's BinaryUtil drops them, as we do:
    // the bound is shorter, tighter, and still no less than the value.
    const auto upper = TruncateBinaryUpperBound(value, 16);
    ASSERT_TRUE(upper) << binary;
    EXPECT_TRUE(golden::FromHex(binary.at("upper")).starts_with(*upper)) << binary;
    EXPECT_GE(*upper, value) << binary;
  }
}

// The columns of the table in make_manifests.py: what their extremes give is what PyIceberg wrote.
TEST(Bounds, ColumnsOfAWholeTable) {
  const DataFile file = golden::Entries("pyiceberg_added").at(0).data_file;
  const auto expect = [&](int id, const std::string& lower, const std::string& upper) {
    EXPECT_EQ(codec::HexEncode(file.lower_bounds.at(id)), codec::HexEncode(lower))
        << "field " << id;
    EXPECT_EQ(codec::HexEncode(file.upper_bounds.at(id)), codec::HexEncode(upper))
        << "field " << id;
  };
  expect(1, SerializeBoolean(false), SerializeBoolean(true));
  expect(2, SerializeInt(INT32_MIN), SerializeInt(INT32_MAX));
  expect(3, SerializeLong(INT64_MIN), SerializeLong(INT64_MAX));
  expect(4, SerializeFloat(-1.5F), SerializeFloat(3.25F));  // NaN is no bound
  expect(5, SerializeDouble(-0.0), SerializeDouble(1e300));
  expect(6, SerializeDecimal(-128), SerializeDecimal(999'999'999));
  expect(7, SerializeDecimal(-1), SerializeDecimal(128));
  expect(8, SerializeDecimal(ParseInt128("-" + std::string(38, '9'))),
         SerializeDecimal(ParseInt128(std::string(38, '9'))));
  expect(9, SerializeInt(-719'162), SerializeInt(2'932'896));
  expect(10, SerializeLong(0), SerializeLong(86'399'999'999));
  expect(11, SerializeLong(-1), SerializeLong(9'214'646'400'000'000));
  expect(12, SerializeLong(-2'208'988'800'000'000), SerializeLong(2'147'483'648'000'000));
  const auto columns = golden::Json("bounds.json").at("columns");
  const std::string lowest = golden::FromHex(columns.at("s").at(2));
  const std::string highest = golden::FromHex(columns.at("s").at(0));
  expect(13, TruncateLowerBound(lowest, 16), TruncateUpperBound(highest, 16).value());
  expect(14, SerializeUuid("00000000-0000-0000-0000-000000000001").value(),
         SerializeUuid("f79c3e09-677c-4bbd-a479-3f349cb785e7").value());
  expect(15, golden::FromHex(columns.at("fx").at(0)), golden::FromHex(columns.at("fx").at(1)));
  EXPECT_EQ(file.lower_bounds.at(16),
            TruncateBinaryLowerBound(golden::FromHex(columns.at("bin").at(0)), 16));
  EXPECT_TRUE(file.upper_bounds.at(16).starts_with(
      TruncateBinaryUpperBound(golden::FromHex(columns.at("bin").at(1)), 16).value()));
  EXPECT_FALSE(file.lower_bounds.contains(17));
}

TEST(Uuid, TakesBothCasesAndNothingElse) {
  EXPECT_EQ(SerializeUuid("F79C3E09-677C-4BBD-A479-3F349CB785E7").value(),
            SerializeUuid("f79c3e09-677c-4bbd-a479-3f349cb785e7").value());
  for (const char* const text :
       {"", "f79c3e09", "f79c3e09-677c-4bbd-a479-3f349cb785eg",
        "f79c3e090677c-4bbd-a479-3f349cb785e7", "f79c3e09-677c-4bbd-a479-3f349cb785e77"}) {
    const auto bytes = SerializeUuid(text);
    ASSERT_FALSE(bytes) << text;
    EXPECT_EQ(bytes.error().code, Code::kInvalid);
  }
}

}  // namespace
}  // namespace eider::iceberg
