// A table of the DynamoDB stand-in, made for one test and removed after it.
//
// The stand-in is where EIDER_TEST_DYNAMODB_ENDPOINT says; without it the tests of DynamoDB are
// skipped.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "eider/aws/fixed_credentials.h"
#include "eider/aws/json_service.h"
#include "eider/aws/service_client.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/http/curl_transport.h"

namespace eider::aws {

class DynamoDbTestTable {
 public:
  explicit DynamoDbTestTable(const std::string& partition_key) {
    if (!is_there()) return;
    Must("CreateTable",
         {{"TableName", name_},
          {"AttributeDefinitions", {{{"AttributeName", partition_key}, {"AttributeType", "S"}}}},
          {"KeySchema", {{{"AttributeName", partition_key}, {"KeyType", "HASH"}}}},
          {"BillingMode", "PAY_PER_REQUEST"}});
  }

  ~DynamoDbTestTable() {
    if (is_there()) Must("DeleteTable", {{"TableName", name_}});
  }

  DynamoDbTestTable(const DynamoDbTestTable&) = delete;
  DynamoDbTestTable& operator=(const DynamoDbTestTable&) = delete;

  bool is_there() const { return !endpoint_.empty(); }

  const std::string& name() const { return name_; }

  const std::string& region() const { return region_; }

  JsonService& service() { return service_; }

  // The answer of an operation that must succeed.
  codec::Json Must(const std::string& operation, const codec::Json& input) {
    auto answer = service_.Invoke(operation, input, true);
    EXPECT_TRUE(answer) << answer.error().error.message;
    return answer ? *std::move(answer) : codec::Json();
  }

 private:
  static std::string Variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
  }

  const std::string endpoint_ = Variable("EIDER_TEST_DYNAMODB_ENDPOINT");
  const std::string region_ = Variable("AWS_REGION");
  SystemClock clock_;
  SystemRandom random_;
  const std::string name_ = "eider-" + NewUuid(random_);
  FixedCredentials credentials_{
      {Variable("AWS_ACCESS_KEY_ID"), Variable("AWS_SECRET_ACCESS_KEY"), "", {}}};
  std::unique_ptr<http::Transport> transport_ = http::NewCurlTransport();
  ServiceClient client_{{.service = "dynamodb", .region = region_},
                        {*transport_, credentials_, clock_, random_}};
  JsonService service_{client_, {endpoint_, "DynamoDB_20120810", "1.0"}};
};

}  // namespace eider::aws
