// Region and endpoints from variables and profile.
#include "eider/aws/environment.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/aws/profile_file.h"

namespace eider::aws {
namespace {

std::string WithoutTrailingSlashes(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

std::string UpperCase(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

// What the profile says of the service's endpoint, or of all services'.
Result<std::optional<std::string>> EndpointOfProfile(std::string_view service,
                                                     const Environment& environment) {
  EIDER_ASSIGN(const ProfileFiles files, ReadProfileFiles(environment));
  const auto profile = files.profiles.find(ProfileName(environment));
  if (profile == files.profiles.end()) return std::nullopt;
  const auto services = files.services.find(ValueOf(profile->second, "services"));
  if (services != files.services.end()) {
    const std::string_view url = ValueOf(services->second, fmt::format("{}.endpoint_url", service));
    if (!url.empty()) return std::string(url);
  }
  const std::string_view url = ValueOf(profile->second, "endpoint_url");
  if (url.empty()) return std::nullopt;
  return std::string(url);
}

}  // namespace

Result<std::string> FindRegion(const Environment& environment) {
  if (auto region = environment("AWS_REGION")) return *std::move(region);
  if (auto region = environment("AWS_DEFAULT_REGION")) return *std::move(region);
  EIDER_ASSIGN(const ProfileFiles files, ReadProfileFiles(environment));
  const std::string name = ProfileName(environment);
  const auto profile = files.profiles.find(name);
  if (profile != files.profiles.end()) {
    const std::string_view region = ValueOf(profile->second, "region");
    if (!region.empty()) return std::string(region);
  }
  return Fail(Code::kNotFound,
              fmt::format("no AWS region: set AWS_REGION, or `region` in profile '{}' of {}", name,
                          files.places));
}

Result<std::optional<std::string>> ConfiguredEndpoint(std::string_view service,
                                                      const Environment& environment) {
  if (environment("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").value_or("") == "true") {
    return std::nullopt;
  }
  // The SDKs' name of the service, where it is not the one that signs.
  const std::string_view name = service == "events"   ? "eventbridge"
                                : service == "states" ? "sfn"
                                                      : service;
  auto url = environment("AWS_ENDPOINT_URL_" + UpperCase(name));
  if (!url) url = environment("AWS_ENDPOINT_URL");
  if (!url) {
    EIDER_ASSIGN(url, EndpointOfProfile(name, environment));
  }
  if (url) url = WithoutTrailingSlashes(*std::move(url));
  return url;
}

Result<std::string> EndpointOf(std::string_view service, std::string_view region,
                               const Environment& environment) {
  EIDER_ASSIGN(auto configured, ConfiguredEndpoint(service, environment));
  if (configured) return *std::move(configured);
  const std::string_view domain = region.starts_with("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return fmt::format("https://{}.{}.{}", service, region, domain);
}

bool IsCustomEndpoint(std::string_view service, const Environment& environment) {
  const auto configured = ConfiguredEndpoint(service, environment);
  return configured && *configured &&
         configured->value().find("amazonaws.com") == std::string::npos;
}

}  // namespace eider::aws
