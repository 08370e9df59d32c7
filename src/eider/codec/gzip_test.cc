// gzip and deflate both ways, against bytes that gzip(1) and Python's zlib made.
#include "eider/codec/gzip.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/codec/hex.h"

namespace eider::codec {
namespace {

using testing::HasSubstr;

// printf 'hello hello hello\n' | gzip -n | xxd -p
const std::string kHelloGzip =
    *HexDecode("1f8b0800000000000003cb48cdc9c957c840905c003b7c8adf12000000");

// python3 -c "import zlib; c = zlib.compressobj(9, zlib.DEFLATED, -15);
//             print((c.compress(b'hello hello hello\n') + c.flush()).hex())"
const std::string kHelloRaw = *HexDecode("cb48cdc9c957c840905c00");

constexpr std::size_t kEnough = 1'000'000;

std::string Noise(std::size_t size) {
  std::string bytes;
  std::uint32_t state = 1;
  while (bytes.size() < size) {
    state = state * 1664525U + 1013904223U;
    bytes.push_back(static_cast<char>(state >> 24U));
  }
  return bytes;
}

TEST(Gzip, ReadsWhatOthersWrote) {
  EXPECT_EQ(Gunzip(kHelloGzip, kEnough), "hello hello hello\n");
  EXPECT_EQ(InflateRaw(kHelloRaw, kEnough), "hello hello hello\n");
}

TEST(Gzip, ReadsWhatItWrote) {
  for (const std::string& text : {std::string(), std::string(100'000, 'a'), Noise(300'000)}) {
    EXPECT_EQ(Gunzip(*Gzip(text), text.size()), text);
    EXPECT_EQ(InflateRaw(*DeflateRaw(text), text.size()), text);
  }
}

TEST(Gzip, ReadsAllMembers) {
  EXPECT_EQ(Gunzip(kHelloGzip + *Gzip("") + *Gzip("more"), kEnough), "hello hello hello\nmore");
}

TEST(Deflate, IgnoresWhatFollowsTheStream) {
  EXPECT_EQ(InflateRaw(kHelloRaw + "abc", kEnough), "hello hello hello\n");
}

TEST(Gzip, StopsAtTheLimit) {
  const std::string bomb = *Gzip(std::string(1'000'000, '\0'));
  EXPECT_LT(bomb.size(), 2'000U);
  EXPECT_TRUE(Gunzip(bomb, 1'000'000));
  for (const std::size_t limit : {std::size_t{0}, std::size_t{10}, std::size_t{999'999}}) {
    const auto out = Gunzip(bomb, limit);
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().code, Code::kCorrupt);
    EXPECT_THAT(out.error().message, HasSubstr("beyond the limit: " + std::to_string(limit)));
  }
  EXPECT_FALSE(Gunzip(kHelloGzip + kHelloGzip, 20));
}

TEST(Gzip, RefusesDamage) {
  for (std::size_t size = 0; size < kHelloGzip.size(); ++size) {
    const auto out = Gunzip(kHelloGzip.substr(0, size), kEnough);
    ASSERT_FALSE(out);
    EXPECT_THAT(out.error().message, HasSubstr("cut off")) << size;
  }
  std::string wrong_checksum = kHelloGzip;
  wrong_checksum[wrong_checksum.size() - 8] ^= 1;
  EXPECT_THAT(Gunzip(wrong_checksum, kEnough).error().message, HasSubstr("incorrect data check"));
  EXPECT_FALSE(Gunzip("plain text", kEnough));
  EXPECT_FALSE(InflateRaw("", kEnough));
}

}  // namespace
}  // namespace eider::codec
