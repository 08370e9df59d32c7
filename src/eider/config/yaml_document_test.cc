// YAML as plain values, bounded whatever the text.
#include "eider/config/yaml_document.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"

namespace eider::config {
namespace {

using ::testing::HasSubstr;

TEST(YamlDocument, KeepsTextLinesAndRepeatedKeys) {
  const auto root = ParseYaml("a: 1\nb: [x, 'y']\na:\n  c: ~\n", "f.yaml");
  ASSERT_TRUE(root) << root.error().message;
  ASSERT_EQ(root->entries.size(), 3U);
  EXPECT_EQ(root->entries[0].value.text, "1");
  EXPECT_EQ(root->entries[1].value.items[1].text, "y");
  EXPECT_EQ(root->entries[2].key, "a");
  EXPECT_EQ(root->entries[2].line, 3);
  EXPECT_EQ(root->entries[2].value.entries[0].value.kind, YamlNode::Kind::kNull);
}

TEST(YamlDocument, EmptyTextIsNull) {
  for (const char* text : {"", "\n", "# only a comment\n", "---\n"}) {
    const auto root = ParseYaml(text, "f.yaml");
    ASSERT_TRUE(root) << text;
    EXPECT_EQ(root->kind, YamlNode::Kind::kNull) << text;
  }
}

TEST(YamlDocument, ResolvesAliases) {
  const auto root = ParseYaml("a: &x hello\nb: *x\n", "f.yaml");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->entries[1].value.text, "hello");
}

// Nine levels of nine aliases each would be 9^9 values.
TEST(YamlDocument, BoundsWhatAliasesMake) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int level = 1; level < 9; ++level) {
    const std::string last = "*a" + std::to_string(level - 1);
    text += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [" + last;
    for (int i = 0; i < 8; ++i) text += ", " + last;
    text += "]\n";
  }
  const auto root = ParseYaml(text, "f.yaml");
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().code, Code::kInvalid);
  EXPECT_THAT(root.error().message, HasSubstr("too many"));
}

TEST(YamlDocument, RefusesWhatCouldHarm) {
  const std::string deep(5'000, '[');
  const std::string wide = "a: " + std::string(2U << 20U, 'x');
  for (const std::string& text :
       {deep, wide, std::string("a: &a [*a]"), std::string("a: *nobody"), std::string("a: [b"),
        std::string("a\0b", 3), std::string("? [x]\n: y\n"), std::string("\t- x: y: z"),
        std::string("\"\\xff\\uD800\": 'x")}) {
    const auto root = ParseYaml(text, "f.yaml");
    ASSERT_FALSE(root) << text.substr(0, 40);
    EXPECT_THAT(root.error().message, HasSubstr("f.yaml"));
  }
}

}  // namespace
}  // namespace eider::config
