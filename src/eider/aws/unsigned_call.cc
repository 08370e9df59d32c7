// The loop around a request without a signature.
#include "eider/aws/unsigned_call.h"

#include <optional>
#include <string>

#include "eider/aws/service_client.h"
#include "eider/aws/service_codes.h"

namespace eider::aws {
namespace {

bool MayBeOverNextTime(const Result<http::Response>& outcome) {
  if (!outcome) {
    const Code code = outcome.error().code;
    return code == Code::kUnavailable || code == Code::kOutcomeUnknown;
  }
  if (outcome->status < 400) return false;
  const std::string code = ParseServiceError(*outcome).code;
  return outcome->status == 429 || outcome->status >= 500 || IsThrottling(code) ||
         IsTransient(code);
}

}  // namespace

Result<http::Response> SendUnsigned(const http::Request& request, const SourceDeps& deps,
                                    const RetryLimits& limits) {
  Backoff backoff(limits, deps.clock, deps.random);
  while (true) {
    Result<http::Response> outcome = deps.transport.Send(request, {});
    if (!MayBeOverNextTime(outcome)) return outcome;
    const std::optional<Milliseconds> wait = backoff.NextWait();
    if (!wait) return outcome;
    deps.clock.SleepFor(*wait, {});
  }
}

}  // namespace eider::aws
