// Requests to S3: an action on an object, addressed, signed and sent.
#pragma once

#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eider/aws/service_client.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/http/transport.h"
#include "eider/store/s3_address.h"

namespace eider::store {

struct S3Request {
  std::string_view action;  // the right it needs: "s3:GetObject"
  std::string method;
  Uri uri;  // without a key: the bucket
  QueryParameters query = {};
  std::vector<http::Header> headers = {};
  std::string_view body = {};  // borrowed
  std::span<char> sink = {};   // see http::Request
  bool is_repeatable = true;   // see aws::Call
};

// Safe for concurrent calls from several threads. Borrows the client.
class S3Requests {
 public:
  S3Requests(aws::ServiceClient& client, S3Endpoint endpoint, std::string region)
      : client_(client), endpoint_(std::move(endpoint)), region_(std::move(region)) {}

  // The answer, of whatever status below 500. Errors: those of ServiceClient::Send.
  Result<http::Response> Send(const S3Request& request, const std::stop_token& stop = {});

  // The answer of status 2xx. Errors: also those of S3ErrorOf.
  Result<http::Response> SendForSuccess(const S3Request& request, const std::stop_token& stop = {});

  Error ErrorOf(const http::Response& answer, const S3Request& request) const;

 private:
  aws::ServiceClient& client_;
  S3Endpoint endpoint_;
  std::string region_;
};

}  // namespace eider::store
