// Patterns of '*', held to a matcher that is too simple to be wrong.
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "eider/routes/route.h"

namespace eider::routes {
namespace {

// By the definition alone: '*' stands for any characters or none. Takes exponential time.
bool Matches(std::string_view pattern, std::string_view key) {
  if (pattern.empty()) return key.empty();
  if (pattern.front() == '*') {
    return Matches(pattern.substr(1), key) || (!key.empty() && Matches(pattern, key.substr(1)));
  }
  return !key.empty() && key.front() == pattern.front() &&
         Matches(pattern.substr(1), key.substr(1));
}

// All texts of at most that length of these letters.
std::vector<std::string> AllTexts(std::string_view letters, std::size_t length_max) {
  std::vector<std::string> texts = {""};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].size() == length_max) continue;
    for (const char letter : letters) texts.push_back(texts[i] + letter);
  }
  return texts;
}

TEST(RoutePattern, IsAnyKeyWithAStar) {
  for (const char* key : {"*", "a*", "*a", "a*b", "**"}) EXPECT_TRUE(IsPattern(key)) << key;
  for (const char* key : {"", "a", "a?", "[a]", "a.b"}) EXPECT_FALSE(IsPattern(key)) << key;
}

TEST(RoutePattern, MatchesByTheWholeKey) {
  for (const auto& [pattern, key, expected] :
       std::vector<std::tuple<std::string, std::string, bool>>{
           {"src-*", "src-a", true},
           {"src-*", "src-", true},
           {"src-*", "my-src-a", false},
           {"*-raw", "sales-raw", true},
           {"*-raw", "sales-raw-2", false},
           {"*/orders/*", "src-a/orders/2024", true},
           {"*/orders/*", "orders/2024", false},
           {"a*a", "a", false},  // one letter cannot be both ends
           {"a*a", "aa", true},
           {"ab*ba", "aba", false},
           {"*", "", true},
           {"*", "*", true},
           {"**", "x", true},
           {"a?c*", "abc", false},  // only the star is special
           {"a?c*", "a?cd", true},
           {"größe*", "größe-1", true},
           {"gr*e", "größe", true},
           {"Src*", "src", false},
           {"abc", "abc", true},
           {"abc", "abcd", false}}) {
    EXPECT_EQ(MatchesPattern(pattern, key), expected) << pattern << " and " << key;
  }
}

TEST(RoutePattern, AgreesWithTheDefinitionOnAllShortTexts) {
  const std::vector<std::string> keys = AllTexts("ab", 6);
  for (const std::string& pattern : AllTexts("ab*", 5)) {
    for (const std::string& key : keys) {
      ASSERT_EQ(MatchesPattern(pattern, key), Matches(pattern, key)) << pattern << " and " << key;
    }
  }
}

TEST(RoutePattern, AgreesWithTheDefinitionOnLongerTextsMadeByChance) {
  std::mt19937 random(20'261'124);
  const auto text = [&](std::string_view letters, std::size_t length_max) {
    std::string made(std::uniform_int_distribution<std::size_t>(0, length_max)(random), ' ');
    for (char& letter : made) {
      letter = letters[std::uniform_int_distribution<std::size_t>(0, letters.size() - 1)(random)];
    }
    return made;
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::string pattern = text("ab/*", 10);
    const std::string key = text("ab/", 16);
    ASSERT_EQ(MatchesPattern(pattern, key), Matches(pattern, key)) << pattern << " and " << key;
  }
}

// A matcher that goes back to every star would not come to an end here.
TEST(RoutePattern, ManyStarsTakeNoMoreThanTheTextsAreLong) {
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "a*";
  EXPECT_TRUE(MatchesPattern(pattern, std::string(1'000, 'a')));
  EXPECT_FALSE(MatchesPattern(pattern + "b", std::string(1'000, 'a')));
}

}  // namespace
}  // namespace eider::routes
