// Routes as people write them, and what they are told about mistakes.
#include "eider/routes/yaml_route_store.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/routes/route_store.h"

namespace eider::routes {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kGood = R"(routes:
  - PartitionKey: src-b
    target_table: silver.deep.items
    query_sql: |
      SELECT *
      FROM '{s3_input_path}'
  - PartitionKey: src-a
    target_table: bronze.orders
    query_sql: SELECT * FROM read_parquet('{s3_input_path}') WHERE id % 10 <> 3
    create_table: true
)";

RouteListing ListingOf(std::string_view text) {
  const auto store = ParseYamlRoutes(text, "routes.yaml");
  EXPECT_TRUE(store) << store.error().message;
  return store ? *(*store)->List() : RouteListing{};
}

// "location: message" of every problem of a file with this one route.
std::vector<std::string> ProblemsOf(const std::string& route) {
  std::vector<std::string> lines;
  for (const RouteProblem& problem : ListingOf("routes:\n" + route).problems) {
    lines.push_back(problem.location + ": " + problem.message);
  }
  return lines;
}

TEST(YamlRouteStore, ReadsRoutesSortedByKey) {
  const RouteListing listing = ListingOf(kGood);
  EXPECT_THAT(listing.problems, IsEmpty());
  ASSERT_EQ(listing.routes.size(), 2U);
  EXPECT_EQ(listing.routes[0].partition_key, "src-a");
  EXPECT_EQ(listing.routes[0].target_table.ToString(), "bronze.orders");
  EXPECT_EQ(listing.routes[0].query_sql,
            "SELECT * FROM read_parquet('{s3_input_path}') WHERE id % 10 <> 3");
  EXPECT_TRUE(listing.routes[0].create_table);
  EXPECT_EQ(listing.routes[1].target_table.ToString(), "silver.deep.items");
  EXPECT_EQ(listing.routes[1].query_sql, "SELECT *\nFROM '{s3_input_path}'\n");
  EXPECT_FALSE(listing.routes[1].create_table);
}

TEST(YamlRouteStore, NumbersAndWordsAreKeysAsTheyStand) {
  const auto store = ParseYamlRoutes(
      "routes:\n"
      "- {PartitionKey: 2024, target_table: a.b, query_sql: \"'{s3_input_path}'\"}\n"
      "- {PartitionKey: yes, target_table: a.b, query_sql: \"'{s3_input_path}'\"}\n",
      "r.yaml");
  ASSERT_TRUE(store);
  EXPECT_TRUE((*store)->Find("2024")->has_value());
  EXPECT_TRUE((*store)->Find("yes")->has_value());
}

TEST(YamlRouteStore, TellsEveryProblemOfARouteWithItsLine) {
  EXPECT_THAT(
      ProblemsOf("- PartitionKey: k\n"
                 "  target_tabel: a.b\n"
                 "  query_sql: SELECT 1\n"
                 "  create_table: maybe\n"),
      ElementsAre("routes.yaml:3: unknown attribute 'target_tabel'; did you mean "
                  "'target_table'?",
                  "routes.yaml:2: target_table is missing",
                  HasSubstr("routes.yaml:4: query_sql does not hold the marker "
                            "{s3_input_path}"),
                  "routes.yaml:5: create_table must be true or false, not the text 'maybe'"));
  EXPECT_THAT(ProblemsOf("- {}\n"), ElementsAre("routes.yaml:2: PartitionKey is missing",
                                                "routes.yaml:2: target_table is missing",
                                                "routes.yaml:2: query_sql is missing"));
  EXPECT_THAT(ProblemsOf("- PartitionKey: [a]\n  target_table: {a: b}\n  query_sql:\n"),
              ElementsAre("routes.yaml:2: PartitionKey must be text, not a list",
                          "routes.yaml:3: target_table must be text, not a map",
                          "routes.yaml:4: query_sql is empty"));
  EXPECT_THAT(ProblemsOf("- PartitionKey: k\n"
                         "  target_table: ../etc\n"
                         "  target_table: a.b\n"
                         "  query_sql: \"'{s3_input_path}'\"\n"
                         "  create_table: [true]\n"),
              ElementsAre("routes.yaml:4: target_table is named twice",
                          HasSubstr("routes.yaml:3: target_table: not a table name"),
                          "routes.yaml:6: create_table must be true or false, not a list"));
  EXPECT_THAT(ProblemsOf("- just text\n"),
              ElementsAre("routes.yaml:2: a route is a map of attributes, not a value"));
}

TEST(YamlRouteStore, ReadsNestedAttributesAndNumbers) {
  const RouteListing listing = ListingOf(R"(routes:
  - PartitionKey: 2024
    same_as: yes
    priority: -3
    version: 12
    owner: 7
    inputs:
      - s3://reference/rates/
      - ref.customers
    engine: {memory_limit: 1073741824, threads: 2, timeout_ms: "100"}
    commit:
      lag_ms: 5000
)");
  ASSERT_THAT(listing.problems, IsEmpty());
  const Route& route = listing.routes[0];
  EXPECT_EQ(route.partition_key, "2024");
  EXPECT_EQ(route.same_as, "yes");
  EXPECT_EQ(route.priority, -3);
  EXPECT_EQ(route.version, 12);
  EXPECT_EQ(route.owner, "7");
  EXPECT_THAT(route.inputs, ElementsAre(RouteInput(Uri{"s3", "reference", "rates/"}),
                                        RouteInput(iceberg::TableName{{"ref"}, "customers"})));
  EXPECT_EQ(route.engine.memory_limit_bytes, 1U << 30U);
  EXPECT_EQ(route.engine.threads, 2);
  EXPECT_EQ(route.engine.timeout, Milliseconds(100));
  EXPECT_EQ(route.commit_lag, Milliseconds(5000));
}

TEST(YamlRouteStore, ReadsPartitionsAsPeopleWriteThem) {
  const RouteListing listing = ListingOf(R"yaml(routes:
  - PartitionKey: k
    target_table: a.b
    query_sql: FROM '{s3_input_path}'
    partition_by: [day(ts), bucket(16, id), "truncate(4, name)", region]
    sort_by:
      - bucket(16, id)
      - ts desc
    table_properties: {write.target-file-size-bytes: 1048576, write.object-storage.enabled: true}
)yaml");
  ASSERT_THAT(listing.problems, IsEmpty());
  const TableLayout& layout = listing.routes[0].layout;
  std::vector<std::string> terms;
  for (const auto& term : layout.partition_by) terms.push_back(ToString(term));
  for (const auto& term : layout.sort_by) terms.push_back(ToString(term));
  EXPECT_THAT(terms, ElementsAre("day(ts)", "bucket(16, id)", "truncate(4, name)", "region",
                                 "bucket(16, id)", "ts desc"));
  EXPECT_EQ(layout.properties.at("write.target-file-size-bytes"), "1048576");
  EXPECT_EQ(layout.properties.at("write.object-storage.enabled"), "true");
}

TEST(YamlRouteStore, TellsTheLineOfAWrongPartition) {
  EXPECT_THAT(ProblemsOf("- PartitionKey: k\n"
                         "  same_as: x\n"
                         "  partition_by:\n"
                         "    - day(ts)\n"
                         "    - bucket(id)\n"
                         "  table_properties:\n"
                         "    owner: ada\n"
                         "    format-version: 4\n"),
              ElementsAre(HasSubstr("routes.yaml:6: partition_by[1]: `bucket(id)`: bucket takes"),
                          HasSubstr("routes.yaml:9: table_properties.format-version: tables are "
                                    "made in format version 2 or 3, not '4'")));
}

TEST(YamlRouteStore, TellsTheLineOfWrongTypes) {
  EXPECT_THAT(ProblemsOf("- PartitionKey: k\n"
                         "  same_as: x\n"
                         "  types:\n"
                         "    amount: DECIMAL(12,2)\n"
                         "    day.of[x]: DATE '%d/%m'\n"
                         "    amount: INTEGER\n"
                         "    n: 5\n"),
              ElementsAre("routes.yaml:7: types.amount is named twice",
                          HasSubstr("routes.yaml:6: types.day.of[x]: the format '%d/%m'"),
                          HasSubstr("routes.yaml:8: types.n: '5' is no type")));
}

TEST(YamlRouteStore, TellsTheLineOfNestedMistakes) {
  EXPECT_THAT(ProblemsOf("- PartitionKey: k\n"
                         "  same_as: x\n"
                         "  inputs:\n"
                         "    - s3://a/b\n"
                         "    - [c]\n"
                         "  engine:\n"
                         "    threads: many\n"
                         "    threads: 2\n"
                         "    treads: 2\n"
                         "  priority: 1.5\n"
                         "  version: 99999999999999999999\n"),
              ElementsAre("routes.yaml:9: engine.threads is named twice",
                          "routes.yaml:6: inputs[1] must be text, not a list",
                          "routes.yaml:10: unknown attribute 'engine.treads'; did you mean "
                          "'threads'?",
                          "routes.yaml:8: engine.threads must be a whole number from 1 to 1024, "
                          "not the text 'many'",
                          "routes.yaml:11: priority must be a whole number of 64 bits, not the "
                          "text '1.5'",
                          "routes.yaml:12: version must be a whole number of 64 bits, from 0, not "
                          "the text '99999999999999999999'"));
}

TEST(YamlRouteStore, FileOf64MebibytesIsTheLimit) {
  const auto store = ParseYamlRoutes(std::string((64U << 20U) + 1, ' '), "r.yaml");
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("r.yaml: the file is larger than 67108864 bytes"));
}

TEST(YamlRouteStore, AcceptsBooleansAsText) {
  for (const char* word : {"true", "'true'", "True", "TRUE"}) {
    const RouteListing listing = ListingOf(
        "routes:\n- {PartitionKey: k, target_table: a.b, query_sql: \"'{s3_input_path}'\", "
        "create_table: " +
        std::string(word) + "}\n");
    ASSERT_EQ(listing.routes.size(), 1U) << word;
    EXPECT_TRUE(listing.routes[0].create_table);
  }
}

TEST(YamlRouteStore, WrongRouteStaysFindableAndLeavesOthersAlone) {
  const auto store = ParseYamlRoutes(
      std::string(kGood) + "  - {PartitionKey: src-c, target_table: a.b, query_sql: ''}\n",
      "r.yaml");
  ASSERT_TRUE(store);
  EXPECT_TRUE((*store)->Find("src-a")->has_value());
  const auto wrong = (*store)->Find("src-c");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Code::kInvalid);
  EXPECT_EQ(wrong.error().message, "the route 'src-c' is wrong: r.yaml:11: query_sql is empty");
}

TEST(YamlRouteStore, DuplicateKeyHasNoRoute) {
  const auto store = ParseYamlRoutes(
      std::string(kGood) +
          "  - {PartitionKey: src-a, target_table: a.b, query_sql: \"'{s3_input_path}'\"}\n",
      "r.yaml");
  ASSERT_TRUE(store);
  const auto twice = (*store)->Find("src-a");
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().message,
              HasSubstr("r.yaml:11: a PartitionKey has one route, but 'src-a' has another in "
                        "line 7"));
  EXPECT_EQ((*store)->List()->routes.size(), 1U);
}

TEST(YamlRouteStore, FileAsAWholeIsRefusedWithItsLine) {
  for (const auto& [text, what] : std::vector<std::pair<std::string, std::string>>{
           {"", "r.yaml:1: a routes file holds `routes:`"},
           {"rotues: []\n", "here is no `routes`"},
           {"routes: []\nroutes: []\n", "r.yaml:2: `routes` is named twice, first in line 1"},
           {"routes:\n", "here is nothing"},
           {"routes: {a: b}\n", "here is a map"},
           {"- PartitionKey: k\n", "here is a list"},
           {"routes: [\n", "r.yaml:2:1: not YAML"}}) {
    const auto store = ParseYamlRoutes(text, "r.yaml");
    ASSERT_FALSE(store) << text;
    EXPECT_EQ(store.error().code, Code::kInvalid);
    EXPECT_THAT(store.error().message, HasSubstr(what));
  }
  EXPECT_THAT(ListingOf("routes: []\n").routes, IsEmpty());
}

TEST(YamlRouteStore, OtherTopLevelKeysAreProblemsWithoutARoute) {
  const RouteListing listing = ListingOf(std::string(kGood) + "defaults: {}\n");
  ASSERT_EQ(listing.problems.size(), 1U);
  EXPECT_EQ(listing.problems[0].location, "routes.yaml:11");
  EXPECT_THAT(listing.problems[0].message, HasSubstr("unknown key 'defaults'"));
  EXPECT_EQ(listing.routes.size(), 2U);
}

TEST(YamlRouteStore, MissingFileIsNotFound) {
  const auto store = OpenYamlRoutes("/nowhere/routes.yaml");
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::kNotFound);
  EXPECT_THAT(store.error().message, HasSubstr("/nowhere/routes.yaml"));
}

}  // namespace
}  // namespace eider::routes
