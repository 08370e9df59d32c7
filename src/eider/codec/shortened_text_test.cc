// Limits and edges of cutting: between characters, with the number of bytes that are missing.
#include "eider/codec/shortened_text.h"

#include <cstddef>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/codec/utf8.h"

namespace eider::codec {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Shortened, LeavesWhatFits) {
  EXPECT_EQ(Shortened("", 64), "");
  EXPECT_EQ(Shortened(std::string(64, 'x'), 64), std::string(64, 'x'));
}

TEST(Shortened, SaysHowManyBytesAreMissing) {
  const std::string text = "begin" + std::string(1'000'000, 'x') + "end";
  const std::string cut = Shortened(text, 256);
  EXPECT_LE(cut.size(), 256U);
  EXPECT_THAT(cut, StartsWith("begin"));
  EXPECT_TRUE(cut.ends_with("end"));
  const std::size_t from = cut.find('(') + 1;
  const std::size_t missing = std::stoul(cut.substr(from));
  EXPECT_THAT(cut, HasSubstr(std::to_string(missing) + " bytes more"));
  const std::string mark = "… (" + std::to_string(missing) + " bytes more) …";
  EXPECT_EQ(cut.size() - mark.size() + missing, text.size());
}

TEST(Shortened, CutsBetweenCharacters) {
  for (const char* letter : {"é", "東", "🦆"}) {
    for (std::size_t before = 0; before < 4; ++before) {
      std::string text(before, 'a');
      while (text.size() < 1000) text += letter;
      for (std::size_t bytes_max = 64; bytes_max < 80; ++bytes_max) {
        const std::string cut = Shortened(text, bytes_max);
        EXPECT_LE(cut.size(), bytes_max);
        EXPECT_TRUE(IsUtf8(cut)) << cut;
      }
    }
  }
  EXPECT_LE(Shortened(std::string(5000, '\x80'), 100).size(), 100U);  // no character at all
}

TEST(ShortMessage, HasAtMostTwoKilobytes) {
  EXPECT_EQ(ShortMessage("column x  is\nwrong "), "column x  is\nwrong ");
  const std::string name(1'000'000, 'n');
  const std::string one =
      ShortMessage("column " + name + " of the result is not in table t; file f");
  EXPECT_LE(one.size(), 700U);
  EXPECT_THAT(one, StartsWith("column nnn"));
  EXPECT_TRUE(one.ends_with("is not in table t; file f"));
  std::string many = "begin ";
  for (int i = 0; i < 100'000; ++i) many += "some words ";
  EXPECT_LE(ShortMessage(many + "end").size(), kMessageBytesMax);
  EXPECT_TRUE(ShortMessage(many + "end").ends_with("end"));
}

}  // namespace
}  // namespace eider::codec
