// Reading JSON by the cursor: exact values, and what it refuses.
#include "eider/iceberg/json_cursor.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "eider/iceberg/metadata_limits.h"

namespace eider::iceberg {
namespace {

std::string RefusalOfInt64(std::string_view text) {
  JsonCursor cursor(text);
  const Result<std::int64_t> value = cursor.Int64();
  return value ? "accepted " + std::to_string(*value) : value.error().message;
}

TEST(JsonCursor, ReadsIntegersExactly) {
  JsonCursor largest("9223372036854775807");
  EXPECT_EQ(largest.Int64(), std::numeric_limits<std::int64_t>::max());
  JsonCursor smallest(" -9223372036854775808,");
  EXPECT_EQ(smallest.Int64(), std::numeric_limits<std::int64_t>::min());
  JsonCursor odd("9007199254740993");
  EXPECT_EQ(odd.Int64(), 9007199254740993);
}

TEST(JsonCursor, RefusesWhatIsNoInteger) {
  EXPECT_EQ(RefusalOfInt64("9223372036854775808"),
            " must be an integer of 64 bits, but is 9223372036854775808");
  for (const char* text :
       {"1.0", "1e3", "01", "-", "+1", "\"1\"", "null", "1x", "", "-01", "0x1"}) {
    EXPECT_TRUE(RefusalOfInt64(text).starts_with(" must be an integer")) << text;
  }
}

TEST(JsonCursor, DecodesStrings) {
  JsonCursor plain(R"( "plain" )");
  EXPECT_EQ(plain.String(), "plain");
  EXPECT_TRUE(plain.AtEnd());
  JsonCursor escaped(R"("a\"b\\\n\u00f1 \ud83e\udd86 ñ")");
  EXPECT_EQ(escaped.String(), "a\"b\\\nñ 🦆 ñ");
}

TEST(JsonCursor, RefusesStringsThatAreNone) {
  for (const char* text : {"\"open", "\"bad \\x escape\"", "\"\xFF\"", "\"line\nbreak\"", "7",
                           "\"half \\ud83e\"", "\"\\"}) {
    JsonCursor cursor(text);
    const Result<std::string> value = cursor.String();
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_EQ(value.error().code, Code::kCorrupt);
  }
}

TEST(JsonCursor, SkipsAnyValueAndReturnsItsText) {
  JsonCursor cursor(R"([{"a": "]}\"", "b": [1, {}]}, "x", -1.5e3, null ])");
  std::vector<std::string> values;
  const Status read = cursor.Elements([&]() -> Status {
    EIDER_ASSIGN(const std::string_view value, cursor.Skip());
    values.emplace_back(value);
    return {};
  });
  EXPECT_TRUE(read.has_value());
  EXPECT_EQ(values, (std::vector<std::string>{R"({"a": "]}\"", "b": [1, {}]})", R"("x")", "-1.5e3",
                                              "null"}));
}

TEST(JsonCursor, RefusesDeepNesting) {
  constexpr auto kDepthMax = static_cast<std::size_t>(kMetadataJsonDepthMax);
  const std::string deep = std::string(kDepthMax + 1, '[') + std::string(kDepthMax + 1, ']');
  JsonCursor refused(deep);
  EXPECT_FALSE(refused.Skip().has_value());
  JsonCursor accepted(std::string_view(deep).substr(1, 2 * kDepthMax));
  EXPECT_TRUE(accepted.Skip().has_value());
}

Status ReadNumbers(JsonCursor& cursor) {
  return cursor.Elements([&] {
    return cursor.Members([&](const std::string&) -> Status {
      EIDER_CHECK(cursor.Int64());
      return {};
    });
  });
}

TEST(JsonCursor, NamesThePlaceOfAnError) {
  JsonCursor cursor(R"([{}, {"a": 1, "b\u00f1": "text"}])");
  const Status read = ReadNumbers(cursor);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().message, R"([1].b\u00f1 must be an integer of 64 bits, but is "text")");
}

TEST(JsonCursor, RefusesBrokenStructure) {
  for (const char* text : {"[{\"a\": 1,}]", "[{\"a\": 1}", "[{\"a\" 1}]", "[{\"a\": 1],", "[{},]",
                           "{}", "[1]", "[{\"a\": 1} {}]", "", "[{a: 1}]"}) {
    JsonCursor cursor(text);
    EXPECT_FALSE(ReadNumbers(cursor).has_value()) << text;
  }
  JsonCursor sound("[ ]");
  EXPECT_TRUE(ReadNumbers(sound).has_value());
}

TEST(JsonCursor, TakesNullOnlyWhenItIsOne) {
  JsonCursor cursor("null");
  EXPECT_TRUE(cursor.TakeNull());
  EXPECT_TRUE(cursor.AtEnd());
  JsonCursor other("nullx");
  EXPECT_FALSE(other.TakeNull());
}

}  // namespace
}  // namespace eider::iceberg
