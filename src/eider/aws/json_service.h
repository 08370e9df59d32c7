// Calls to AWS services that speak JSON by target: DynamoDB, Glue.
//
// POST / with X-Amz-Target "<prefix>.<operation>" and content type application/x-amz-json-1.0 or
// 1.1. Source: the services' API references, "AWS JSON protocol" in Smithy's documentation.
#pragma once

#include <expected>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "eider/aws/service_client.h"
#include "eider/base/result.h"
#include "eider/codec/json.h"

namespace eider::aws {

struct JsonServiceOptions {
  std::string endpoint;       // "https://dynamodb.eu-west-1.amazonaws.com"
  std::string target_prefix;  // "DynamoDB_20120810", "AWSGlue"
  std::string json_version;   // "1.0", "1.1"
};

// An operation that did not succeed: what it means to us, and the service's own words.
struct Failure {
  Error error;
  std::string code;     // "ConditionalCheckFailedException"; empty when there was no answer
  codec::Json details;  // the whole answer, for fields such as CancellationReasons
};

// Safe for concurrent calls from several threads. Borrows the client.
class JsonService {
 public:
  JsonService(ServiceClient& client, JsonServiceOptions options)
      : client_(client), options_(std::move(options)) {}

  // The answer; null where it has no body. `is_repeatable` as in Call. Errors: those of
  // ServiceClient::Send and ToError; kCorrupt (the answer is no JSON); kOutcomeUnknown (a change
  // was refused by an answer without a code of the service: a proxy's).
  std::expected<codec::Json, Failure> Invoke(std::string_view operation, const codec::Json& input,
                                             bool is_repeatable, const std::stop_token& stop = {});

 private:
  ServiceClient& client_;
  JsonServiceOptions options_;
};

}  // namespace eider::aws
