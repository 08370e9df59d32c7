// Hexadecimal text of either case, and what is none.
#include "eider/codec/hex.h"

#include <string>

#include <gtest/gtest.h>

#include "eider/base/result.h"

namespace eider::codec {
namespace {

TEST(Hex, GoesBothWays) {
  EXPECT_EQ(HexEncode(std::string("\x00\x7f\x80\xff", 4)), "007f80ff");
  EXPECT_EQ(HexDecode("007f80FF"), std::string("\x00\x7f\x80\xff", 4));
  EXPECT_EQ(HexEncode(""), "");
  EXPECT_EQ(HexDecode(""), "");
}

TEST(Hex, RefusesOtherText) {
  for (const char* text : {"0", "0g", "g0", " 0", "0x"}) {
    const auto bytes = HexDecode(text);
    ASSERT_FALSE(bytes) << text;
    EXPECT_EQ(bytes.error().code, Code::kInvalid);
  }
}

}  // namespace
}  // namespace eider::codec
