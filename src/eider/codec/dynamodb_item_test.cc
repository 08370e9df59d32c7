// Attribute values as DynamoDB's API Reference shows them, and items that are broken.
#include "eider/codec/dynamodb_item.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eider::codec {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Kind = AttributeValue::Kind;

// The examples of the page "AttributeValue".
constexpr const char* kDocumented = R"({
  "b": {"B": "dGhpcyB0ZXh0IGlzIGJhc2U2NC1lbmNvZGVk"},
  "bool": {"BOOL": true},
  "bs": {"BS": ["U3Vubnk=", "UmFpbnk=", "U25vd3k="]},
  "l": {"L": [{"S": "Cookies"}, {"S": "Coffee"}, {"N": "3.14159"}]},
  "m": {"M": {"Name": {"S": "Joe"}, "Age": {"N": "35"}}},
  "n": {"N": "123.45"},
  "ns": {"NS": ["42.2", "-19", "7.5", "3.14"]},
  "null": {"NULL": true},
  "s": {"S": "Hello"},
  "ss": {"SS": ["Giraffe", "Hippo", "Zebra"]}
})";

Item Parsed(const char* text) {
  auto item = ParseItem(*ParseJson(text));
  EXPECT_TRUE(item) << item.error().message;
  return item ? *std::move(item) : Item{};
}

TEST(DynamoDbItem, ReadsTheDocumentedExamples) {
  const Item item = Parsed(kDocumented);
  EXPECT_EQ(item.at("b"), AttributeValue::Binary("this text is base64-encoded"));
  EXPECT_EQ(item.at("bool"), AttributeValue::Boolean(true));
  EXPECT_THAT(item.at("bs").set, ElementsAre("Sunny", "Rainy", "Snowy"));
  ASSERT_EQ(item.at("l").list.size(), 3U);
  EXPECT_EQ(item.at("l").list[1], AttributeValue::String("Coffee"));
  EXPECT_EQ(item.at("l").list[2].text, "3.14159");
  EXPECT_EQ(item.at("m").map.at("Name"), AttributeValue::String("Joe"));
  EXPECT_EQ(item.at("m").map.at("Age"), AttributeValue::Number(35));
  EXPECT_EQ(item.at("n").kind, Kind::kNumber);
  EXPECT_EQ(item.at("n").text, "123.45");
  EXPECT_THAT(item.at("ns").set, ElementsAre("42.2", "-19", "7.5", "3.14"));
  EXPECT_EQ(item.at("null").kind, Kind::kNull);
  EXPECT_EQ(item.at("s"), AttributeValue::String("Hello"));
  EXPECT_THAT(item.at("ss").set, ElementsAre("Giraffe", "Hippo", "Zebra"));
}

TEST(DynamoDbItem, WritesWhatItRead) {
  EXPECT_EQ(ItemJson(Parsed(kDocumented)), *ParseJson(kDocumented));
  EXPECT_EQ(ItemJson({}), Json::object());
}

// RFC 4648, section 10.
TEST(DynamoDbItem, BinaryIsBase64) {
  for (const auto& [bytes, text] : std::vector<std::pair<std::string, std::string>>{
           {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}}) {
    EXPECT_EQ(ItemJson({{"b", AttributeValue::Binary(bytes)}}), (Json{{"b", {{"B", text}}}}));
    EXPECT_EQ(ParseItem(Json{{"b", {{"B", text}}}})->at("b").text, bytes);
  }
}

TEST(DynamoDbItem, BytesThatAreNoTextAreBinary) {
  EXPECT_EQ(AttributeValue::StringOrBinary("\xf0\x9f\xa6\x86").kind, Kind::kString);
  EXPECT_EQ(AttributeValue::StringOrBinary("\xff\xfe").kind, Kind::kBinary);
  const Item item = {{"key", AttributeValue::StringOrBinary("a\xff")}};
  EXPECT_EQ(*ItemReader(*ParseItem(ItemJson(item))).String("key"), "a\xff");
}

TEST(DynamoDbItem, BrokenItemsNameTheAttribute) {
  for (const auto& [text, what] : std::vector<std::pair<const char*, const char*>>{
           {R"({"a": {"X": "1"}})", "attribute a is of a kind that is not known: 'X'"},
           {R"({"a": {}})", "attribute a is not an object of one field"},
           {R"({"a": {"S": "x", "N": "1"}})", "attribute a is not an object of one field"},
           {R"({"a": "text"})", "attribute a is not an object of one field"},
           {R"({"a": {"S": 1}})", "attribute a has a number where DynamoDB writes a string"},
           {R"({"a": {"BOOL": "true"}})", "attribute a must be true or false"},
           {R"({"a": {"B": "###="}})", "attribute a is binary, but its value is not Base64"},
           {R"({"a": {"M": {"b": {"L": [{"N": "1"}, {"Q": 1}]}}}})", "attribute a.b[1] is of a"},
           {R"({"a": {"SS": ["x", 2]}})", "attribute a[1] has a number"},
           {R"({"a": {"L": {}}})", "attribute a is a list, but its value is no array"},
           {R"({"a": {"M": []}})", "attribute a is a map, but its value is no object"},
           {"[]", "an item must be an object, not of type array"}}) {
    const auto item = ParseItem(*ParseJson(text));
    ASSERT_FALSE(item) << text;
    EXPECT_EQ(item.error().code, Code::kCorrupt);
    EXPECT_THAT(item.error().message, HasSubstr(what));
  }
}

TEST(DynamoDbItem, ReaderTellsWhatIsWrong) {
  const Item item = Parsed(R"({"s": {"S": "x"}, "n": {"N": "-9223372036854775808"},
                               "f": {"N": "1.5"}, "null": {"NULL": true}})");
  const ItemReader reader(item);
  EXPECT_EQ(*reader.String("s"), "x");
  EXPECT_EQ(*reader.StringOrEmpty("s"), "x");
  EXPECT_EQ(*reader.StringOrEmpty("nowhere"), "");
  EXPECT_EQ(reader.StringOrEmpty("n").error().code, Code::kCorrupt);
  EXPECT_EQ(*reader.Int64("n"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(*reader.OptionalInt64("null"), std::nullopt);
  EXPECT_EQ(*reader.OptionalInt64("nowhere"), std::nullopt);
  EXPECT_EQ(reader.String("nowhere").error().message, "attribute nowhere is missing");
  EXPECT_EQ(reader.Int64("null").error().message, "attribute null is missing");
  EXPECT_EQ(reader.String("n").error().message, "attribute n must be a string, not a number");
  EXPECT_EQ(reader.Int64("s").error().message, "attribute s must be a number, not a string");
  EXPECT_EQ(reader.OptionalInt64("f").error().message,
            "attribute f must be an integer of 64 bits, not 1.5");
}

}  // namespace
}  // namespace eider::codec
