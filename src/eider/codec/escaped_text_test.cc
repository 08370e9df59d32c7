// What a terminal must not get raw, and the way back.
#include "eider/codec/escaped_text.h"

#include <cstdint>
#include <random>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "eider/codec/json.h"
#include "eider/codec/utf8.h"

namespace eider::codec {
namespace {

using std::string_literals::operator""s;

std::string Utf8(std::uint32_t code_point) {
  std::string text;
  AppendUtf8(code_point, text);
  return text;
}

TEST(EscapeText, WritesWhatItsHeadSays) {
  EXPECT_EQ(EscapeText("größe 東京 🦆 'x' \"y\""), "größe 東京 🦆 'x' \"y\"");
  EXPECT_EQ(EscapeText("a\\n"), "a\\\\n");
  EXPECT_EQ(EscapeText("a\n\r\tb"), "a\\n\\r\\tb");
  EXPECT_EQ(EscapeText("\0\x1b[31m\x7f"s), "\\x00\\x1b[31m\\x7f");
  EXPECT_EQ(EscapeText("\xff gr\xf6\xdf"), "\\xff gr\\xf6\\xdf");
  EXPECT_EQ(EscapeText("\xc2\x9b"
                       "31m"),
            "\\u{9b}31m");
  EXPECT_EQ(EscapeText("\u202Egnp.exe\u200B"), "\\u{202e}gnp.exe\\u{200b}");
  EXPECT_EQ(EscapeText("\u2028\u2029"), "\\u{2028}\\u{2029}");
  EXPECT_EQ(EscapeText("\U000E0041"), "\\u{e0041}");
}

TEST(EscapeText, TellsALineBreakFromABackslashAndAnN) {
  EXPECT_NE(EscapeText("a\nb"), EscapeText("a\\nb"));
  EXPECT_NE(EscapeText("\xff"), EscapeText("\\xff"));
  EXPECT_NE(EscapeText("\u200B"), EscapeText("\\u{200b}"));
}

TEST(EscapeText, HidesEveryCodePointThatTheIssueNames) {
  std::set<std::uint32_t> code_points = {0x61C, 0xFEFF, 0xAD, 0x180E, 0x3164};
  for (std::uint32_t c = 0; c < 0x20; ++c) code_points.insert(c);
  for (std::uint32_t c = 0x7F; c <= 0x9F; ++c) code_points.insert(c);
  for (std::uint32_t c = 0x200B; c <= 0x200F; ++c) code_points.insert(c);
  for (std::uint32_t c = 0x2028; c <= 0x202E; ++c) code_points.insert(c);
  for (std::uint32_t c = 0x2060; c <= 0x206F; ++c) code_points.insert(c);
  for (const std::uint32_t c : code_points) {
    const std::string escaped = EscapeText("<" + Utf8(c) + ">");
    EXPECT_EQ(escaped.find(Utf8(c)), std::string::npos) << c;
    EXPECT_TRUE(escaped.starts_with("<\\")) << c;
  }
}

// Seen: a key with a no-break space looked like one with a blank.
TEST(EscapeText, HidesNoBlankButTheBlankItself) {
  EXPECT_EQ(EscapeText("a\u00A0b\u3000c\u2800d e"), "a\\u{a0}b\\u{3000}c\\u{2800}d e");
  std::set<std::uint32_t> blanks = {0xA0,   0x1680, 0x202F, 0x205F, 0x3000, 0x2800,
                                    0x3164, 0x115F, 0x1160, 0xFFA0, 0xAD,   0x1D159};
  for (std::uint32_t c = 0x2000; c <= 0x200A; ++c) blanks.insert(c);
  for (std::uint32_t c = 0xFE00; c <= 0xFE0F; ++c) blanks.insert(c);    // variation selectors
  for (std::uint32_t c = 0xE0100; c <= 0xE01EF; ++c) blanks.insert(c);  // and the others of them
  for (std::uint32_t c = 0xE0020; c <= 0xE007F; ++c) blanks.insert(c);  // tags
  for (const std::uint32_t c : blanks) {
    EXPECT_EQ(EscapeText(Utf8(c)).find(Utf8(c)), std::string::npos) << c;
  }
}

TEST(EscapeText, IsReadBackToTheVeryBytes) {
  for (std::uint32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    ASSERT_EQ(UnescapeText(EscapeText(Utf8(c))), Utf8(c)) << c;
  }
  std::mt19937 random(20261127);
  const std::string letters =
      "\\xnu{}0123456789abcdefX\n\t\x1b\x7f\x80\x9b\xc2\xe2\x80\xae\xff\xf0";
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes;
    for (std::size_t size = random() % 12; bytes.size() < size;) {
      bytes +=
          round % 2 == 0 ? static_cast<char>(random() % 256) : letters[random() % letters.size()];
    }
    const std::string escaped = EscapeText(bytes);
    ASSERT_TRUE(IsUtf8(escaped));
    ASSERT_EQ(escaped.find('\n'), std::string::npos);
    ASSERT_EQ(UnescapeText(escaped), bytes) << escaped;
  }
}

TEST(UnescapeText, RefusesWhatEscapeTextDoesNotWrite) {
  for (const char* text : {"\\",           "\\a",         "\\x",     "\\x1",        "\\x1B",
                           "\\xg0",        "\\x41",       "\\u200b", "\\u{}",       "\\u{200b",
                           "\\u{200B}",    "\\u{00200b}", "\\u{41}", "\\u{110000}", "\\u{d800}",
                           "\\u{0000000}", "a\nb",        "\u200B",  "\xff",        "\\xc3\\xa9"}) {
    EXPECT_EQ(UnescapeText(text), std::nullopt) << text;
  }
}

TEST(EscapeLines, KeepsLineBreaksOnly) {
  EXPECT_EQ(EscapeLines("a\nb\rc\\n\u202E"), "a\nb\\rc\\\\n\\u{202e}");
}

TEST(EscapeInJson, ChangesNoValue) {
  std::string text = "\\ \" \n \x7f \u009B \u2028 \u202E \u200B \U000E0041 🦆 é";
  const Json json = {{"k\u202E", text}};
  const std::string escaped = EscapeInJson(ToJsonText(json));
  for (const char* raw : {"\x7f", "\u009B", "\u2028", "\u202E", "\u200B", "\U000E0041"}) {
    EXPECT_EQ(escaped.find(raw), std::string::npos) << escaped;
  }
  const auto read = ParseJson(escaped, 10);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(*read, json);
}

TEST(EscapeInYaml, HasNoSurrogates) {
  EXPECT_EQ(EscapeInYaml("- \"\u202E\U000E0041\"\n"), "- \"\\u202e\\U000e0041\"\n");
}

TEST(PercentEncoded, KeepsUrisReadable) {
  EXPECT_EQ(PercentEncoded("s3://src-a/x y_\xff%.csv"), "s3://src-a/x%20y_%FF%25.csv");
}

}  // namespace
}  // namespace eider::codec
