// Configuration of both sides, merged, and addresses.
#include "eider/catalog/rest_session.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/aws/service_client.h"
#include "eider/base/result.h"

namespace eider::catalog {
namespace {

constexpr std::string_view kHeader = "header.";
constexpr std::string_view kDelegation = "x-iceberg-access-delegation";
constexpr std::string_view kUnitSeparator = "%1F";

// What every server has, of that which is asked here. Source: the specification's note on clients
// of servers that send no endpoints.
constexpr auto kFirstEndpoints =
    std::to_array<std::string_view>({"GET /v1/{prefix}/namespaces", "POST /v1/{prefix}/namespaces",
                                     "GET /v1/{prefix}/namespaces/{namespace}/tables",
                                     "POST /v1/{prefix}/namespaces/{namespace}/tables",
                                     "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}",
                                     "POST /v1/{prefix}/namespaces/{namespace}/tables/{table}",
                                     "DELETE /v1/{prefix}/namespaces/{namespace}/tables/{table}"});

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string WithoutTrailingSlashes(std::string uri) {
  while (uri.ends_with('/')) uri.pop_back();
  return uri;
}

// `header.NAME` of the properties. Credentials for the tables' objects are asked for unless the
// configuration says otherwise, as PyIceberg does.
Result<std::vector<http::Header>> HeadersOf(const RestProperties& properties) {
  std::vector<http::Header> headers;
  std::string delegation = "vended-credentials";
  for (const auto& [property, value] : properties) {
    if (!property.starts_with(kHeader)) continue;
    std::string name = LowerCase(std::string_view(property).substr(kHeader.size()));
    if (name == kDelegation) {
      delegation = value;
    } else {
      headers.push_back({std::move(name), value});
    }
  }
  if (delegation.find("remote-signing") != std::string::npos) {
    return Fail(
        Code::kUnsupported,
        "Eider signs requests for objects itself and has no remote signing: set "
        "catalog.header.X-Iceberg-Access-Delegation to vended-credentials, or leave it out");
  }
  if (!delegation.empty()) headers.push_back({std::string(kDelegation), delegation});
  return headers;
}

// What a client is made of: as long as that stays as it is, so does the client, and its token.
RestProperties OfClient(const RestProperties& properties) {
  static constexpr auto kUsed = std::to_array<std::string_view>(
      {"uri", "credential", "token", "scope", "audience", "resource", "oauth2-server-uri",
       "rest.sigv4-enabled", "rest.signing-name", "rest.signing-region"});
  RestProperties used;
  for (const auto& [name, value] : properties) {
    const bool is_used = name.starts_with(kHeader) || std::ranges::find(kUsed, name) != kUsed.end();
    if (is_used) used.emplace(name, value);
  }
  return used;
}

RestProperties Merged(const RestProperties& own, const RestConfig& config) {
  RestProperties merged = config.overrides;
  merged.insert(own.begin(), own.end());
  merged.insert(config.defaults.begin(), config.defaults.end());
  return merged;
}

}  // namespace

RestServer::RestServer(RestProperties properties, RestConfig config,
                       std::unique_ptr<RestClient> client)
    : properties_(std::move(properties)), config_(std::move(config)), client_(std::move(client)) {}

bool RestServer::Has(std::string_view endpoint) const {
  if (config_.endpoints.empty()) {
    return std::ranges::find(kFirstEndpoints, endpoint) != kFirstEndpoints.end();
  }
  return config_.endpoints.contains(std::string(endpoint));
}

// The prefix is sent as the server gave it: it may be encoded, or have several parts.
std::string RestServer::Path(std::string_view rest) const {
  const auto prefix = properties_.find("prefix");
  if (prefix == properties_.end() || prefix->second.empty()) return fmt::format("/v1/{}", rest);
  return fmt::format("/v1/{}/{}", prefix->second, rest);
}

std::string RestServer::Encoded(const Namespace& name_space) const {
  const auto set = properties_.find("namespace-separator");
  std::string separator(kUnitSeparator);
  if (set != properties_.end() && !set->second.empty()) {
    separator = set->second.starts_with('%') ? set->second : aws::UriEncode(set->second, false);
  }
  std::string text;
  for (const std::string& level : name_space) {
    if (!text.empty()) text += separator;
    text += aws::UriEncode(level, false);
  }
  return text;
}

std::string RestServer::TablesPath(const Namespace& name_space) const {
  return Path(fmt::format("namespaces/{}/tables", Encoded(name_space)));
}

std::string RestServer::TablePath(const iceberg::TableName& table) const {
  return TablesPath(table.name_space) + "/" + aws::UriEncode(table.name, false);
}

Result<RestServer*> RestSession::Server() {
  const std::scoped_lock lock(mutex_);
  if (!server_) {
    EIDER_ASSIGN(server_, Open());
  }
  return server_.get();
}

Result<std::unique_ptr<RestClient>> RestSession::NewClient(const RestProperties& properties,
                                                           const std::string& uri) const {
  EIDER_ASSIGN(auto headers, HeadersOf(properties));
  EIDER_ASSIGN(auto auth, NewRestAuth(properties, uri, options_.aws_region, deps_));
  return std::make_unique<RestClient>(
      RestClientOptions{.server_uri = uri, .headers = std::move(headers)}, std::move(auth), deps_);
}

Result<std::unique_ptr<RestServer>> RestSession::Open() const {
  const std::string uri = WithoutTrailingSlashes(options_.uri);
  EIDER_ASSIGN(auto client, NewClient(options_.properties, uri));
  RestCall call{.path = "/v1/config"};
  const auto warehouse = options_.properties.find("warehouse");
  if (warehouse != options_.properties.end()) {
    call.path += "?warehouse=" + aws::UriEncode(warehouse->second, false);
  }
  auto body = client->Ask(call);
  if (!body) {
    Error error = std::move(body).error().error;
    // It is not the table that is not there.
    if (error.code == Code::kNotFound) error.code = Code::kInvalid;
    if (warehouse != options_.properties.end() && error.code == Code::kInvalid) {
      error.message += fmt::format("; see catalog.warehouse: '{}'", warehouse->second);
    }
    return std::unexpected(std::move(error));
  }
  auto config = ParseRestConfig(*body);
  if (!config) return std::unexpected(client->Unreadable(call, *body, config.error()));
  RestProperties properties = Merged(options_.properties, *config);
  const auto moved = properties.find("uri");
  const std::string uri_now =
      moved == properties.end() ? uri : WithoutTrailingSlashes(moved->second);
  if (OfClient(properties) != OfClient(options_.properties)) {
    EIDER_ASSIGN(client, NewClient(properties, uri_now));
  }
  return std::make_unique<RestServer>(std::move(properties), *std::move(config), std::move(client));
}

}  // namespace eider::catalog
