#include "eider/routes/after_load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eider::routes {
namespace {

using testing::HasSubstr;

TEST(AfterLoad, IsReadAsItIsWritten) {
  for (const char* text : {"tag", "delete", "move s3://archive/in/", "copy file:///data/done",
                           "move s3://archive/it's a folder/"}) {
    const auto after = ParseAfterLoad(text);
    ASSERT_TRUE(after) << after.error().message;
    EXPECT_EQ(ToText(*after), text);
  }
  EXPECT_EQ(ToText(*ParseAfterLoad("  move   s3://b/p  ")), "move s3://b/p");
  EXPECT_EQ(ParseAfterLoad("copy s3://b/p")->prefix, (Uri{"s3", "b", "p"}));
}

TEST(AfterLoad, SaysWhatItMayBe) {
  for (const char* text : {"", "archive", "move", "copy ", "tag s3://b/p", "delete now",
                           "move relative/folder", "MOVE s3://b/p", "move https://x/y"}) {
    const auto after = ParseAfterLoad(text);
    ASSERT_FALSE(after) << text;
    EXPECT_THAT(after.error().message, HasSubstr("move s3://archive/orders/")) << text;
  }
}

TEST(AfterLoad, AnObjectHasItsWholeKeyBelowThePrefix) {
  const auto place = [](const char* prefix, const char* object) {
    return PlaceBelow(*Uri::Parse(prefix), *Uri::Parse(object)).ToString();
  };
  EXPECT_EQ(place("s3://b/p/", "s3://src/in/a.csv"), "s3://b/p/in/a.csv");
  EXPECT_EQ(place("s3://b/p", "s3://src/in/a.csv"), "s3://b/p/in/a.csv");
  EXPECT_EQ(place("s3://b", "s3://src/a.csv"), "s3://b/a.csv");
  EXPECT_EQ(place("file:///done", "file:///data/in/a.csv"), "file:///done/data/in/a.csv");
  EXPECT_EQ(place("s3://b/p", "file:///data/a.csv"), "s3://b/p/data/a.csv");
}

}  // namespace
}  // namespace eider::routes
