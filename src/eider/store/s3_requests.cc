#include "eider/store/s3_requests.h"

#include <stop_token>
#include <utility>

#include <fmt/format.h>

#include "eider/aws/service_client.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/store/s3_error.h"

namespace eider::store {
namespace {

// A slow line still moves this much: a request that takes longer is taken for stuck.
constexpr std::size_t kBytesPerSecondMin = 256U << 10U;
constexpr Milliseconds kTimeoutMin{30'000};

Milliseconds TimeoutFor(std::size_t bytes) {
  return kTimeoutMin + Milliseconds(1000 * (bytes / kBytesPerSecondMin));
}

}  // namespace

Result<http::Response> S3Requests::Send(const S3Request& request, const std::stop_token& stop) {
  aws::Call call;
  call.method = request.method;
  call.url = S3Url(endpoint_, request.uri, request.query);
  call.headers = request.headers;
  call.body = request.body;
  call.sink = request.sink;
  call.is_repeatable = request.is_repeatable;
  call.timeout = TimeoutFor(request.body.size() + request.sink.size());
  auto answer = client_.Send(call, stop);
  if (!answer) {
    return Fail(fmt::format("{} of {}", request.action, request.uri.ToString()),
                std::move(answer).error());
  }
  return answer;
}

Result<http::Response> S3Requests::SendForSuccess(const S3Request& request,
                                                  const std::stop_token& stop) {
  EIDER_ASSIGN(http::Response answer, Send(request, stop));
  if (answer.status / 100 != 2) return std::unexpected(ErrorOf(answer, request));
  return answer;
}

Error S3Requests::ErrorOf(const http::Response& answer, const S3Request& request) const {
  return S3ErrorOf(answer, {request.action, request.uri, region_});
}

}  // namespace eider::store
