// Where one strategy ends and the next begins.
#include "eider/config/strategy_list.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"

namespace eider::config {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

TEST(SplitStrategies, SplitsAtCommasOutsideOfBrackets) {
  using Items = std::vector<std::string>;
  for (const auto& [text, items] : std::vector<std::pair<std::string, Items>>{
           {"", {}},
           {" ,, ", {}},
           {"bucket", {"bucket"}},
           {"bucket,folder", {"bucket", "folder"}},
           {" folder:0-1 ,\tbucket,", {"folder:0-1", "bucket"}},
           {"key-regex:^(?P<key>a{2,3})/,bucket", {"key-regex:^(?P<key>a{2,3})/", "bucket"}},
           {"key-regex:(?P<key>(a,b|c)),folder", {"key-regex:(?P<key>(a,b|c))", "folder"}},
           {"key-regex:(?P<key>[,()]+),folder", {"key-regex:(?P<key>[,()]+)", "folder"}},
           {"key-regex:[]),](?P<key>x),folder", {"key-regex:[]),](?P<key>x)", "folder"}},
           {"key-regex:[^],(](?P<key>x),folder", {"key-regex:[^],(](?P<key>x)", "folder"}},
           {R"(key-regex:[\],(](?P<key>x),folder)", {R"(key-regex:[\],(](?P<key>x))", "folder"}},
           {"key-regex:[[:alpha:],](?P<key>x),folder",
            {"key-regex:[[:alpha:],](?P<key>x)", "folder"}},
           {R"(key-regex:\((?P<key>x),folder)", {R"(key-regex:\((?P<key>x))", "folder"}},
           {R"(key-regex:a\,(?P<key>x),folder)", {R"(key-regex:a\,(?P<key>x))", "folder"}},
           {"key-regex:}])(?P<key>x),folder", {"key-regex:}])(?P<key>x)", "folder"}},
           {R"(bucket,column:a\)", {"bucket", R"(column:a\)"}},
       }) {
    const auto split = SplitStrategies(text);
    ASSERT_TRUE(split) << text << ": " << split.error().message;
    EXPECT_THAT(*split, ElementsAreArray(items)) << text;
  }
}

TEST(SplitStrategies, BracketThatIsNotClosedNamesItAndTheWayOut) {
  for (const auto& [text, bracket] :
       std::vector<std::pair<std::string, std::string>>{{"key-regex:(?P<key>a,bucket", "'('"},
                                                        {"key-regex:(a{2,bucket", "'{'"},
                                                        {"key-regex:[a,bucket", "'['"},
                                                        {R"(key-regex:[a\],bucket)", "'['"},
                                                        {"key-regex:[", "'['"},
                                                        {"key-regex:[^", "'['"},
                                                        {"key-regex:[[:", "'['"},
                                                        {"column:a(b,bucket", "'('"}}) {
    const auto split = SplitStrategies(text);
    ASSERT_FALSE(split) << text;
    EXPECT_EQ(split.error().code, Code::kInvalid);
    EXPECT_THAT(split.error().message, HasSubstr("has a " + bracket + " that is not closed"));
    EXPECT_THAT(split.error().message, HasSubstr("as a list in the file"));
    EXPECT_THAT(split.error().message, HasSubstr(text));
  }
}

}  // namespace
}  // namespace eider::config
