// Sizes with and without units.
#include "eider/config/byte_size.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "eider/base/result.h"

namespace eider::config {
namespace {

TEST(ByteSize, ReadsBinaryAndDecimalUnits) {
  const std::vector<std::pair<std::string, std::uint64_t>> cases = {
      {"0", 0},
      {"1073741824", 1073741824},
      {"2GiB", 2147483648},
      {"2 gib", 2147483648},
      {"512MB", 512000000},
      {"1kB", 1000},
      {"1KiB", 1024},
      {"3TiB", 3298534883328},
      {"7B", 7},
      {"18446744073709551615", 18446744073709551615U},
  };
  for (const auto& [text, size_bytes] : cases) {
    const auto parsed = ParseByteSize(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, size_bytes) << text;
  }
}

TEST(ByteSize, RefusesWhatIsNoSize) {
  for (const char* text : {"", "GiB", "-1", "1.5GiB", "2 Gigs", "2GiBx", " 2GiB", "0x10",
                           "18446744073709551616", "17179869184GiB"}) {
    const auto parsed = ParseByteSize(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Code::kInvalid);
  }
}

TEST(ByteSize, PrintsTheShortestExactForm) {
  EXPECT_EQ(ByteSizeText(2147483648), "2GiB");
  EXPECT_EQ(ByteSizeText(1536), "1536B");
  EXPECT_EQ(ByteSizeText(1536ULL << 20U), "1536MiB");
  EXPECT_EQ(ByteSizeText(0), "0B");
}

}  // namespace
}  // namespace eider::config
