// JSON's typed fields, and messages that point at the place.
#include "eider/codec/json.h"

#include <cstdint>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"

namespace eider::codec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

Json Parsed(std::string_view text) {
  auto json = ParseJson(text);
  EXPECT_TRUE(json) << json.error().message;
  return json ? *std::move(json) : Json();
}

std::string ParseError(std::string_view text, int depth_max = 128) {
  const auto json = ParseJson(text, depth_max);
  if (json) return "no error";
  EXPECT_EQ(json.error().code, Code::kCorrupt);
  return json.error().message;
}

template <typename T>
std::string MessageOf(const Result<T>& result) {
  if (result) return "no error";
  EXPECT_EQ(result.error().code, Code::kCorrupt);
  return result.error().message;
}

TEST(ParseJson, SaysWhereTheTextIsWrong) {
  EXPECT_EQ(ParseError("{\"a\": 1,\n \"b\": x}"), "not valid JSON at line 2, column 7");
  EXPECT_EQ(ParseError(""), "not valid JSON at line 1, column 1");
  EXPECT_THAT(ParseError("1 2"), HasSubstr("line 1, column 3"));
  EXPECT_THAT(ParseError("\"\xff\""), HasSubstr("not valid JSON"));
  EXPECT_THAT(ParseError("1e999"), HasSubstr("not valid JSON"));
}

TEST(ParseJson, LimitsNestingOutsideOfStrings) {
  EXPECT_EQ(ParseError("[[[1]]]", 2), "JSON is nested deeper than 2 levels at line 1, column 3");
  EXPECT_EQ(ParseError("[[1], [2]]", 2), "no error");
  EXPECT_EQ(ParseError(R"(["[[[\"[[["])", 1), "no error");
  EXPECT_THAT(ParseError(std::string(1'000'000, '[')), HasSubstr("nested deeper than 128"));
}

TEST(JsonObject, ReadsIntegersExactlyOrNotAtAll) {
  const Json json = Parsed(R"({"big": 9223372036854775807, "small": -9223372036854775808,
    "odd": 9007199254740993, "over": 9223372036854775808,
    "float": 1.0, "text": "1"})");
  const auto object = JsonObject::Of(json);
  ASSERT_TRUE(object);
  EXPECT_EQ(object->Int64("big"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(object->Int64("small"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(object->Int64("odd"), 9007199254740993);
  EXPECT_EQ(MessageOf(object->Int64("over")),
            "JSON field over must be an integer of 64 bits, but is 9223372036854775808");
  EXPECT_THAT(MessageOf(object->Int64("float")), HasSubstr("but is 1.0"));
  EXPECT_THAT(MessageOf(object->Int64("text")), HasSubstr("but is \"1\""));
  EXPECT_THAT(MessageOf(object->Int("big")), HasSubstr("an integer of 32 bits"));
  EXPECT_THAT(MessageOf(object->OptionalInt("small")), HasSubstr("an integer of 32 bits"));
}

TEST(JsonObject, ReadsFieldsOfEveryType) {
  const Json json = Parsed(R"({"s": "x", "b": true, "i": 7, "o": {"p": {"q": 1}},
    "list": [{"id": 1}, {"id": 2}], "longs": [3, 4], "texts": ["a", "b"],
    "map": {"k": "v", "l": "w"}})");
  const auto object = JsonObject::Of(json);
  ASSERT_TRUE(object);
  EXPECT_EQ(object->String("s"), "x");
  EXPECT_EQ(object->Bool("b"), true);
  EXPECT_EQ(object->Int("i"), 7);
  const auto inner = object->Object("o");
  ASSERT_TRUE(inner);
  EXPECT_EQ(inner->Object("p")->Int64("q"), 1);
  const auto list = object->Objects("list");
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 2U);
  EXPECT_EQ((*list)[1].Int64("id"), 2);
  EXPECT_THAT(*object->Int64s("longs"), ElementsAre(3, 4));
  EXPECT_THAT(*object->Strings("texts"), ElementsAre("a", "b"));
  EXPECT_THAT(*object->StringMap("map"), ElementsAre(Pair("k", "v"), Pair("l", "w")));
}

TEST(JsonObject, TakesNullForAbsentWhereThatIsAllowed) {
  const Json json = Parsed(R"({"null": null})");
  const auto object = JsonObject::Of(json);
  ASSERT_TRUE(object);
  for (const char* key : {"null", "absent"}) {
    EXPECT_FALSE(object->Has(key));
    EXPECT_EQ(object->OptionalInt64(key), std::nullopt);
    EXPECT_EQ(object->OptionalInt(key), std::nullopt);
    EXPECT_EQ(object->OptionalString(key), std::nullopt);
    EXPECT_EQ(object->OptionalBool(key), std::nullopt);
    EXPECT_TRUE(object->OptionalObject(key) && !*object->OptionalObject(key));
    EXPECT_EQ(MessageOf(object->Int64(key)), std::string("JSON field ") + key + " is missing");
    EXPECT_THAT(MessageOf(object->String(key)), HasSubstr("is missing"));
    EXPECT_THAT(MessageOf(object->Bool(key)), HasSubstr("is missing"));
    EXPECT_THAT(MessageOf(object->Object(key)), HasSubstr("is missing"));
    EXPECT_THAT(MessageOf(object->Objects(key)), HasSubstr("is missing"));
    EXPECT_THAT(MessageOf(object->StringMap(key)), HasSubstr("is missing"));
  }
}

TEST(JsonObject, NamesThePathOfAWrongField) {
  const Json json = Parsed(R"({"schemas": [{"fields": [{"id": 1}, {"id": "two"}]}],
    "longs": [1, {}], "map": {"k": 1}, "list": [[]], "texts": [true]})");
  const auto object = JsonObject::Of(json);
  ASSERT_TRUE(object);
  const auto fields = (*object->Objects("schemas"))[0].Objects("fields");
  ASSERT_TRUE(fields);
  EXPECT_EQ(MessageOf((*fields)[1].Int("id")),
            "JSON field schemas[0].fields[1].id must be an integer of 64 bits, but is \"two\"");
  EXPECT_EQ(MessageOf(object->Int64s("longs")),
            "JSON field longs[1] must be an integer of 64 bits, but is an object");
  EXPECT_EQ(MessageOf(object->StringMap("map")), "JSON field map.k must be a string, but is 1");
  EXPECT_EQ(MessageOf(object->Objects("list")),
            "JSON field list[0] must be an object, but is an array");
  EXPECT_EQ(MessageOf(object->Strings("texts")),
            "JSON field texts[0] must be a string, but is true");
  EXPECT_EQ(MessageOf(object->Objects("map")), "JSON field map must be an array, but is an object");
  EXPECT_EQ(MessageOf(JsonObject::Of(Json(1))), "JSON document must be an object, but is 1");
}

TEST(ToJsonText, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(ToJsonText(Json("a\xff")), "\"a\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace eider::codec
