// The Lambda Runtime API, version 2018-06-01, seen from a custom runtime: take an invocation,
// answer it, or say why not.
//
// Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes". Used by
// one thread.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/http/transport.h"

namespace eider::source {

// An answer or an error of more bytes is refused by Lambda. Source: "Lambda quotas".
inline constexpr std::size_t kLambdaPayloadBytesMax = 6U << 20U;

struct Invocation {
  std::string request_id;
  std::string event;     // JSON
  TimePoint deadline{};  // the process is killed then
  std::string trace_id;  // of X-Ray; empty when there is none
  std::string function;  // the ARN that was invoked
};

// What went wrong, for the caller and for CloudWatch.
struct RuntimeError {
  std::string type;     // "Eider.FilesFailed": category, point, reason
  std::string message;  // for people
};

class LambdaRuntime {
 public:
  // `address`: what AWS_LAMBDA_RUNTIME_API says, "host:port". Borrows the transport.
  LambdaRuntime(http::Transport& transport, std::string_view address);

  // Waits for the next invocation, for however long: the process may be frozen meanwhile.
  // Errors: kUnavailable, kOutcomeUnknown (no answer), kCorrupt (an answer that is none),
  // kCancelled.
  Result<Invocation> Next(const std::stop_token& stop);

  // Each answers the invocation; it is over then. Errors: kUnavailable, kOutcomeUnknown, kInvalid
  // (Lambda refuses the answer), kInternal (the container is broken: the runtime must end).
  Status SendResponse(std::string_view request_id, std::string_view json);
  Status SendError(std::string_view request_id, const RuntimeError& error);

  // In place of the first Next: the function cannot start. Errors: as SendResponse.
  Status SendInitError(const RuntimeError& error);

 private:
  Status Post(const std::string& path, std::string_view body, std::vector<http::Header> headers);
  Status PostError(const std::string& path, const RuntimeError& error);

  http::Transport& transport_;
  std::string base_;
};

}  // namespace eider::source
