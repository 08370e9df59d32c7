// The value that makes a column of numbers or dates one of texts.
#include "eider/records/text_cause.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace eider::records {
namespace {

// Values from line 2 on, as below a header.
std::optional<TextCause> CauseOf(const std::vector<std::string>& values) {
  TextCauseFinder finder;
  std::uint64_t line = 2;
  for (const std::string& value : values) finder.Add(line++, value);
  return finder.Find();
}

TEST(TextCauseTest, IsTheFirstOddValueWhereverItStands) {
  const auto late = CauseOf({"1", "2", "n/a", "3", "?"});
  ASSERT_TRUE(late);
  EXPECT_EQ(late->line, 4U);
  EXPECT_EQ(late->text, "n/a");
  EXPECT_EQ(late->type, "BIGINT");
  EXPECT_EQ(late->count, 2U);
  EXPECT_EQ(late->of_count, 5U);
  const auto first = CauseOf({"n/a", "1.5", "2"});
  ASSERT_TRUE(first);
  EXPECT_EQ(first->line, 2U);
  EXPECT_EQ(first->type, "DOUBLE");
}

TEST(TextCauseTest, IsAValueThatHasNoTypeWithTheOthers) {
  const auto mixed = CauseOf({"2024-01-31", "2024-02-01", "7"});
  ASSERT_TRUE(mixed);
  EXPECT_EQ(mixed->line, 4U);
  EXPECT_EQ(mixed->type, "DATE");
}

TEST(TextCauseTest, IsATextThatLooksLikeANumber) {
  TextCauseFinder finder;
  finder.Add(1, "1");
  finder.AddText(2, "2");
  finder.Add(3, "3");
  ASSERT_TRUE(finder.Find());
  EXPECT_EQ(finder.Find()->line, 2U);
}

TEST(TextCauseTest, IsNoneOfAColumnOfTexts) {
  EXPECT_FALSE(CauseOf({"ada", "grace", "7"}));
  EXPECT_FALSE(CauseOf({"1", "2"}));
  EXPECT_FALSE(CauseOf({}));
}

}  // namespace
}  // namespace eider::records
