// One reading of a route's attributes, whatever store they come from.
#include "eider/routing/route_attributes.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eider::routing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Kind = RouteAttribute::Kind;

RouteAttribute Text(std::string name, std::string text) {
  return {std::move(name), Kind::kText, std::move(text), false, "a string"};
}

std::vector<RouteAttribute> Good() {
  return {Text("PartitionKey", "k"), Text("target_table", "a.b"),
          Text("query_sql", "FROM '{s3_input_path}'")};
}

std::vector<std::string> ProblemsOf(const std::vector<RouteAttribute>& attributes) {
  std::vector<std::string> messages;
  for (const AttributeProblem& problem : DecodeRoute(attributes).problems) {
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
  EXPECT_THAT(decoded.unknown, IsEmpty());
}

TEST(RouteAttributes, CreateTableIsABooleanOrItsName) {
  for (const auto& [attribute, value] : std::vector<std::pair<RouteAttribute, bool>>{
           {{"create_table", Kind::kBoolean, "", true, "a boolean"}, true},
           {{"create_table", Kind::kBoolean, "", false, "a boolean"}, false},
           {Text("create_table", "True"), true},
           {Text("create_table", "false"), false}}) {
    auto attributes = Good();
    attributes.push_back(attribute);
    ASSERT_TRUE(DecodeRoute(attributes).route);
    EXPECT_EQ(DecodeRoute(attributes).route->create_table, value);
  }
  auto attributes = Good();
  attributes.push_back({"create_table", Kind::kOther, "", false, "a number"});
  EXPECT_THAT(ProblemsOf(attributes),
              ElementsAre("create_table must be true or false: 'a number'"));
}

TEST(RouteAttributes, UnknownOnesAreNoted) {
  auto attributes = Good();
  attributes.push_back(Text("target_tabel", "x"));
  attributes.push_back({"owner", Kind::kOther, "", false, "a map"});
  const DecodedRoute decoded = DecodeRoute(attributes);
  EXPECT_TRUE(decoded.route);
  ASSERT_EQ(decoded.unknown.size(), 2U);
  EXPECT_EQ(decoded.unknown[0].message,
            "unknown attribute 'target_tabel'; did you mean 'target_table'?");
  EXPECT_EQ(decoded.unknown[0].position, 3U);
  EXPECT_THAT(decoded.unknown[1].message, HasSubstr("unknown attribute 'owner'"));
}

TEST(RouteAttributes, MistakesAreTold) {
  EXPECT_THAT(ProblemsOf({}), ElementsAre("PartitionKey is missing", "target_table is missing",
                                          "query_sql is missing"));
  auto attributes = Good();
  attributes[1] = {"target_table", Kind::kOther, "", false, "a number"};
  attributes[2] = {"query_sql", Kind::kNothing, "", false, "null"};
  EXPECT_THAT(ProblemsOf(attributes),
              ElementsAre("target_table must be text, not a number", "query_sql is empty"));
  attributes[1] = Text("target_table", "no namespace");
  attributes[2] = Text("query_sql", "SELECT 1");
  EXPECT_THAT(ProblemsOf(attributes),
              ElementsAre(HasSubstr("target_table: not a table name"),
                          HasSubstr("query_sql does not hold the marker {s3_input_path}")));
}

TEST(RouteAttributes, ErrorOfOneRouteNamesKeyPlaceAndReasons) {
  auto attributes = Good();
  attributes.erase(attributes.begin() + 1);
  const auto route = RouteOf(attributes, "routing table t in eu-west-1");
  ASSERT_FALSE(route);
  EXPECT_EQ(route.error().code, Code::kInvalid);
  EXPECT_EQ(route.error().message,
            "the route 'k' is wrong: routing table t in eu-west-1: target_table is missing");
}

}  // namespace
}  // namespace eider::routing
