// Signed calls to one AWS service: sign, send, repeat what may be repeated.
//
// Knows no service's meaning: a final answer below 500 comes back as it is, whatever its status.
// Throttling (429, 503 SlowDown and the throttling error codes), 5xx, lost connections, a skewed
// clock and expired credentials are handled here, with exponential backoff, full jitter,
// Retry-After and a budget that all calls of the client share.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eider/aws/credentials.h"
#include "eider/base/backoff.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/http/transport.h"

namespace eider::aws {

// What a client works with. Borrowed; all outlive it.
struct ClientDeps {
  http::Transport& transport;
  CredentialsProvider& credentials;
  Clock& clock;
  Random& random;
};

struct ClientOptions {
  std::string service;  // signing name: "s3", "dynamodb", "glue"
  std::string region;
  RetryLimits retry{.num_retries = 5,
                    .min_wait = Milliseconds(50),
                    .max_wait = Milliseconds(5'000),
                    .total_timeout = Milliseconds(60'000)};
};

struct Call {
  std::string method = "GET";
  std::string url;  // absolute; path and query encoded as they are signed (see UriEncode)
  std::vector<http::Header> headers = {};  // further ones: all are signed
  std::string_view body = {};              // borrowed
  std::span<char> sink = {};               // see http::Request
  // False: sending it twice is not the same as once. It is repeated only where it surely had no
  // effect, and fails with kOutcomeUnknown where it may have had one.
  bool is_repeatable = true;
  Milliseconds timeout{60'000};  // of one attempt
};

// Safe for concurrent calls from several threads.
class ServiceClient {
 public:
  ServiceClient(ClientOptions options, ClientDeps deps);
  ~ServiceClient();
  ServiceClient(const ServiceClient&) = delete;
  ServiceClient& operator=(const ServiceClient&) = delete;

  // The final answer: 2xx, 3xx or 4xx.
  // Errors: kUnavailable (throttled, 5xx or unreachable until the budget ended; surely no effect,
  // or repeatable), kOutcomeUnknown (not repeatable, may have had an effect), kDenied (no
  // credentials, an untrusted certificate), kCancelled, and those of http::Transport::Send.
  Result<http::Response> Send(const Call& call, const std::stop_token& stop = {});

 private:
  class State;
  std::unique_ptr<State> state_;
};

// What an error answer says of itself, from JSON (`__type`, `message`) or XML (`Code`, `Message`).
struct ServiceError {
  int status = 0;
  std::string code = {};  // "NoSuchKey", "ThrottlingException"; empty when it says nothing
  std::string message = {};
  std::string request_id = {};
};

ServiceError ParseServiceError(const http::Response& response);

// The same of S3, which speaks XML alone: what another body says is not S3's word.
ServiceError ParseS3Error(const http::Response& response);

// As an Error for people: access denied, expired and unknown credentials are kDenied, a failed
// condition kConflict, the rest kInvalid. kNotFound only where the service itself named the thing
// as absent: any other 404 (a proxy's, a wrong endpoint's) is kUnavailable, for nobody may take its
// thing for gone, and a missing bucket kInvalid. The message names the service's code, its message
// and the request id, and what to do where that is known.
Error ToError(const ServiceError& error);

// Percent-encodes all but the unreserved characters of RFC 3986, as SigV4 wants it; '/' stays where
// `keep_slash`.
std::string UriEncode(std::string_view text, bool keep_slash);

}  // namespace eider::aws
