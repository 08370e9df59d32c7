#include "eider/aws/container_credentials.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/aws/credentials_json.h"
#include "eider/aws/service_client.h"
#include "eider/aws/token_file.h"

namespace eider::aws {
namespace {

constexpr std::array<std::string_view, 6> kPlainHosts = {
    "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", "localhost", "[::1]", "127.0.0.1"};

// A token over http to another host would be a gift to it.
bool IsAllowed(std::string_view url) {
  if (url.starts_with("https://")) return true;
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return false;
  url.remove_prefix(kScheme.size());
  std::string_view host = url.substr(0, url.find_first_of("/?"));
  const std::size_t port = host.find(':', host.starts_with('[') ? host.find(']') : 0);
  host = host.substr(0, port);
  return std::ranges::find(kPlainHosts, host) != kPlainHosts.end();
}

Result<std::string> FindUrl(const Environment& environment) {
  if (const auto path = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
    const std::string_view slash = path->starts_with('/') ? "" : "/";
    return fmt::format("http://169.254.170.2{}{}", slash, *path);
  }
  auto url = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (!url) return Fail(Code::kNotFound, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set");
  if (!IsAllowed(*url)) {
    return Fail(Code::kInvalid,
                "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or http on a loopback or "
                "container address");
  }
  return *std::move(url);
}

// The authorization header's value, where one is wanted. The file is read every time: it changes.
Result<std::optional<std::string>> FindToken(const Environment& environment) {
  if (const auto file = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
    EIDER_ASSIGN(std::string token, ReadTokenFile(*file));
    return std::optional(std::move(token));
  }
  return environment("AWS_CONTAINER_AUTHORIZATION_TOKEN");
}

}  // namespace

Result<Credentials> ContainerCredentials::Get() {
  http::Request request;
  request.timeout = Milliseconds(5'000);
  EIDER_ASSIGN(request.url, FindUrl(environment_));
  EIDER_ASSIGN(const auto token, FindToken(environment_));
  if (token) request.headers.push_back({"authorization", *token});
  constexpr std::string_view kDoing = "cannot get the container's credentials";
  Result<http::Response> response = SendUnsigned(request, deps_);
  if (!response) return Fail(kDoing, std::move(response).error());
  if (response->status != 200) return Fail(kDoing, ToError(ParseServiceError(*response)));
  Result<Credentials> credentials = ParseCredentials(response->body, kMetadataFields);
  if (!credentials) return Fail(kDoing, std::move(credentials).error());
  return credentials;
}

}  // namespace eider::aws
