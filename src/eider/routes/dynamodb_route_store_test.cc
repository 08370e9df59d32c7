// What only the DynamoDB store has: its requests, items of others, and errors for people.
#include "eider/routes/dynamodb_route_store.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/aws/fixed_credentials.h"
#include "eider/aws/service_client.h"
#include "eider/aws/testing/scripted_transport.h"
#include "eider/codec/json.h"
#include "eider/routes/testing/every_attribute.h"

namespace eider::routes {
namespace {

using ::testing::HasSubstr;

class DynamoDbRouteStoreTest : public ::testing::Test {
 protected:
  // The body of the request of that number.
  codec::Json Request(std::size_t number) {
    EXPECT_EQ(transport_.sent().at(number).method, "POST");
    return *codec::ParseJson(transport_.sent().at(number).body);
  }

  std::string Operation(std::size_t number) {
    return transport_.sent().at(number).Find("x-amz-target");
  }

  Error FindFails(int status, const std::string& body) {
    transport_.Add(status, body);
    const auto route = store_->Find("src-a");
    EXPECT_FALSE(route) << body;
    return route ? Error{} : route.error();
  }

  aws::ScriptedTransport transport_;
  aws::FixedCredentials credentials_{{"id", "secret", "", {}}};
  ManualClock clock_{TimePoint(Milliseconds(1'700'000'000'000))};
  SeededRandom random_{7};
  aws::ServiceClient client_{
      {.service = "dynamodb", .region = "eu-west-1", .retry = {.num_retries = 0}},
      {transport_, credentials_, clock_, random_}};
  aws::JsonService service_{client_, {"https://dynamodb", "DynamoDB_20120810", "1.0"}};
  std::unique_ptr<RouteStore> store_ = OpenDynamoDbRoutes(service_, "routes", "eu-west-1");
};

TEST_F(DynamoDbRouteStoreTest, ReadsAnItemOfTheFunctionOfOld) {
  transport_.Add(200, R"({"Item": {"PartitionKey": {"S": "src-a"},
      "target_table": {"S": "bronze.orders"},
      "query_sql": {"S": "SELECT * FROM '{s3_input_path}'"},
      "team": {"M": {"of": {"SS": ["a", "b"]}}}}})");
  const auto route = store_->Find("src-a");
  ASSERT_TRUE(route) << route.error().message;
  ASSERT_TRUE(route->has_value());
  EXPECT_EQ((*route)->target_table.ToString(), "bronze.orders");
  EXPECT_EQ((*route)->query_sql, "SELECT * FROM '{s3_input_path}'");
  EXPECT_EQ(Operation(0), "DynamoDB_20120810.GetItem");
  EXPECT_EQ(Request(0), *codec::ParseJson(R"({"TableName": "routes", "ConsistentRead": true,
      "Key": {"PartitionKey": {"S": "src-a"}}})"));
}

TEST_F(DynamoDbRouteStoreTest, NoItemIsNoRoute) {
  transport_.Add(200, "{}");
  EXPECT_FALSE(store_->Find("src-a")->has_value());
}

TEST_F(DynamoDbRouteStoreTest, KeysThatNoItemCanHaveAreNotAskedFor) {
  for (const std::string& key : {std::string(), std::string(2'049, 'k'), std::string("\xff")}) {
    const auto route = store_->Find(key);
    ASSERT_TRUE(route) << route.error().message;
    EXPECT_FALSE(route->has_value());
    EXPECT_EQ(store_->Put({key, {{"a"}, "b"}, "", false}).error().code, Code::kInvalid);
  }
  EXPECT_TRUE(transport_.sent().empty());
}

TEST_F(DynamoDbRouteStoreTest, ListsPageByPage) {
  transport_.Add(200, R"({"Items": [{"PartitionKey": {"S": "b"}, "target_table": {"S": "a.b"},
      "query_sql": {"S": "'{s3_input_path}'"}, "tags": {"L": []}}],
      "LastEvaluatedKey": {"PartitionKey": {"S": "b"}}})");
  transport_.Add(200, R"({"Items": [{"PartitionKey": {"S": "c"}, "target_table": {"N": "1"}},
      {"PartitionKey": {"S": "a"}, "target_table": {"S": "a.b"},
       "query_sql": {"S": "'{s3_input_path}'"}, "create_table": {"BOOL": true}}]})");
  const auto listing = store_->List();
  ASSERT_TRUE(listing) << listing.error().message;
  ASSERT_EQ(listing->routes.size(), 2U);
  EXPECT_EQ(listing->routes[0].partition_key, "a");
  EXPECT_TRUE(listing->routes[0].create_table);
  EXPECT_EQ(listing->routes[1].partition_key, "b");
  ASSERT_EQ(listing->problems.size(), 2U);
  EXPECT_EQ(listing->problems[0].partition_key, "c");
  EXPECT_EQ(listing->problems[0].location, "routing table routes in eu-west-1");
  EXPECT_EQ(listing->problems[0].message, "target_table must be text, not the number 1");
  EXPECT_EQ(listing->problems[1].message, "query_sql is missing");
  ASSERT_EQ(listing->notes.size(), 1U);
  EXPECT_THAT(listing->notes[0].message, HasSubstr("unknown attribute 'tags'"));
  EXPECT_EQ(Request(1)["ExclusiveStartKey"], *codec::ParseJson(R"({"PartitionKey": {"S": "b"}})"));
}

TEST_F(DynamoDbRouteStoreTest, ReadsEveryKindOfAttribute) {
  transport_.Add(200, R"json({"Item": {"PartitionKey": {"S": "src-a"}, "same_as": {"S": "x"},
      "enabled": {"S": "False"}, "inputs": {"SS": ["ref.a", "ref.b"]},
      "engine": {"M": {"memory_limit": {"S": "1GiB"}, "threads": {"N": "2"}}},
      "types": {"M": {"day": {"S": "DATE '%d/%m/%Y'"}}}, "encoding": {"S": "latin-1"},
      "partition_by": {"L": [{"S": "days(ts)"}, {"S": "region"}]},
      "sort_by": {"L": [{"S": "ts desc"}]},
      "table_properties": {"M": {"write.target-file-size-bytes": {"S": "1048576"}}},
      "location": {"S": "s3://lake/t/"},
      "commit": {"M": {"lag_ms": {"N": "5"}}}, "priority": {"N": "-3"}, "version": {"N": "4"},
      "owner": {"NULL": true}}})json");
  const auto route = store_->Find("src-a");
  ASSERT_TRUE(route) << route.error().message;
  EXPECT_FALSE((*route)->enabled);
  EXPECT_EQ((*route)->inputs.size(), 2U);
  EXPECT_EQ((*route)->engine.memory_limit_bytes, 1U << 30U);
  EXPECT_EQ((*route)->engine.threads, 2);
  EXPECT_EQ((*route)->types.at("day"), "DATE '%d/%m/%Y'");
  EXPECT_EQ((*route)->encoding, "latin-1");
  const TableLayout& layout = (*route)->layout;
  ASSERT_EQ(layout.partition_by.size(), 2U);
  EXPECT_EQ(ToString(layout.partition_by[0]), "day(ts)");
  EXPECT_EQ(ToString(layout.partition_by[1]), "region");
  ASSERT_EQ(layout.sort_by.size(), 1U);
  EXPECT_EQ(ToString(layout.sort_by[0]), "ts desc");
  EXPECT_EQ(layout.properties.at("write.target-file-size-bytes"), "1048576");
  EXPECT_EQ(layout.location, (Uri{"s3", "lake", "t"}));
  EXPECT_EQ((*route)->commit_lag, Milliseconds(5));
  EXPECT_EQ((*route)->priority, -3);
  EXPECT_EQ((*route)->version, 4);
}

TEST_F(DynamoDbRouteStoreTest, KindsThatNoAttributeHasAreTold) {
  const Error error = FindFails(200, R"({"Item": {"PartitionKey": {"S": "src-a"},
      "same_as": {"B": "eA=="}, "inputs": {"NS": ["1"]}, "priority": {"N": "1E+400"},
      "version": {"N": "99999999999999999999999999999999999999"}, "owner": {"BS": ["eA=="]}}})");
  for (const char* what :
       {"same_as must be text, not binary", "inputs[0] must be text, not the number 1",
        "priority must be a whole number of 64 bits, not the number",
        "version must be a whole number of 64 bits, from 0, not the number 1e+38",
        "owner must be text, not a list"}) {
    EXPECT_THAT(error.message, HasSubstr(what));
  }
}

TEST_F(DynamoDbRouteStoreTest, PutSetsOrRemovesOurAttributesAndNoOther) {
  transport_.Add(200, "{}");
  ASSERT_TRUE(store_->Put({"src-a", {{"bronze"}, "orders"}, "SQL", false}));
  EXPECT_EQ(Operation(0), "DynamoDB_20120810.UpdateItem");
  EXPECT_EQ(
      Request(0)["UpdateExpression"],
      "SET #target_table = :target_table, #query_sql = :query_sql REMOVE #transform, #then_sql, "
      "#create_table, "
      "#partition_by, #sort_by, #table_properties, #location, #enabled, #same_as, #inputs, "
      "#types, #encoding, #on_bad_rows, #reject_max, #schema, #rescue, #lineage, #engine, "
      "#commit, #after_load, #after_failure, #priority, "
      "#description, #owner, "
      "#updated_at, #version");
  EXPECT_EQ(Request(0)["ExpressionAttributeNames"]["#commit"], "commit");
  EXPECT_EQ(Request(0)["ExpressionAttributeValues"],
            *codec::ParseJson(R"({":target_table": {"S": "bronze.orders"},
                                  ":query_sql": {"S": "SQL"}})"));
  EXPECT_FALSE(Request(0).contains("ConditionExpression"));
}

TEST_F(DynamoDbRouteStoreTest, PatternsAreFilteredByTheServer) {
  transport_.Add(200, R"({"Items": [{"PartitionKey": {"S": "*"}, "same_as": {"S": "x"}},
      {"PartitionKey": {"S": "a*"}, "same_as": {"S": "x"}}]})");
  const auto listing = store_->Patterns();
  ASSERT_TRUE(listing) << listing.error().message;
  ASSERT_EQ(listing->routes.size(), 1U);
  EXPECT_EQ(listing->routes[0].partition_key, "a*");
  EXPECT_EQ(Request(0)["FilterExpression"], "contains(#key, :star)");
}

constexpr const char* kConditionFailed =
    R"({"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"})";

TEST_F(DynamoDbRouteStoreTest, RepeatedPutMeetsItselfAndIsNoConflict) {
  Route route{"src-a", {{"bronze"}, "orders"}, "FROM '{s3_input_path}'"};
  route.version = 2;
  transport_.Add(400, kConditionFailed);
  transport_.Add(200, R"({"Item": {"PartitionKey": {"S": "src-a"},
      "target_table": {"S": "bronze.orders"}, "query_sql": {"S": "FROM '{s3_input_path}'"},
      "version": {"N": "2"}}})");
  Route seen = route;
  seen.version = 1;
  const Status put = store_->Put(route, {true, seen});
  EXPECT_TRUE(put) << put.error().message;
  EXPECT_EQ(Request(0)["ConditionExpression"],
            "#version = :seen_version AND attribute_not_exists(#updated_at)");
}

TEST_F(DynamoDbRouteStoreTest, RepeatedRemoveMeetsNothingAndIsNoConflict) {
  transport_.Add(400, kConditionFailed);
  transport_.Add(200, "{}");
  const auto removed =
      store_->Remove("src-a", {true, Route{"src-a", {{"bronze"}, "orders"}, "SQL"}});
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_TRUE(*removed);
}

TEST_F(DynamoDbRouteStoreTest, FailureInTheMiddleOfManySaysHowManyAreWritten) {
  transport_.Add(200, "{}");
  for (int i = 0; i < 16; ++i) transport_.Add(400, R"({"__type": "AccessDeniedException"})");
  std::vector<Route> routes;
  for (int i = 0; i < 100; ++i) routes.push_back(SameAs(std::to_string(i), "x"));
  const Status put = store_->PutAll(routes);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, Code::kDenied);
  EXPECT_THAT(put.error().message,
              HasSubstr("1 of 100 routes are written; give the command again"));
  EXPECT_LE(transport_.sent().size(), 17U);  // no more begin after the first failure
}

TEST_F(DynamoDbRouteStoreTest, ErrorsNameTableRegionAndWayOut) {
  Error error =
      FindFails(400, R"({"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"})");
  EXPECT_EQ(error.code, Code::kNotFound);
  EXPECT_THAT(error.message, HasSubstr("routing table routes in eu-west-1 does not exist"));
  EXPECT_THAT(error.message, HasSubstr("PartitionKey"));
  error = FindFails(400, R"({"__type": "AccessDeniedException", "Message": "not you"})");
  EXPECT_EQ(error.code, Code::kDenied);
  EXPECT_THAT(error.message, HasSubstr("dynamodb:GetItem"));
  EXPECT_THAT(error.message, HasSubstr("not you"));
  error = FindFails(400, R"({"__type": "ThrottlingException"})");
  EXPECT_EQ(error.code, Code::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("routing table routes in eu-west-1"));
  error = FindFails(400, R"({"__type": "ValidationException", "message": "the key element"})");
  EXPECT_EQ(error.code, Code::kUnsupported) << "of the table, and not of the route";
  EXPECT_THAT(error.message, HasSubstr("its partition key must be PartitionKey"));
  for (const char* body : {"", "<html>Not Found</html>", R"({"message":"Not Found"})"}) {
    error = FindFails(404, body);
    EXPECT_EQ(error.code, Code::kUnavailable) << body;
    EXPECT_THAT(error.message, HasSubstr("is the endpoint right")) << body;
  }
  error = FindFails(200, "");  // would say that there is no such route
  EXPECT_EQ(error.code, Code::kCorrupt);
  EXPECT_THAT(error.message, HasSubstr("is the endpoint right"));
  error = FindFails(503, "");
  EXPECT_EQ(error.code, Code::kUnavailable);
  error = FindFails(200, R"({"Item": {"PartitionKey": {"X": "?"}}})");
  EXPECT_EQ(error.code, Code::kCorrupt);
  EXPECT_THAT(error.message, HasSubstr("attribute PartitionKey is of a kind that is not known"));
}

}  // namespace
}  // namespace eider::routes
