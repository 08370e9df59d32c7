// Every kind of strategy on every kind of file, and what is told about those written wrongly.
#include "eider/routing/strategy.h"

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/routing/file_facts.h"
#include "eider/routing/testing/memory_file_facts.h"

namespace eider::routing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr int kValuesMax = 100;

MemoryFileFacts Facts(std::string_view uri) {
  MemoryFileFacts facts(uri);
  facts.object_metadata = {{"route", "meta"}, {"empty", ""}};
  facts.object_tags = {{"team", "tag a"}};
  facts.parquet_metadata = {{"source", "footer"}, {"größe", "ñ"}};
  facts.columns = {{"country", {"de", "fr", std::nullopt}},
                   {"a.b", {"leaf"}},
                   {"blank", {"", "x", std::nullopt}},
                   {"none", {}}};
  return facts;
}

TEST(Strategy, GivesTheKeyOfAFile) {
  struct Case {
    std::string strategy;
    std::string uri;
    std::string key;  // empty: none
  };

  const std::string orders = "s3://src-a/orders/2024/05/x.parquet";
  for (const auto& [strategy, uri, key] : std::vector<Case>{
           {"bucket", orders, "src-a"},
           {"bucket", "file:///data/x.parquet", ""},

           {"folder", orders, "orders"},
           {"folder:0", orders, "orders"},
           {"folder:1", orders, "2024"},
           {"folder:2", orders, "05"},
           {"folder:3", orders, ""},  // the object's own name
           {"folder:0-1", orders, "orders/2024"},
           {"folder:1-2", orders, "2024/05"},
           {"folder:0-2", orders, "orders/2024/05"},
           {"folder:2-3", orders, ""},
           {"folder:1-1", orders, "2024"},
           {"folder", "s3://src-a/x.parquet", ""},
           {"folder", "s3://src-a//x.parquet", ""},
           {"folder:1", "s3://src-a//b/x.parquet", "b"},
           {"folder:0-1", "s3://src-a//b/x.parquet", ""},
           {"folder:0-1", "s3://src-a/a//x.parquet", ""},
           {"folder", "s3://src-a/it's a *ñ*/x", "it's a *ñ*"},
           {"folder", "file:///data/in/x.parquet", "data"},
           {"folder:0-1", "file:///data/in/x.parquet", "data/in"},

           {"bucket/folder", orders, "src-a/orders"},
           {"bucket/folder:1", orders, "src-a/2024"},
           {"bucket/folder:0-1", orders, "src-a/orders/2024"},
           {"bucket/folder", "s3://src-a/x.parquet", ""},
           {"bucket/folder", "file:///data/x.parquet", ""},

           {R"(key-regex:^(?P<key>[a-z]+)/\d+/)", orders, "orders"},
           {R"(key-regex:^(?P<key>[a-z]+)/\d+/)", "s3://src-a/Orders/2024/x", ""},
           {R"(key-regex:/(?P<key>\d{4})/)", orders, "2024"},  // searched, not matched as a whole
           {R"(key-regex:(a|o)(r)d(?P<key>er))", orders, "er"},
           {R"(key-regex:^(?P<key>.*)\.parquet$)", orders, "orders/2024/05/x"},
           {R"(key-regex:^orders(?P<key>/nothing)?)", orders, ""},
           {R"(key-regex:(?P<key>))", orders, ""},
           {R"(key-regex:(?i)(?P<key>ORDERS))", orders, "orders"},
           {R"(key-regex:(?P<key>gr..e))", "s3://src-a/größe/x", "größe"},
           {R"(key-regex:^(?P<key>\w+)/)", "file:///data/in/x.parquet", "data"},

           {"object-metadata:route", orders, "meta"},
           {"object-metadata:empty", orders, ""},
           {"object-metadata:other", orders, ""},
           {"object-tag:team", orders, "tag a"},
           {"object-tag:Team", orders, ""},
           {"parquet-metadata:source", orders, "footer"},
           {"parquet-metadata:größe", orders, "ñ"},
           {"parquet-metadata:other", orders, ""},
       }) {
    const auto parsed = Strategy::Parse(strategy);
    ASSERT_TRUE(parsed) << strategy << ": " << parsed.error().message;
    MemoryFileFacts facts = Facts(uri);
    const auto keys = parsed->KeysOf(facts, kValuesMax);
    ASSERT_TRUE(keys) << strategy << " of " << uri << ": " << keys.error().message;
    const std::vector<ColumnValue> expected =
        key.empty() ? std::vector<ColumnValue>() : std::vector<ColumnValue>{key};
    EXPECT_EQ(*keys, expected) << strategy << " of " << uri;
    EXPECT_EQ(parsed->column(), "");
  }
}

TEST(Strategy, GivesTheValuesOfAColumn) {
  MemoryFileFacts facts = Facts("s3://src-a/x.parquet");
  const auto values = [&](std::string_view strategy) {
    return Strategy::Parse(strategy)->KeysOf(facts, kValuesMax).value();
  };
  EXPECT_THAT(values("column:country"), ElementsAre("de", "fr", std::nullopt));
  EXPECT_THAT(values("column:a.b"), ElementsAre("leaf"));
  EXPECT_THAT(values("column:blank"), ElementsAre("", "x", std::nullopt));
  EXPECT_THAT(values("column:none"), IsEmpty());
  EXPECT_EQ(Strategy::Parse("column:a.b")->column(), "a.b");
}

TEST(Strategy, AsksTheFileForNothingButItsOwnFact) {
  for (const std::string strategy : {"bucket", "folder", "bucket/folder", "key-regex:(?P<key>x)"}) {
    MemoryFileFacts facts = Facts("s3://src-a/orders/x.parquet");
    ASSERT_TRUE(Strategy::Parse(strategy)->KeysOf(facts, kValuesMax));
    EXPECT_THAT(facts.asked, IsEmpty()) << strategy;
  }
  for (const std::string strategy :
       {"object-metadata:route", "object-tag:team", "parquet-metadata:source", "column:country"}) {
    MemoryFileFacts facts = Facts("s3://src-a/orders/x.parquet");
    ASSERT_TRUE(Strategy::Parse(strategy)->KeysOf(facts, kValuesMax));
    EXPECT_THAT(facts.asked, ElementsAre(Pair(strategy, 1)));
  }
}

TEST(Strategy, ReadsBackWhatItPrints) {
  for (const std::string text :
       {"bucket", "folder", "folder:3", "folder:0-1", "bucket/folder", "bucket/folder:1",
        "bucket/folder:1-4", "key-regex:^(?P<key>[a-z]+)/\\d+/", "key-regex:a:b(?P<key>,)",
        "object-metadata:route", "object-tag:a:b c", "parquet-metadata:größe", "column:a.b"}) {
    const auto parsed = Strategy::Parse(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().message;
    EXPECT_EQ(parsed->ToString(), text);
  }
  EXPECT_EQ(Strategy::Parse("folder:0")->ToString(), "folder");
  EXPECT_EQ(Strategy::Parse("folder:2-2")->ToString(), "folder:2");
}

TEST(Strategy, UnknownOnesAreToldTheKnownAndTheNearest) {
  for (const auto& [text, nearest] : std::vector<std::pair<std::string, std::string>>{
           {"bukcet", "did you mean 'bucket'?"},
           {"Bucket", "did you mean 'bucket'?"},
           {"folder0", "did you mean 'folder'?"},
           {"bucket-folder", "did you mean 'bucket/folder'?"},
           {"colum:country", "did you mean 'column'?"},
           {"key_regex:(?P<key>x)", "did you mean 'key-regex'?"},
           {"parquet-meta:x", "did you mean 'parquet-metadata'?"},
           {"", "strategy; there are bucket"},
           {"zzzzzzzzzzzz", "strategy; there are bucket"}}) {
    const auto parsed = Strategy::Parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Code::kInvalid);
    EXPECT_THAT(parsed.error().message, HasSubstr("unknown routing strategy"));
    EXPECT_THAT(parsed.error().message, HasSubstr(nearest));
    EXPECT_THAT(parsed.error().message,
                HasSubstr("there are bucket, folder, folder:N, folder:N-M, bucket/folder, "
                          "bucket/folder:N, bucket/folder:N-M, key-regex:PATTERN, "
                          "object-metadata:NAME, object-tag:NAME, parquet-metadata:NAME, "
                          "column:NAME: '" +
                          text + "'"));
  }
}

TEST(Strategy, RefusesBadParametersAndShowsAGoodOne) {
  for (const auto& [text, what, example] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"bucket:src-a", "bucket takes no parameter", "'bucket:src-a'"},
           {"folder:", "folder needs a parameter", "as in folder:0-1"},
           {"folder:-1", "takes a folder's number from 0 to 1000", "as in folder:0-1: '-1'"},
           {"folder:x", "takes a folder's number", "as in folder:0-1: 'x'"},
           {"folder:1x", "takes a folder's number", "'1x'"},
           {"folder:1-", "takes a folder's number", "'1-'"},
           {"folder:2-1", "or a range of them", "'2-1'"},
           {"folder:0-1-2", "or a range of them", "'0-1-2'"},
           {"folder: 1", "takes a folder's number", "' 1'"},
           {"folder:+1", "takes a folder's number", "'+1'"},
           {"folder:99999999999", "takes a folder's number", "'99999999999'"},
           {"bucket/folder:x", "bucket/folder takes a folder's number", "bucket/folder:0-1: 'x'"},
           {"key-regex", "needs a parameter", "as in key-regex:^(?P<key>[a-z]+)/\\d+/"},
           {"key-regex:", "needs a parameter", "as in key-regex:^(?P<key>[a-z]+)/\\d+/"},
           {"object-metadata", "needs a parameter", "as in object-metadata:route"},
           {"object-metadata:", "needs a parameter", "as in object-metadata:route"},
           {"object-tag:", "needs a parameter", "as in object-tag:route"},
           {"parquet-metadata:", "needs a parameter", "as in parquet-metadata:source"},
           {"column:", "needs a parameter", "as in column:country"},
           {"column:.a", "the leaf of a struct", "'.a'"},
           {"column:a.", "the leaf of a struct", "'a.'"},
           {"column:a..b", "the leaf of a struct", "'a..b'"},
           {"column:" + std::string(1'025, 'x'), "at most 1024 bytes", "as in column:country"}}) {
    const auto parsed = Strategy::Parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Code::kInvalid);
    EXPECT_THAT(parsed.error().message, HasSubstr(what)) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr(example)) << text;
  }
}

TEST(Strategy, RefusesBadPatternsAndShowsAGoodOne) {
  for (const auto& [pattern, reason] : std::vector<std::pair<std::string, std::string>>{
           {"(?P<key>a", "missing )"},
           {"(?P<key>a)[b", "missing ]"},
           {"(?P<key>a)(?=b)", "invalid perl operator: (?="},  // looking ahead takes no linear time
           {R"((?P<key>a)\1)", "invalid escape sequence"},
           {"*(?P<key>a)", "no argument for repetition operator"},
           {"(?P<key>a)|(?P<key>b)", "two groups named `key`"},
           {"(?P<key>(((a{100}){100}){100}))", "repetition size"},
           {"(?P<key>\xFF)", "invalid UTF-8"},
           {"[a-z]+", "needs a group named `key`"},
           {"([a-z]+)", "needs a group named `key`"},
           {"(?P<Key>[a-z]+)", "'Key'"},
           {"(?P<key>[a-z]+)/(?P<year>[0-9]+)", "'year'"},
           {std::string(1'025, 'a'), "at most 1024 bytes"}}) {
    const auto parsed = Strategy::Parse("key-regex:" + pattern);
    ASSERT_FALSE(parsed) << pattern;
    EXPECT_EQ(parsed.error().code, Code::kInvalid);
    EXPECT_THAT(parsed.error().message, HasSubstr(reason)) << pattern;
    EXPECT_THAT(parsed.error().message, HasSubstr("as in key-regex:^(?P<key>[a-z]+)/\\d+/"));
    EXPECT_THAT(parsed.error().message, HasSubstr(pattern.substr(0, 100)));
  }
}

TEST(Strategy, PatternThatTakesTooMuchMemoryIsRefused) {
  const auto parsed = Strategy::Parse("key-regex:(?P<key>(\\pL{30}){30})");
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message, HasSubstr("pattern too large"));
}

// Backtracking takes 2^1000 steps for this one.
TEST(Strategy, PatternThatIsExponentialElsewhereComesToAnEnd) {
  const auto strategy = Strategy::Parse("key-regex:^(?P<key>(a+)+)$");
  ASSERT_TRUE(strategy);
  MemoryFileFacts matching("s3://b/" + std::string(1'000, 'a'));
  EXPECT_THAT(strategy->KeysOf(matching, kValuesMax).value(), ElementsAre(std::string(1'000, 'a')));
  MemoryFileFacts other("s3://b/" + std::string(1'000, 'a') + "!");
  EXPECT_THAT(strategy->KeysOf(other, kValuesMax).value(), IsEmpty());
}

TEST(Strategy, KeyThatIsNotUtf8NamesFileStrategyBytesAndTheWayOut) {
  MemoryFileFacts facts(
      "s3://src-a/gr\xF6\xDF"
      "e/x.parquet");
  facts.object_metadata = {{"route", "caf\xE9\n\\"}};
  facts.columns = {{"country", {"de", "\xFF"}}};
  for (const auto& [text, bytes] : std::vector<std::pair<std::string, std::string>>{
           {"object-metadata:route", R"('caf\xE9\x0A\x5C')"},
           {"folder", R"('gr\xF6\xDFe')"},
           {"bucket/folder", R"('src-a/gr\xF6\xDFe')"},
           {R"(key-regex:(?P<key>^\C+?)/)", R"('gr\xF6\xDFe')"},
           {"column:country", R"('\xFF')"}}) {
    const auto strategy = Strategy::Parse(text);
    ASSERT_TRUE(strategy) << text << ": " << strategy.error().message;
    const auto keys = strategy->KeysOf(facts, kValuesMax);
    ASSERT_FALSE(keys) << text;
    EXPECT_EQ(keys.error().code, Code::kInvalid);
    EXPECT_THAT(keys.error().message, HasSubstr(text + " gives a key that is not UTF-8"));
    EXPECT_THAT(keys.error().message, HasSubstr(bytes));
    EXPECT_THAT(keys.error().message, HasSubstr("write it anew as UTF-8, or put a strategy"));
    EXPECT_THAT(keys.error().message, HasSubstr("s3://src-a/gr"));
  }
}

TEST(Strategy, ErrorsOfTheFileComeThrough) {
  MemoryFileFacts facts("s3://src-a/x.parquet");
  facts.columns = {{"id", {"1", "2", "3"}}};
  const auto missing = Strategy::Parse("column:country")->KeysOf(facts, kValuesMax);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "no such column: 'country'");
  EXPECT_FALSE(Strategy::Parse("column:id")->KeysOf(facts, 2));
  EXPECT_TRUE(Strategy::Parse("column:id")->KeysOf(facts, 3));
}

TEST(ParseStrategies, KeepsTheOrderAndStopsAtTheWrongOne) {
  const auto strategies = ParseStrategies(std::vector<std::string>{"folder:1", "bucket"});
  ASSERT_TRUE(strategies);
  ASSERT_EQ(strategies->size(), 2U);
  EXPECT_EQ(strategies->front().ToString(), "folder:1");
  EXPECT_EQ(strategies->back().ToString(), "bucket");
  const auto wrong = ParseStrategies(std::vector<std::string>{"folder:1", "bukcet"});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("'bukcet'"));
}

}  // namespace
}  // namespace eider::routing
