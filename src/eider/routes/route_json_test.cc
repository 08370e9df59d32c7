// The JSON form of a route, and its schema as others read it.
#include "eider/routes/route_json.h"

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/codec/json.h"
#include "eider/routes/attribute_types.h"
#include "eider/routes/route_schema.h"
#include "eider/routes/testing/every_attribute.h"

namespace eider::routes {
namespace {

using codec::Json;

TEST(RouteJson, HasWhatIsSet) {
  EXPECT_EQ(ToJson({.partition_key = "k", .target_table = {{"a"}, "b"}, .query_sql = "SQL"}),
            Json::parse(R"({"PartitionKey": "k", "target_table": "a.b", "query_sql": "SQL"})"));
  EXPECT_EQ(ToJson(SameAs("k", "other")),
            Json::parse(R"({"PartitionKey": "k", "same_as": "other"})"));
  EXPECT_EQ(ToJson(EveryAttribute("k")), Json::parse(R"json({"PartitionKey": "k",
      "target_table": "bronze.deep.orders",
      "query_sql": "SELECT 'it''s \"ñ\"' AS x\nFROM '{s3_input_path}'\n",
      "transform": "clean \"ñ\"", "then_sql": "SELECT *\nFROM transformed",
      "create_table": true,
      "partition_by": ["day(ts)", "bucket(16, \"a \"\"b\"\".ñ\") as b"],
      "sort_by": ["ts desc nulls first"],
      "table_properties": {"owner": "", "write.parquet.compression-codec": "snappy"},
      "location": "s3://lake/else where/orders",
      "enabled": false,
      "inputs": ["s3://reference/rates/it's*[x] ñ.csv", "s3://reference/", "file:///data/ref/",
                 "ref.customers"],
      "types": {"amount": "DECIMAL(12,2)", "day of ñ.x": "DATE '%d/%m/%Y'"},
      "encoding": "windows-1252", "on_bad_rows": "reject", "reject_max": "0.5%",
      "schema": "evolve", "rescue": "left \"over\" ñ", "lineage": true,
      "engine": {"memory_limit": "512MiB", "threads": 3, "timeout_ms": 60001, "group_files": 7},
      "commit": {"lag_ms": 0}, "after_load": "move s3://archive/in/ñ x/", "after_failure": "tag",
      "priority": -7,
      "description": "first line: \"quoted\"\nsecond # line", "owner": "ada <ada@example.com>",
      "updated_at": "2026-11-24T12:00:00Z", "version": 9007199254740993})json"));
}

TEST(RouteJson, ReadsBackAsTheSameRoute) {
  for (const Route& route : {EveryAttribute("k*"), SameAs("*", "k")}) {
    const DecodedRoute decoded = FromJson(*codec::ParseJson(codec::ToJsonText(ToJson(route))));
    ASSERT_TRUE(decoded.route);
    EXPECT_EQ(*decoded.route, route);
  }
}

TEST(RouteJson, WhatIsNoObjectIsAProblem) {
  for (const char* text : {"null", "5", "\"k\"", "[]"}) {
    const DecodedRoute decoded = FromJson(Json::parse(text));
    EXPECT_FALSE(decoded.route) << text;
    EXPECT_EQ(decoded.problems.size(), 1U) << text;
  }
}

TEST(RouteSchema, AcceptsWhatWeWrite) {
  const RouteSchema schema;
  for (const Route& route : {EveryAttribute("k*"), SameAs("*", "k")}) {
    EXPECT_TRUE(schema.Check(ToJson(route)).empty());
  }
}

TEST(RouteSchema, KnowsEveryAttributeAndNoOther) {
  const Json properties = Json::parse(RouteSchemaText())["properties"];
  EXPECT_EQ(properties.size(), kAttributes.size());
  for (const std::string_view name : kAttributes) EXPECT_TRUE(properties.contains(name)) << name;
  EXPECT_EQ(properties["engine"]["properties"].size(), kEngineAttributes.size());
  EXPECT_EQ(properties["commit"]["properties"].size(), kCommitAttributes.size());
}

TEST(RouteSchema, SaysWhatIsMissingAndWhatIsTooMuch) {
  const RouteSchema schema;
  const auto paths = [&](const char* text) {
    std::vector<std::string> found;
    for (const AttributeProblem& problem : schema.Check(Json::parse(text))) {
      found.push_back(problem.path);
    }
    return found;
  };
  EXPECT_THAT(paths("{}"),
              ::testing::UnorderedElementsAre("PartitionKey", "target_table", "query_sql"));
  EXPECT_THAT(paths(R"({"PartitionKey": "k", "same_as": "a", "query_sql": "x"})"),
              ::testing::ElementsAre("query_sql"));
  EXPECT_THAT(paths(R"({"PartitionKey": "k", "same_as": "a", "engine": {"thread": 1}})"),
              ::testing::ElementsAre("engine.thread"));
}

TEST(RouteSchema, ChecksTextThatIsNotUtf8) {
  Json item = ToJson(EveryAttribute("k"));
  item["owner"] = "\xff\x80\x80\x80\x80\x80\x80\x80\x80";
  EXPECT_TRUE(RouteSchema().Check(item).empty());
}

TEST(RouteSchema, StandsInTheDocumentationAsItIs) {
  std::ostringstream page;
  page << std::ifstream(EIDER_SOURCE_DIR "/docs/route.schema.json").rdbuf();
  EXPECT_EQ(page.str(), RouteSchemaText());
}

}  // namespace
}  // namespace eider::routes
