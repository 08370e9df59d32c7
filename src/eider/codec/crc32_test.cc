// The check value of the algorithm, and checksums in pieces.
#include "eider/codec/crc32.h"

#include <gtest/gtest.h>

namespace eider::codec {
namespace {

TEST(Crc32, HasTheCheckValueOfItsAlgorithm) {
  EXPECT_EQ(Crc32("123456789"), 0xCBF43926U);
  EXPECT_EQ(Crc32(""), 0U);
}

TEST(Crc32, GoesOnFromTheBytesBefore) {
  EXPECT_EQ(Crc32("6789", Crc32("12345")), 0xCBF43926U);
}

}  // namespace
}  // namespace eider::codec
