// Source of the values: RFC 1321, A.5.
#include "eider/codec/md5.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace eider::codec {
namespace {

std::string Md5Of(std::string_view text) {
  auto md5 = Md5::Begin();
  for (const char letter : text) md5->Add({&letter, 1});
  return md5->Hex();
}

TEST(Md5, GivesTheValuesOfItsRfc) {
  EXPECT_EQ(Md5Of(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(Md5Of("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(Md5Of("1234567890123456789012345678901234567890123456789012345678901234567890123456789"
                  "0"),
            "57edf4a22be3c955ac49da2e2107b67a");
}

}  // namespace
}  // namespace eider::codec
