// One operation: its JSON out, its answer or failure back.
#include "eider/aws/json_service.h"

#include <expected>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/aws/service_client.h"

namespace eider::aws {

std::expected<codec::Json, Failure> JsonService::Invoke(std::string_view operation,
                                                        const codec::Json& input,
                                                        bool is_repeatable,
                                                        const std::stop_token& stop) {
  const std::string body = codec::ToJsonText(input);
  const Call call{
      .method = "POST",
      .url = options_.endpoint + "/",
      .headers = {{"content-type", "application/x-amz-json-" + options_.json_version},
                  {"x-amz-target", fmt::format("{}.{}", options_.target_prefix, operation)}},
      .body = body,
      .is_repeatable = is_repeatable};
  auto response = client_.Send(call, stop);
  if (!response) {
    return std::unexpected(Failure{Annotate(operation, std::move(response).error()), {}, {}});
  }
  auto answer = codec::ParseJson(response->body.empty() ? "null" : response->body);
  if (response->status >= 300) {
    const ServiceError error = ParseServiceError(*response);
    Error told = ToError(error);
    // Whoever wrote this, it was not the service: a proxy does not know what became of a change.
    if (error.code.empty() && !is_repeatable) told.code = Code::kOutcomeUnknown;
    return std::unexpected(Failure{Annotate(operation, std::move(told)), error.code,
                                   answer ? *std::move(answer) : codec::Json()});
  }
  if (!answer) {
    // It was carried out, but what it says is lost.
    return std::unexpected(Failure{Annotate(operation, std::move(answer).error()), {}, {}});
  }
  return *std::move(answer);
}

}  // namespace eider::aws
