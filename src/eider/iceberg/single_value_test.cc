// Order of values by their bytes. Texts are those of PyIceberg 0.12.0:
// IdentityTransform().to_human_string(type, value).
#include "eider/iceberg/single_value.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "eider/iceberg/bounds.h"
#include "eider/iceberg/type.h"

namespace eider::iceberg {
namespace {

const Type kDecimal{.kind = TypeKind::kDecimal, .precision = 9, .scale = 2};

void ExpectAscending(const Type& type, const std::vector<std::string>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t k = 0; k < values.size(); ++k) {
      EXPECT_EQ(IsLess(type, values[i], values[k]), i < k)
          << ToString(type) << " " << i << " " << k;
    }
  }
}

TEST(SingleValue, GoesByItsValueAndNotByItsBytes) {
  ExpectAscending({TypeKind::kInt},
                  {SerializeInt(-256), SerializeInt(-1), SerializeInt(2), SerializeInt(256)});
  ExpectAscending({TypeKind::kTimestamp}, {SerializeLong(INT64_MIN), SerializeLong(-1),
                                           SerializeLong(0), SerializeLong(1LL << 40U)});
  ExpectAscending({TypeKind::kDouble}, {SerializeDouble(-INFINITY), SerializeDouble(-0.0),
                                        SerializeDouble(0.0), SerializeDouble(1e-300)});
  ExpectAscending(kDecimal, {SerializeDecimal(-300), SerializeDecimal(-1), SerializeDecimal(0),
                             SerializeDecimal(127), SerializeDecimal(128)});
  ExpectAscending({TypeKind::kString}, {"", "A", "a", "\xC3\xA9", "\xF0\x9F\xA6\x86"});
  ExpectAscending({TypeKind::kBinary}, {std::string("\0", 1), "\x7F", "\x80", "\xFF"});
}

TEST(SingleValue, IsANumberOrNot) {
  EXPECT_TRUE(IsNan({TypeKind::kDouble}, SerializeDouble(NAN)));
  EXPECT_TRUE(IsNan({TypeKind::kFloat}, SerializeFloat(NAN)));
  EXPECT_FALSE(IsNan({TypeKind::kDouble}, SerializeDouble(INFINITY)));
  EXPECT_FALSE(IsNan({TypeKind::kLong}, SerializeDouble(NAN)));
}

TEST(SingleValue, IsWidenedAsItsColumnWas) {
  EXPECT_EQ(Promoted({TypeKind::kLong}, SerializeInt(-5)), SerializeLong(-5));
  EXPECT_EQ(Promoted({TypeKind::kDouble}, SerializeFloat(1.5F)), SerializeDouble(1.5));
  EXPECT_EQ(Promoted({TypeKind::kLong}, SerializeLong(-5)), SerializeLong(-5));
  EXPECT_EQ(Promoted({TypeKind::kString}, "four"), "four");
}

TEST(SingleValue, HasTheTextOfPyIceberg) {
  EXPECT_EQ(ValueText({TypeKind::kDate}, SerializeInt(-719'162)), "0001-01-01");
  EXPECT_EQ(ValueText({TypeKind::kDate}, SerializeInt(19'000)), "2022-01-08");
  EXPECT_EQ(ValueText({TypeKind::kTimestamp}, SerializeLong(-1)), "1969-12-31T23:59:59.999999");
  EXPECT_EQ(ValueText({TypeKind::kTimestamp}, SerializeLong(0)), "1970-01-01T00:00:00");
  EXPECT_EQ(ValueText({TypeKind::kTimestamptz}, SerializeLong(1'512'123'175'038'000)),
            "2017-12-01T10:12:55.038000+00:00");
  EXPECT_EQ(ValueText({TypeKind::kTime}, SerializeLong(36'775'038'194)), "10:12:55.038194");
  EXPECT_EQ(ValueText(kDecimal, SerializeDecimal(1420)), "14.20");
  EXPECT_EQ(ValueText(kDecimal, SerializeDecimal(-5)), "-0.05");
  EXPECT_EQ(ValueText({TypeKind::kBoolean}, SerializeBoolean(true)), "true");
  EXPECT_EQ(
      ValueText({TypeKind::kUuid}, SerializeUuid("f79c3e09-677c-4bbd-a479-3f349cb785e7").value()),
      "f79c3e09-677c-4bbd-a479-3f349cb785e7");
}

}  // namespace
}  // namespace eider::iceberg
