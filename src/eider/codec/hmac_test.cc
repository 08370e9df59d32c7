// The codes of RFC 4231's test cases.
#include "eider/codec/hmac.h"

#include <string>

#include <gtest/gtest.h>

#include "eider/codec/hex.h"

namespace eider::codec {
namespace {

TEST(Hmac, GivesTheCodesOfRfc4231) {
  EXPECT_EQ(HexEncode(HmacSha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(HexEncode(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  // A key longer than a block.
  EXPECT_EQ(HexEncode(HmacSha256(std::string(131, '\xaa'),
                                 "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(SecretsMatch, ComparesAllBytes) {
  EXPECT_TRUE(SecretsMatch("", ""));
  EXPECT_TRUE(SecretsMatch(std::string("a\0b", 3), std::string("a\0b", 3)));
  EXPECT_FALSE(SecretsMatch(std::string("a\0b", 3), std::string("a\0c", 3)));
  EXPECT_FALSE(SecretsMatch("secret", "secret2"));
  EXPECT_FALSE(SecretsMatch("", "secret"));
}

}  // namespace
}  // namespace eider::codec
