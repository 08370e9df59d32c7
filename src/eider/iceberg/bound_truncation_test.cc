// Truncated bounds against the examples of the specification and of Java's TestMetricsTruncation.
#include "eider/iceberg/bound_truncation.h"

#include <string_view>

#include <gtest/gtest.h>

namespace eider::iceberg {
namespace {

using namespace std::string_literals;

TEST(LowerBound, CutsByCodePointNotByByte) {
  EXPECT_EQ(TruncateLowerBound("ñandú", 3), "ñan");
  EXPECT_EQ(TruncateLowerBound("ab", 16), "ab");
  EXPECT_EQ(TruncateLowerBound("🦆🦆🦆", 2), "🦆🦆");
  EXPECT_EQ(TruncateLowerBound("", 16), "");
}

TEST(UpperBound, ShortValueIsItsOwnBound) {
  EXPECT_EQ(TruncateUpperBound("abc", 3), "abc");
  EXPECT_EQ(TruncateUpperBound("", 3), "");
  EXPECT_EQ(TruncateUpperBound("\U0010FFFF", 1), "\U0010FFFF");
}

TEST(UpperBound, RaisesTheLastCodePointKept) {
  EXPECT_EQ(TruncateUpperBound("abcdef", 3), "abd");
  EXPECT_EQ(TruncateUpperBound("a\x7Fz", 2), "a\u0080");
  EXPECT_EQ(TruncateUpperBound("a\u07FFz", 2), "a\u0800");
  EXPECT_EQ(TruncateUpperBound("a\uFFFFz", 2), "a\U00010000");
}

TEST(UpperBound, StepsOverTheSurrogates) {
  EXPECT_EQ(TruncateUpperBound("\uD7FFx", 1), "\uE000");
}

TEST(UpperBound, CarriesToTheCodePointBefore) {
  EXPECT_EQ(TruncateUpperBound("a\U0010FFFFx", 2), "b");
}

TEST(UpperBound, IsLeftOutWhenNothingCanBeRaised) {
  EXPECT_EQ(TruncateUpperBound("\U0010FFFF\U0010FFFF", 1), std::nullopt);
  EXPECT_EQ(TruncateUpperBound("x", 0), std::nullopt);
}

TEST(UpperBound, BytesThatAreNoUtf8NeverReadOutside) {
  // Not a promise about the value, only that the bytes of the sanitizer stay untouched.
  for (const std::string_view bytes : {"\x80\x80\x80\x80", "a\xF0\x9F", "\xFF\xFF\xFF"}) {
    for (std::size_t length = 0; length < 5; ++length) {
      EXPECT_LE(TruncateLowerBound(bytes, length).size(), bytes.size());
      TruncateUpperBound(bytes, length);
    }
  }
}

TEST(BinaryBound, CutsByByte) {
  EXPECT_EQ(TruncateBinaryLowerBound("\x01\x02\x03", 2), "\x01\x02");
  EXPECT_EQ(TruncateBinaryLowerBound("\x01", 2), "\x01");
  EXPECT_EQ(TruncateBinaryUpperBound("\x01\x02\x03", 2), "\x01\x03");
  EXPECT_EQ(TruncateBinaryUpperBound("\x01\x02", 2), "\x01\x02");
}

TEST(BinaryBound, CarriesOverFullBytes) {
  EXPECT_EQ(TruncateBinaryUpperBound("\x01\xFF\x03", 2), "\x02");
  EXPECT_EQ(TruncateBinaryUpperBound("\x7F\x00"s, 1), "\x80");
  EXPECT_EQ(TruncateBinaryUpperBound("\xFF\xFF\x03", 2), std::nullopt);
}

}  // namespace
}  // namespace eider::iceberg
