// Encodings that are not UTF-8.
#include "eider/codec/transcoder.h"

#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eider::codec {
namespace {

using ::testing::HasSubstr;

// The text, or the error's message; in pieces of that size.
std::string Decoded(const std::string& encoding, std::string_view bytes, std::size_t piece = 1) {
  auto transcoder = Transcoder::From(encoding);
  if (!transcoder) return transcoder.error().message;
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const Status fed = (*transcoder)->Feed(bytes.substr(at, piece), text);
    if (!fed) return fed.error().message;
  }
  const Status finished = (*transcoder)->Finish();
  return finished ? text : finished.error().message;
}

TEST(TranscoderTest, LettersOfUsualEncodings) {
  EXPECT_EQ(Decoded("windows-1252", "M\xfcller \x80 5"), "Müller € 5");
  EXPECT_EQ(Decoded("Latin-1", "M\xfcller"), "Müller");
  EXPECT_EQ(Decoded("windows-1251", "\xcf\xf0\xe8\xe2\xe5\xf2"), "Привет");
  EXPECT_EQ(Decoded("shift_jis", "\x93\xfa\x96\x7b"), "日本");
  EXPECT_EQ(Decoded("utf-16", std::string_view("\xff\xfe"
                                               "a\0\xfc\0",
                                               6)),
            "aü");
  EXPECT_EQ(Decoded("utf-16be", std::string_view("\0a\0\xfc", 4)), "aü");
  EXPECT_EQ(Decoded("windows-1252", ""), "");
}

TEST(TranscoderTest, LongTextsInLongPieces) {
  const std::string bytes(300'000, '\xfc');
  const std::string text = Decoded("latin-1", bytes, bytes.size());
  EXPECT_EQ(text.size(), 2 * bytes.size());
  EXPECT_EQ(text.substr(text.size() - 2), "ü");
}

TEST(TranscoderTest, BytesThatAreNothingAreToldWithTheirLine) {
  EXPECT_EQ(Decoded("windows-1252", "a\nb\n\x81 c"),
            "line 3: the byte 0x81 is no letter of windows-1252, in which the file is said to be");
  EXPECT_THAT(Decoded("shift_jis", "a\n\x93"), HasSubstr("line 2: the byte 0x93 is half a letter"));
}

TEST(TranscoderTest, NamesThatAreNone) {
  for (const char* name : {"", "klingon", "latin-1//TRANSLIT", "latin-1,utf-8", "../x"}) {
    EXPECT_THAT(Decoded(name, "a"), HasSubstr("is no encoding that this system knows")) << name;
  }
  EXPECT_TRUE(NamesUtf8("UTF-8"));
  EXPECT_TRUE(NamesUtf8("utf8"));
  EXPECT_FALSE(NamesUtf8("latin-1"));
}

}  // namespace
}  // namespace eider::codec
