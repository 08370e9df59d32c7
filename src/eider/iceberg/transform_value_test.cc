// The specification's own examples, and the calendar's edges.
#include "eider/iceberg/transform_value.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "eider/iceberg/bounds.h"

namespace eider::iceberg {
namespace {

// Source: Iceberg specification, Appendix B, the column "Test value" of the table of hashes.
TEST(BucketHash, HasTheSpecificationsValues) {
  EXPECT_EQ(BucketHash(std::int64_t{34}), 2017239379);
  EXPECT_EQ(BucketHash(SerializeDecimal(1420)), -500754589);        // 14.20
  EXPECT_EQ(BucketHash(std::int64_t{17486}), -653330422);           // 2017-11-16
  EXPECT_EQ(BucketHash(std::int64_t{81'068'000'000}), -662762989);  // 22:31:08
  EXPECT_EQ(BucketHash(std::int64_t{1'510'871'468'000'000}), -2047944441);
  EXPECT_EQ(BucketHash(std::int64_t{1'510'871'468'000'001}), -1207196810);
  EXPECT_EQ(BucketHash(std::string_view("iceberg")), 1210000089);
  EXPECT_EQ(BucketHash(SerializeUuid("f79c3e09-677c-4bbd-a479-3f349cb785e7").value()), 1488055340);
  EXPECT_EQ(BucketHash(std::string("\x00\x01\x02\x03", 4)), -188683207);
}

TEST(BucketHash, TakesTheSignBitOffBeforeItDivides) {
  EXPECT_EQ(BucketOf(-1, 10), 7);  // 2147483647 % 10
  EXPECT_EQ(BucketOf(2017239379, 16), 2017239379 % 16);
  EXPECT_EQ(BucketOf(std::numeric_limits<std::int32_t>::min(), 16), 0);
}

// Source: Iceberg specification, "Truncate Transform Details".
TEST(Truncate, HasTheSpecificationsValues) {
  EXPECT_EQ(TruncateNumber(1, 10), 0);
  EXPECT_EQ(TruncateNumber(-1, 10), -10);
  EXPECT_EQ(TruncateNumber(1065, 50), 1050);  // 10.65 by 50
  EXPECT_EQ(TruncateText("iceberg", 3), "ice");
}

TEST(Truncate, CutsBetweenCodePoints) {
  EXPECT_EQ(TruncateText("žluť", 2), "žl");
  EXPECT_EQ(TruncateText("😀😃😄", 2), "😀😃");
  EXPECT_EQ(TruncateText("ab", 3), "ab");
  EXPECT_EQ(TruncateText("", 1), "");
}

TEST(Calendar, CountsFrom1970) {
  EXPECT_EQ(YearsOfDays(0), 0);
  EXPECT_EQ(YearsOfDays(-1), -1);
  EXPECT_EQ(YearsOfDays(17'486), 47);
  EXPECT_EQ(MonthsOfDays(-1), -1);
  EXPECT_EQ(MonthsOfDays(17'486), 574);
  EXPECT_EQ(MonthsOfDays(59), 2);  // 1970-03-01
  EXPECT_EQ(FloorDivide(-1, 24), -1);
  EXPECT_EQ(FloorDivide(-24, 24), -1);
}

// 1600-02-29 was a leap day and 1900-02-28 was followed by March; dates far off as DuckDB has them.
TEST(Calendar, GoesAsFarAsDatesGo) {
  EXPECT_EQ(MonthsOfDays(-135'081), (1600 - 1970) * 12 + 1);
  EXPECT_EQ(MonthsOfDays(-25'509), (1900 - 1970) * 12 + 1);
  EXPECT_EQ(MonthsOfDays(-25'508), (1900 - 1970) * 12 + 2);
  EXPECT_EQ(YearsOfDays(146'097LL * 1'000), 400'000);
  EXPECT_EQ(YearsOfDays(-146'097LL * 1'000 - 1), -400'001);
}

}  // namespace
}  // namespace eider::iceberg
