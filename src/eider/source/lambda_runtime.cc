// Four endpoints: invocation/next, invocation/<id>/response, invocation/<id>/error, init/error.
#include "eider/source/lambda_runtime.h"

#include <charconv>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/http/transport.h"

namespace eider::source {
namespace {

// An invocation carries at most the payload; what its headers add is not counted.
constexpr std::size_t kAnswerBytesMax = kLambdaPayloadBytesMax + (1U << 20U);
constexpr Milliseconds kNoEnd{0};
constexpr std::size_t kQuotedBytesMax = 300;

constexpr int kOk = 200;
constexpr int kAccepted = 202;
constexpr int kContainerError = 500;

// The id becomes part of a path.
bool IsRequestId(std::string_view id) {
  return !id.empty() && id.find_first_not_of(
                            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                            "0123456789-_") == std::string_view::npos;
}

Result<TimePoint> DeadlineOf(std::string_view text) {
  std::int64_t millis = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), millis);
  if (error != std::errc() || end != text.data() + text.size() || millis <= 0) {
    return Fail(Code::kCorrupt,
                fmt::format("Lambda-Runtime-Deadline-Ms is no time in milliseconds: '{}'", text));
  }
  return TimePoint(Milliseconds(millis));
}

}  // namespace

LambdaRuntime::LambdaRuntime(http::Transport& transport, std::string_view address)
    : transport_(transport), base_(fmt::format("http://{}/2018-06-01/runtime/", address)) {}

Result<Invocation> LambdaRuntime::Next(const std::stop_token& stop) {
  http::Request request;
  request.url = base_ + "invocation/next";
  request.timeout = kNoEnd;
  request.body_bytes_max = kAnswerBytesMax;
  auto response = transport_.Send(request, stop);
  if (!response) return Fail("cannot get the next invocation", std::move(response).error());
  if (response->status != kOk) {
    return Fail(Code::kUnavailable,
                fmt::format("cannot get the next invocation: the runtime API answers {}: {}",
                            response->status, response->body.substr(0, kQuotedBytesMax)));
  }
  Invocation invocation;
  invocation.request_id = response->Find("lambda-runtime-aws-request-id");
  if (!IsRequestId(invocation.request_id)) {
    return Fail(Code::kCorrupt, fmt::format("Lambda-Runtime-Aws-Request-Id is no request id: '{}'",
                                            invocation.request_id));
  }
  EIDER_ASSIGN(invocation.deadline, DeadlineOf(response->Find("lambda-runtime-deadline-ms")));
  invocation.trace_id = response->Find("lambda-runtime-trace-id");
  invocation.function = response->Find("lambda-runtime-invoked-function-arn");
  invocation.event = std::move(response->body);
  return invocation;
}

Status LambdaRuntime::SendResponse(std::string_view request_id, std::string_view json) {
  return Post(fmt::format("invocation/{}/response", request_id), json, {});
}

Status LambdaRuntime::SendError(std::string_view request_id, const RuntimeError& error) {
  return PostError(fmt::format("invocation/{}/error", request_id), error);
}

Status LambdaRuntime::SendInitError(const RuntimeError& error) {
  return PostError("init/error", error);
}

Status LambdaRuntime::PostError(const std::string& path, const RuntimeError& error) {
  const codec::Json body = {{"errorMessage", error.message},
                            {"errorType", error.type},
                            {"stackTrace", codec::Json::array()}};
  return Post(path, codec::ToJsonText(body), {{"Lambda-Runtime-Function-Error-Type", error.type}});
}

Status LambdaRuntime::Post(const std::string& path, std::string_view body,
                           std::vector<http::Header> headers) {
  http::Request request;
  request.method = "POST";
  request.url = base_ + path;
  request.headers = std::move(headers);
  request.headers.push_back({"Content-Type", "application/json"});
  request.body = body;
  auto response = transport_.Send(request, std::stop_token());
  if (!response) return Fail(fmt::format("cannot post {}", path), std::move(response).error());
  if (response->status == kAccepted) return {};
  const Code code = response->status >= kContainerError ? Code::kInternal : Code::kInvalid;
  return Fail(code, fmt::format("cannot post {}: the runtime API answers {}: {}", path,
                                response->status, response->body.substr(0, kQuotedBytesMax)));
}

}  // namespace eider::source
