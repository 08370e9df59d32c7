// The vectors of RFC 4648, section 10.
#include "eider/codec/base64.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace eider::codec {
namespace {

TEST(Base64, GoesBothWaysAsInRfc4648) {
  for (const auto& [bytes, text] :
       std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                        {"f", "Zg=="},
                                                        {"fo", "Zm8="},
                                                        {"foo", "Zm9v"},
                                                        {"foob", "Zm9vYg=="},
                                                        {"fooba", "Zm9vYmE="},
                                                        {"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(ToBase64(bytes), text);
    EXPECT_EQ(FromBase64(text), bytes);
  }
}

TEST(Base64, RefusesWhatIsNone) {
  for (const char* text : {"Zg=", "Zm9v\n", "Z!==", "    ", "Zm9 ", "Zm9v    "}) {
    EXPECT_EQ(FromBase64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace eider::codec
