// One reading of a route's attributes, whatever store they come from.
#include "eider/routes/route_attributes.h"

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/codec/json.h"
#include "eider/routes/attribute_types.h"
#include "eider/routes/route_schema.h"

namespace eider::routes {
namespace {

using codec::Json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Json Good() {
  return {{"PartitionKey", "k"}, {"target_table", "a.b"}, {"query_sql", "FROM '{s3_input_path}'"}};
}

Json With(const std::string& name, Json value) {
  Json item = Good();
  item[name] = std::move(value);
  return item;
}

std::vector<std::string> ProblemsOf(const Json& item) {
  std::vector<std::string> messages;
  for (const AttributeProblem& problem : DecodeRoute(item).problems) {
    messages.push_back(problem.message);
  }
  return messages;
}

TEST(RouteAttributes, ThreeOfThemAreARoute) {
  const DecodedRoute decoded = DecodeRoute(Good());
  ASSERT_TRUE(decoded.route);
  EXPECT_EQ(decoded.route->partition_key, "k");
  EXPECT_EQ(decoded.route->target_table.ToString(), "a.b");
  EXPECT_EQ(decoded.route->query_sql, "FROM '{s3_input_path}'");
  EXPECT_FALSE(decoded.route->create_table);
  EXPECT_TRUE(decoded.route->enabled);
  EXPECT_EQ(decoded.route->priority, 0);
  EXPECT_FALSE(decoded.route->commit_lag);
  EXPECT_EQ(decoded.route->engine, EngineLimits{});
  EXPECT_THAT(decoded.route->inputs, IsEmpty());
  EXPECT_THAT(decoded.unknown, IsEmpty());
}

TEST(RouteAttributes, AllOfThemAreRead) {
  Json item = Good();
  item.update(Json::parse(R"({"enabled": false, "create_table": true,
      "inputs": ["s3://ref/rates/", "s3a://ref/x.csv", "file:///data/y.csv", "ref.deep.fx"],
      "engine": {"memory_limit": "512 MiB", "threads": 1024, "timeout_ms": 1},
      "commit": {"lag_ms": 0}, "after_load": "move s3://archive/in/", "after_failure": "tag",
      "priority": -5, "description": "what", "owner": "ada",
      "updated_at": "2026-11-24T12:00:00.5Z", "version": 9007199254740993})"));
  const DecodedRoute decoded = DecodeRoute(item);
  ASSERT_TRUE(decoded.route) << decoded.problems[0].message;
  const Route& route = *decoded.route;
  EXPECT_FALSE(route.enabled);
  EXPECT_TRUE(route.create_table);
  EXPECT_THAT(route.inputs, ElementsAre(RouteInput(Uri{"s3", "ref", "rates/"}),
                                        RouteInput(Uri{"s3", "ref", "x.csv"}),
                                        RouteInput(Uri{"file", "", "/data/y.csv"}),
                                        RouteInput(iceberg::TableName{{"ref", "deep"}, "fx"})));
  EXPECT_EQ(route.engine.memory_limit_bytes, 512U << 20U);
  EXPECT_EQ(route.engine.threads, 1024);
  EXPECT_EQ(route.engine.timeout, Milliseconds(1));
  EXPECT_EQ(route.commit_lag, Milliseconds(0));
  EXPECT_EQ(route.after_load, (AfterLoad{ObjectDeed::kMove, Uri{"s3", "archive", "in/"}}));
  EXPECT_EQ(route.after_failure, AfterLoad{ObjectDeed::kTag});
  EXPECT_EQ(route.priority, -5);
  EXPECT_EQ(route.description, "what");
  EXPECT_EQ(route.owner, "ada");
  EXPECT_EQ(route.updated_at, "2026-11-24T12:00:00.5Z");
  EXPECT_EQ(route.version, 9007199254740993);  // more than a double can hold
}

TEST(RouteAttributes, WhatIsDoneAfterwardsIsOneOfFourDeeds) {
  EXPECT_THAT(ProblemsOf(With("after_load", "archive")),
              ElementsAre(HasSubstr("after_load is tag, delete, move PREFIX or copy PREFIX")));
  EXPECT_THAT(ProblemsOf(With("after_failure", "move")),
              ElementsAre(HasSubstr("after_failure is tag, delete, move PREFIX")));
  EXPECT_THAT(ProblemsOf(With("after_load", true)),
              ElementsAre("after_load must be text such as move s3://archive/orders/, not the "
                          "boolean true"));
}

TEST(RouteAttributes, SameAsStandsForTableAndSql) {
  const DecodedRoute decoded = DecodeRoute({{"PartitionKey", "k"}, {"same_as", "other"}});
  ASSERT_TRUE(decoded.route);
  EXPECT_EQ(decoded.route->same_as, "other");
  EXPECT_THAT(decoded.route->query_sql, IsEmpty());
  EXPECT_THAT(ProblemsOf(With("same_as", "other")),
              ElementsAre("target_table must be absent where same_as gives that of the route "
                          "'other'; remove one of the two",
                          "query_sql must be absent where same_as gives that of the route "
                          "'other'; remove one of the two"));
  EXPECT_THAT(ProblemsOf({{"PartitionKey", "k"}, {"same_as", " "}}),
              ElementsAre("same_as is empty"));
}

TEST(RouteAttributes, BooleansMayBeSpelled) {
  for (const char* name : {"create_table", "enabled"}) {
    for (const auto& [value, expected] : std::vector<std::pair<Json, bool>>{
             {true, true}, {false, false}, {"True", true}, {"false", false}}) {
      const DecodedRoute decoded = DecodeRoute(With(name, value));
      ASSERT_TRUE(decoded.route) << name << value;
      const Route& route = *decoded.route;
      EXPECT_EQ(std::string(name) == "enabled" ? route.enabled : route.create_table, expected);
    }
  }
}

TEST(RouteAttributes, NullIsAbsentWhereAnAttributeMayBe) {
  for (const char* name :
       {"create_table", "enabled", "same_as", "inputs", "types", "partition_by", "sort_by",
        "table_properties", "location", "engine", "commit", "after_load", "after_failure",
        "priority", "description", "owner", "updated_at", "version"}) {
    EXPECT_THAT(ProblemsOf(With(name, nullptr)), IsEmpty()) << name;
    EXPECT_TRUE(DecodeChecked(With(name, nullptr), RouteSchema()).route) << name;
  }
}

TEST(RouteAttributes, UnknownOnesAreNoted) {
  Json item = With("target_tabel", "x");
  item["tags"] = {{"team", "a"}};
  const DecodedRoute decoded = DecodeRoute(item);
  EXPECT_TRUE(decoded.route);
  ASSERT_EQ(decoded.unknown.size(), 2U);
  EXPECT_EQ(decoded.unknown[1].message,
            "unknown attribute 'target_tabel'; did you mean 'target_table'?");
  EXPECT_EQ(decoded.unknown[1].path, "target_tabel");
  EXPECT_THAT(decoded.unknown[0].message, HasSubstr("unknown attribute 'tags'"));
}

TEST(RouteAttributes, UnknownOnesInOurOwnMapsAreMistakes) {
  EXPECT_THAT(ProblemsOf(With("engine", {{"thread", 2}})),
              ElementsAre("unknown attribute 'engine.thread'; did you mean 'threads'?"));
  EXPECT_THAT(ProblemsOf(With("commit", {{"delay", 2}})),
              ElementsAre("unknown attribute 'commit.delay'; known are: lag_ms"));
}

TEST(RouteAttributes, MissingAndEmptyOnesAreTold) {
  EXPECT_THAT(
      ProblemsOf(Json::object()),
      ElementsAre("PartitionKey is missing", "target_table is missing", "query_sql is missing"));
  Json item = With("query_sql", nullptr);
  item["target_table"] = " ";
  EXPECT_THAT(ProblemsOf(item), ElementsAre("target_table is empty", "query_sql is empty"));
  EXPECT_THAT(ProblemsOf(Json::array()), ElementsAre("a route is a map of attributes, not a list"));
}

using Mistake = std::tuple<std::string, Json, std::string>;

// Both readings of types: that of the fast one and that of the schema.
void ExpectMistakes(const std::vector<Mistake>& mistakes) {
  const RouteSchema schema;
  for (const auto& [name, value, message] : mistakes) {
    const Json item = With(name, value);
    EXPECT_THAT(ProblemsOf(item), ElementsAre(message));
    const auto by_schema = schema.Check(item);
    ASSERT_EQ(by_schema.size(), 1U) << item;
    EXPECT_EQ(by_schema[0].message, message);
    EXPECT_EQ(by_schema[0].path, DecodeRoute(item).problems[0].path);
    const DecodedRoute checked = DecodeChecked(item, schema);
    EXPECT_FALSE(checked.route);
    EXPECT_EQ(checked.problems.size(), 1U) << item;
  }
}

TEST(RouteAttributes, MistypedOnesAreToldByTheSchemaInTheSameWords) {
  ExpectMistakes(
      {{"PartitionKey", 7, "PartitionKey must be text, not the number 7"},
       {"target_table", 7, "target_table must be text, not the number 7"},
       {"query_sql", Json::array(), "query_sql must be text, not a list"},
       {"create_table", "maybe", "create_table must be true or false, not the text 'maybe'"},
       {"enabled", 1, "enabled must be true or false, not the number 1"},
       {"inputs", "s3://a/b", "inputs must be a list of at most 32 texts, not the text 's3://a/b'"},
       {"inputs", {"s3://a/b", 5}, "inputs[1] must be text, not the number 5"},
       {"types", "x",
        "types must be a map of at most 1000 columns and their types, not the text 'x'"},
       {"types", {{"a.b", 5}}, "types.a.b must be text such as DECIMAL(12,2), not the number 5"},
       {"types", {{"a", nullptr}}, "types.a must be text such as DECIMAL(12,2), not null"},
       {"encoding", 5, "encoding must be text such as windows-1252, not the number 5"},
       {"engine", "fast",
        "engine must be a map of memory_limit, threads, timeout_ms and group_files, not "
        "the text 'fast'"},
       {"engine",
        {{"memory_limit", 512}},
        "engine.memory_limit must be text such as 512MiB, not the number 512"},
       {"engine",
        {{"threads", "two"}},
        "engine.threads must be a whole number from 1 to 1024, not the text 'two'"},
       {"engine",
        {{"threads", 0}},
        "engine.threads must be a whole number from 1 to 1024, not the number 0"},
       {"engine",
        {{"threads", 1025}},
        "engine.threads must be a whole number from 1 to 1024, not the number 1025"},
       {"engine",
        {{"timeout_ms", 0}},
        "engine.timeout_ms must be a whole number from 1 to 604800000, not the number 0"},
       {"commit", true, "commit must be a map of lag_ms, not the boolean true"},
       {"commit",
        {{"lag_ms", -1}},
        "commit.lag_ms must be a whole number from 0 to 604800000, not the number -1"},
       {"priority", 1.5, "priority must be a whole number of 64 bits, not the number 1.5"},
       {"description", {{"a", 1}}, "description must be text, not a map"},
       {"owner", Json::binary({1}), "owner must be text, not binary"},
       {"updated_at", 5, "updated_at must be text such as 2026-11-24T12:00:00Z, not the number 5"},
       {"version", -1, "version must be a whole number of 64 bits, from 0, not the number -1"}});
  EXPECT_THAT(ProblemsOf({{"PartitionKey", "k"}, {"same_as", 5}}),
              ElementsAre("same_as must be text, not the number 5"));
}

TEST(RouteAttributes, MistypedLayoutsAreToldByTheSchemaInTheSameWords) {
  ExpectMistakes(
      {{"partition_by", "day(ts)",
        "partition_by must be a list of at most 32 texts such as day(ts), not the text "
        "'day(ts)'"},
       {"partition_by",
        {"ts", 5},
        "partition_by[1] must be text such as day(ts), not the number 5"},
       {"sort_by", Json::array({true}),
        "sort_by[0] must be text such as ts desc, not the boolean true"},
       {"table_properties", "x",
        "table_properties must be a map of at most 1000 properties of a table, not the text "
        "'x'"},
       {"table_properties", {{"a.b", 5}}, "table_properties.a.b must be text, not the number 5"},
       {"location", 5, "location must be text such as s3://bucket/folder, not the number 5"}});
}

TEST(RouteAttributes, EncodingsAreThoseOfTheSystem) {
  for (const char* name : {"windows-1252", "latin-1", "Shift_JIS", "utf-8", "utf-16"}) {
    EXPECT_THAT(ProblemsOf(With("encoding", name)), IsEmpty()) << name;
  }
  EXPECT_THAT(
      ProblemsOf(With("encoding", "windows-12")),
      ElementsAre(HasSubstr("encoding: 'windows-12' is no encoding that this system knows")));
}

TEST(RouteAttributes, TypesAreTypesOfColumnsNamedOnce) {
  const DecodedRoute decoded =
      DecodeRoute(With("types", {{"a", "int"}, {"B.c", "DATE '%d/%m/%Y'"}}));
  ASSERT_TRUE(decoded.route);
  EXPECT_EQ(decoded.route->types,
            (std::map<std::string, std::string>{{"a", "int"}, {"B.c", "DATE '%d/%m/%Y'"}}));
  EXPECT_THAT(ProblemsOf(With("types", {{"a", "MONEY"}})),
              ElementsAre(HasSubstr("types.a: 'MONEY' is no type; types are BOOLEAN")));
  EXPECT_THAT(ProblemsOf(With("types", {{"a", "DATE '%H:%M'"}})),
              ElementsAre(HasSubstr("types.a: the format '%H:%M' says no whole date")));
  EXPECT_THAT(ProblemsOf(With("types", {{"Id", "int"}, {"id", "int"}})),
              ElementsAre(HasSubstr("types.id names the column of types.Id again")));
  Json many = Json::object();
  for (std::size_t i = 0; i <= kTypesMax; ++i) many["c" + std::to_string(i)] = "int";
  EXPECT_THAT(ProblemsOf(With("types", many)), ElementsAre(HasSubstr("1001 columns")));
}

TEST(RouteAttributes, LayoutsAreReadAndTheirMistakesTold) {
  Json item = With("partition_by", {"days(ts)", "bucket(16, id) as b"});
  item["location"] = "s3a://lake/here/";
  const DecodedRoute decoded = DecodeRoute(item);
  ASSERT_TRUE(decoded.route);
  EXPECT_EQ(ToString(decoded.route->layout.partition_by[0]), "day(ts)");
  EXPECT_EQ(ToString(decoded.route->layout.partition_by[1]), "bucket(16, id) as b");
  EXPECT_EQ(decoded.route->layout.location, (Uri{"s3", "lake", "here"}));
  EXPECT_THAT(ProblemsOf(With("partition_by", {"ts", "zorder(a, b)"})),
              ElementsAre(HasSubstr("partition_by[1]: `zorder(a, b)`: there is no transform")));
  EXPECT_THAT(ProblemsOf(With("sort_by", {"ts down"})),
              ElementsAre(HasSubstr("sort_by[0]: `ts down`: `down` is not expected there")));
  EXPECT_THAT(ProblemsOf(With("location", "https://lake/here")),
              ElementsAre(HasSubstr("location: ")));
  EXPECT_THAT(ProblemsOf(With("location", "s3://lake/")),
              ElementsAre(HasSubstr("location must name a folder for the table")));
  EXPECT_THAT(ProblemsOf(With("table_properties", {{"format-version", "1"}})),
              ElementsAre("table_properties.format-version: tables are made in format version 2 or "
                          "3, not '1'"));
  const std::vector<std::string> many(kTermsMax + 1, "ts");
  EXPECT_THAT(ProblemsOf(With("sort_by", many)),
              ElementsAre("sort_by has 33 entries, and at most 32 are read"));
}

TEST(RouteAttributes, TextsThatMeanNothingAreTold) {
  EXPECT_THAT(ProblemsOf(With("target_table", "no namespace")),
              ElementsAre(HasSubstr("target_table: not a table name")));
  EXPECT_THAT(ProblemsOf(With("query_sql", "SELECT 1")),
              ElementsAre(HasSubstr("query_sql does not hold the marker {s3_input_path}")));
  EXPECT_THAT(ProblemsOf(With("engine", {{"memory_limit", "much"}})),
              ElementsAre(HasSubstr("engine.memory_limit: not a size")));
  EXPECT_THAT(ProblemsOf(With("engine", {{"memory_limit", "0 MiB"}})),
              ElementsAre("engine.memory_limit must be more than 0: '0 MiB'"));
  for (const char* time : {"yesterday", "2026-11-24", "2026-13-24T12:00:00Z",
                           "2026-11-24T12:00:00+01:00", "2026-11-24 12:00:00Z"}) {
    EXPECT_THAT(ProblemsOf(With("updated_at", time)),
                ElementsAre(HasSubstr("updated_at must be a time in UTC")));
  }
}

TEST(RouteAttributes, InputsAreUrisOrTables) {
  for (const char* input : {"https://host/x", "s3://", "file:relative", "/bare/path", "word", ""}) {
    EXPECT_THAT(ProblemsOf(With("inputs", {"ref.fx", input})),
                ElementsAre(AllOf(HasSubstr("inputs[1] "), HasSubstr(input))))
        << input;
  }
  Json many = Json::array();
  for (int i = 0; i < 33; ++i) many.push_back("ref.fx");
  EXPECT_THAT(ProblemsOf(With("inputs", many)),
              ElementsAre(HasSubstr("inputs has 33 entries, and at most 32 are read")));
  many.erase(0);
  EXPECT_THAT(ProblemsOf(With("inputs", many)), IsEmpty());
}

TEST(RouteAttributes, ErrorOfOneRouteNamesKeyPlaceAndReasons) {
  Json item = Good();
  item.erase("target_table");
  const auto route = RouteOf(item, "routing table t in eu-west-1");
  ASSERT_FALSE(route);
  EXPECT_EQ(route.error().code, Code::kInvalid);
  EXPECT_EQ(route.error().message,
            "the route 'k' is wrong: routing table t in eu-west-1: target_table is missing");
}

}  // namespace
}  // namespace eider::routes
