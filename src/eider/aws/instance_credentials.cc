// Three questions to the metadata service: a token, the role's name, its credentials.
#include "eider/aws/instance_credentials.h"

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/aws/credentials_json.h"
#include "eider/aws/service_client.h"

namespace eider::aws {
namespace {

// Elsewhere than on EC2 nobody answers: then it must not take long to find out.
constexpr Milliseconds kPatience{1'000};
constexpr RetryLimits kRetries{.num_retries = 1,
                               .min_wait = Milliseconds(50),
                               .max_wait = Milliseconds(100),
                               .total_timeout = Milliseconds(2'000)};

constexpr std::string_view kRolesPath = "/latest/meta-data/iam/security-credentials/";
constexpr std::string_view kDoing = "cannot get the instance's credentials";

std::string EndpointFrom(const Environment& environment) {
  if (auto endpoint = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT")) {
    while (endpoint->ends_with('/')) endpoint->pop_back();
    return *std::move(endpoint);
  }
  const bool is_ipv6 = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE") == "IPv6";
  return is_ipv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
}

}  // namespace

Result<http::Response> InstanceCredentials::Ask(const http::Request& request) {
  Result<http::Response> response = SendUnsigned(request, deps_, kRetries);
  if (!response) return Fail(kDoing, std::move(response).error());
  if (response->status == 404) return Fail(Code::kNotFound, "the EC2 instance has no role (404)");
  if (response->status != 200) return Fail(kDoing, ToError(ParseServiceError(*response)));
  return response;
}

Result<Credentials> InstanceCredentials::Get() {
  if (environment_("AWS_EC2_METADATA_DISABLED") == "true") {
    return Fail(Code::kNotFound, "AWS_EC2_METADATA_DISABLED is true");
  }
  const std::string endpoint = EndpointFrom(environment_);
  Result<http::Response> token =
      Ask({.method = "PUT",
           .url = endpoint + "/latest/api/token",
           .headers = {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}},
           .connect_timeout = kPatience,
           .timeout = kPatience});
  if (!token) return Fail(Code::kNotFound, fmt::format("no EC2 metadata at {}", endpoint));
  http::Request question{.url = endpoint + std::string(kRolesPath),
                         .headers = {{"x-aws-ec2-metadata-token", std::move(token->body)}},
                         .connect_timeout = kPatience,
                         .timeout = kPatience};
  EIDER_ASSIGN(const http::Response roles, Ask(question));  // kNotFound: the instance has no role
  const std::string role = roles.body.substr(0, roles.body.find_first_of("\r\n"));
  if (role.empty()) return Fail(Code::kNotFound, "the EC2 instance has no role");
  question.url += UriEncode(role, false);
  EIDER_ASSIGN(const http::Response answer, Ask(question));
  Result<Credentials> credentials = ParseCredentials(answer.body, kMetadataFields);
  if (!credentials) return Fail(kDoing, std::move(credentials).error());
  return credentials;
}

}  // namespace eider::aws
