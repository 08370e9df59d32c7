// What is exported reads back as the same routes, whatever characters their SQL holds.
#include "eider/routes/route_yaml.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/routes/route_store.h"
#include "eider/routes/testing/every_attribute.h"
#include "eider/routes/yaml_route_store.h"

namespace eider::routes {
namespace {

using ::testing::IsEmpty;

TEST(RouteYaml, KeepsSqlReadable) {
  const std::vector<Route> routes = {
      {"src-a", {{"bronze"}, "orders"}, "SELECT id\n\nFROM '{s3_input_path}'\n", true},
      {"src-b", {{"a", "b"}, "t"}, "SELECT \"x\" FROM '{s3_input_path}'", false}};
  EXPECT_EQ(ToYaml(routes), R"(routes:
  - PartitionKey: "src-a"
    target_table: "bronze.orders"
    query_sql: |
      SELECT id

      FROM '{s3_input_path}'
    create_table: true
  - PartitionKey: "src-b"
    target_table: "a.b.t"
    query_sql: "SELECT \"x\" FROM '{s3_input_path}'"
)");
}

TEST(RouteYaml, WritesEveryAttribute) {
  const std::vector<Route> routes = {EveryAttribute("k*"), SameAs("z", "k*")};
  EXPECT_EQ(ToYaml(routes), R"yaml(routes:
  - PartitionKey: "k*"
    target_table: "bronze.deep.orders"
    query_sql: "SELECT 'it''s \"ñ\"' AS x\nFROM '{s3_input_path}'\n"
    transform: "clean \"ñ\""
    then_sql: |-
      SELECT *
      FROM transformed
    create_table: true
    partition_by:
      - "day(ts)"
      - "bucket(16, \"a \"\"b\"\".ñ\") as b"
    sort_by:
      - "ts desc nulls first"
    table_properties:
      "owner": ""
      "write.parquet.compression-codec": "snappy"
    location: "s3://lake/else where/orders"
    enabled: false
    inputs:
      - "s3://reference/rates/it's*[x] ñ.csv"
      - "s3://reference/"
      - "file:///data/ref/"
      - "ref.customers"
    types:
      "amount": "DECIMAL(12,2)"
      "day of ñ.x": "DATE '%d/%m/%Y'"
    encoding: "windows-1252"
    on_bad_rows: "reject"
    reject_max: "0.5%"
    schema: "evolve"
    rescue: "left \"over\" ñ"
    lineage: true
    engine:
      group_files: 7
      memory_limit: "512MiB"
      threads: 3
      timeout_ms: 60001
    commit:
      lag_ms: 0
    after_load: "move s3://archive/in/ñ x/"
    after_failure: "tag"
    priority: -7
    description: |-
      first line: "quoted"
      second # line
    owner: "ada <ada@example.com>"
    updated_at: "2026-11-24T12:00:00Z"
    version: 9007199254740993
  - PartitionKey: "z"
    same_as: "k*"
)yaml");
  const auto store = ParseYamlRoutes(ToYaml(routes), "routes.yaml");
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ((*store)->List()->routes, routes);
}

TEST(RouteYaml, NoRoutesAreAnEmptyList) {
  const auto store = ParseYamlRoutes(ToYaml({}), "routes.yaml");
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_THAT((*store)->List()->routes, IsEmpty());
}

TEST(RouteYaml, ReadsBackAsTheSameRoutes) {
  const std::string marker = "'{s3_input_path}'";
  for (const std::string& sql : std::vector<std::string>{
           marker,
           marker + "\n",
           marker + "\n\n",
           "\n" + marker,
           " SELECT\n" + marker,
           "SELECT\n  " + marker + "\n ",
           "SELECT\n   \n" + marker,
           "SELECT\n\n\n" + marker + "\n",
           "SELECT\t1\n\t" + marker,
           "SELECT 1 -- # no comment: \\ \"quoted\" /\nFROM " + marker,
           "SELECT 'ñ 🦆 \xe2\x80\xa8'\nFROM " + marker,
           "SELECT '\x01\x7f'\r\nFROM " + marker,
           "- a\n- " + marker,
           "%YAML\n---\n...\n" + marker,
       }) {
    for (const std::string key : {"k", "2024", "yes", "it's: \"#\" *ñ", "{a}", "\x1f"}) {
      const std::vector<Route> routes = {{key, {{"bronze"}, "t"}, sql, false}};
      const auto store = ParseYamlRoutes(ToYaml(routes), "routes.yaml");
      ASSERT_TRUE(store) << ToYaml(routes) << store.error().message;
      const auto listing = (*store)->List();
      ASSERT_THAT(listing->problems, IsEmpty()) << ToYaml(routes);
      ASSERT_EQ(listing->routes.size(), 1U);
      EXPECT_EQ(listing->routes[0].partition_key, key) << ToYaml(routes);
      EXPECT_EQ(listing->routes[0].query_sql, sql) << ToYaml(routes);
    }
  }
}

}  // namespace
}  // namespace eider::routes
