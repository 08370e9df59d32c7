// Blocks of differences by the bytes of the format's own examples, and blocks that hold none.
#include "eider/engine/parquet_deltas.h"

#include <string>

#include <gtest/gtest.h>

namespace eider::engine {
namespace {

// The examples of "Delta Encoding": 1, 2, 3, 4, 5 in a block of 128 values and 4 parts, whose
// differences are all 1; and 7, 5, 3, 1, 2, 3, 4, 5, whose differences take two bits above -2.
const std::string kOneToFive("\x80\x01\x04\x05\x02\x02\x00\x00\x00\x00", 10);
const std::string kSevenToFive(
    "\x80\x01\x04\x08\x0E\x03\x02\x00\x00\x00\xC0\x3F\x00\x00\x00\x00\x00\x00", 18);

std::string WithFirstByte(std::string numbers, char byte) {
  numbers[0] = byte;
  return numbers;
}

TEST(ParquetDeltas, HaveValuesInTheExamplesOfTheFormat) {
  for (const std::string& numbers : {kOneToFive, kSevenToFive}) {
    EXPECT_FALSE(HasEmptyDeltaBlocks(numbers, kParquetDeltaNumbers));
    EXPECT_FALSE(HasEmptyDeltaBlocks(numbers + "Hello", kParquetDeltaLengths));
    EXPECT_FALSE(HasEmptyDeltaBlocks(numbers + kOneToFive + "Hello", kParquetDeltaStrings));
  }
}

// 128 is 80 01; with the first byte 00 the block is of no values and of one part.
TEST(ParquetDeltas, OfBlocksWithoutValuesAreSeen) {
  const std::string empty = WithFirstByte(kOneToFive, '\x00');
  EXPECT_TRUE(HasEmptyDeltaBlocks(empty, kParquetDeltaNumbers));
  EXPECT_TRUE(HasEmptyDeltaBlocks(empty, kParquetDeltaLengths));
  EXPECT_TRUE(HasEmptyDeltaBlocks(empty + kOneToFive, kParquetDeltaStrings));
  const std::string zero_in_two_bytes("\x80\x00\x04\x05\x02\x02", 6);
  EXPECT_TRUE(HasEmptyDeltaBlocks(zero_in_two_bytes, kParquetDeltaNumbers));
  const std::string no_parts("\x80\x01\x00\x05\x02\x02", 6);
  EXPECT_TRUE(HasEmptyDeltaBlocks(no_parts, kParquetDeltaNumbers));
  const std::string less_than_a_value_in_a_part("\x02\x04\x05\x02\x02", 5);
  EXPECT_TRUE(HasEmptyDeltaBlocks(less_than_a_value_in_a_part, kParquetDeltaNumbers));
}

TEST(ParquetDeltas, OfTheRestOfStringsAreFoundBehindTheOthers) {
  const std::string empty = WithFirstByte(kOneToFive, '\x00');
  for (const std::string& lengths : {kOneToFive, kSevenToFive}) {
    EXPECT_TRUE(HasEmptyDeltaBlocks(lengths + empty, kParquetDeltaStrings));
    EXPECT_FALSE(HasEmptyDeltaBlocks(lengths + empty, kParquetDeltaLengths)) << "these are values";
  }
}

TEST(ParquetDeltas, ThatAreCutOffAreLeftToTheirReader) {
  for (std::size_t size = 0; size < kSevenToFive.size(); ++size) {
    EXPECT_FALSE(HasEmptyDeltaBlocks(kSevenToFive.substr(0, size), kParquetDeltaStrings)) << size;
  }
}

}  // namespace
}  // namespace eider::engine
