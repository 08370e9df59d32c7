// Tokens that are kept until they end, and signatures.
#include "eider/catalog/rest_auth.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/aws/service_client.h"
#include "eider/aws/sigv4.h"
#include "eider/aws/unsigned_call.h"
#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/codec/sha256.h"

namespace eider::catalog {
namespace {

using Properties = std::map<std::string, std::string>;

constexpr std::string_view kAuthorization = "authorization";

std::string PropertyOr(const Properties& properties, const char* name, std::string otherwise) {
  const auto found = properties.find(name);
  return found == properties.end() || found->second.empty() ? std::move(otherwise) : found->second;
}

class NoAuth final : public RestAuth {
 public:
  Result<std::vector<http::Header>> Headers(const http::Request& request) override {
    return request.headers;
  }

  bool MayRenew(const std::vector<http::Header>& /*headers*/) override { return false; }
};

// A token that somebody else renews, if anybody does.
class FixedToken final : public RestAuth {
 public:
  explicit FixedToken(std::string token) : token_(std::move(token)) {}

  Result<std::vector<http::Header>> Headers(const http::Request& request) override {
    auto headers = request.headers;
    headers.push_back({std::string(kAuthorization), "Bearer " + token_});
    return headers;
  }

  bool MayRenew(const std::vector<http::Header>& /*headers*/) override { return false; }

 private:
  std::string token_;
};

// Source: RFC 6749, "Client Credentials Grant"; the catalog's own endpoint for it is deprecated and
// still what many servers have.
class ClientCredentials final : public RestAuth {
 public:
  ClientCredentials(std::string token_uri, std::string form, const RestAuthDeps& deps)
      : token_uri_(std::move(token_uri)), form_(std::move(form)), deps_(deps) {}

  Result<std::vector<http::Header>> Headers(const http::Request& request) override {
    const std::scoped_lock lock(mutex_);
    if (!token_ || (renew_at_ && deps_.clock.Now() >= *renew_at_)) EIDER_CHECK(Renew());
    auto headers = request.headers;
    headers.push_back({std::string(kAuthorization), "Bearer " + *token_});
    return headers;
  }

  // Where another thread has renewed it meanwhile, that one's will do.
  bool MayRenew(const std::vector<http::Header>& headers) override {
    const std::scoped_lock lock(mutex_);
    const auto sent = std::ranges::find(headers, kAuthorization, &http::Header::name);
    if (sent == headers.end()) return false;
    if (token_ && sent->value == "Bearer " + *token_) token_.reset();
    return true;
  }

 private:
  // A token is renewed when a tenth of its time is left.
  static constexpr int kRenewalsPerLife = 10;

  Error Refused(const http::Response& answer) const {
    std::string why = fmt::format("status {}", answer.status);
    if (const auto json = codec::ParseJson(answer.body); json && json->is_object()) {
      for (const char* key : {"error", "error_description"}) {
        const auto text = json->find(key);
        if (text != json->end() && text->is_string()) why += ": " + text->get<std::string>();
      }
    }
    const bool may_pass = answer.status == 429 || answer.status >= 500;
    return {may_pass ? Code::kUnavailable : Code::kDenied,
            fmt::format("{} gives no token for the catalog's credential: {}; see "
                        "catalog.credential, catalog.scope and catalog.oauth2-server-uri",
                        token_uri_, why)};
  }

  Status Renew() {
    const http::Request request{.method = "POST",
                                .url = token_uri_,
                                .headers = {{"content-type", "application/x-www-form-urlencoded"},
                                            {"accept", "application/json"}},
                                .body = form_};
    auto answer = aws::SendUnsigned(request, {deps_.transport, deps_.clock, deps_.random});
    if (!answer) {
      return Fail(Code::kUnavailable, fmt::format("no token for the catalog from {}: {}",
                                                  token_uri_, answer.error().message));
    }
    if (answer->status / 100 != 2) return std::unexpected(Refused(*answer));
    const auto unreadable = [&] {
      return Fail(Code::kInvalid,
                  fmt::format("{} does not answer as an OAuth2 server does: no access_token; see "
                              "catalog.oauth2-server-uri",
                              token_uri_));
    };
    const auto document = codec::ParseJson(answer->body);
    if (!document) return unreadable();
    const auto json = codec::JsonObject::Of(*document);
    if (!json) return unreadable();
    auto token = json->String("access_token");
    if (!token || token->empty()) return unreadable();
    token_ = *std::move(token);
    renew_at_.reset();
    const auto seconds = json->OptionalInt64("expires_in");
    if (seconds && *seconds && **seconds > 0) {
      const auto life = std::chrono::seconds(**seconds);
      renew_at_ = deps_.clock.Now() + Milliseconds(life) - Milliseconds(life) / kRenewalsPerLife;
    }
    return {};
  }

  const std::string token_uri_;
  const std::string form_;
  const RestAuthDeps deps_;
  std::mutex mutex_;  // guards what follows, and lets one thread at a time ask for a token
  std::optional<std::string> token_;
  std::optional<TimePoint> renew_at_;
};

class AwsSignature final : public RestAuth {
 public:
  AwsSignature(std::string service, std::string region, const RestAuthDeps& deps)
      : service_(std::move(service)), region_(std::move(region)), deps_(deps) {}

  Result<std::vector<http::Header>> Headers(const http::Request& request) override {
    auto credentials = deps_.aws_credentials.Get();
    if (!credentials) {
      Error error = std::move(credentials).error();
      if (error.code == Code::kNotFound) error.code = Code::kDenied;
      return Fail("requests to the catalog are to be signed", std::move(error));
    }
    const std::string hash = codec::Sha256Hex(request.body);
    const aws::SignedParts parts{request.method, request.url, request.headers, hash};
    return aws::SignHeaders(parts, *credentials, {deps_.clock.Now(), region_, service_}, keys_);
  }

  bool MayRenew(const std::vector<http::Header>& /*headers*/) override {
    const auto refused = deps_.aws_credentials.Get();
    if (!refused) return false;
    deps_.aws_credentials.Reject(*refused);
    const auto next = deps_.aws_credentials.Get();
    return next && *next != *refused;
  }

 private:
  const std::string service_;
  const std::string region_;
  const RestAuthDeps deps_;
  aws::SigningKeyCache keys_;
};

// Java allows a path of the catalog's own server.
std::string TokenUri(const Properties& properties, const std::string& server_uri) {
  const std::string uri = PropertyOr(properties, "oauth2-server-uri", "v1/oauth/tokens");
  if (uri.find("://") != std::string::npos) return uri;
  return server_uri + (uri.starts_with('/') ? "" : "/") + uri;
}

// `credential` is "id:secret", or a secret alone.
std::string TokenForm(const Properties& properties) {
  const std::string& credential = properties.at("credential");
  const std::size_t colon = credential.find(':');
  std::vector<std::pair<std::string, std::string>> fields = {
      {"grant_type", "client_credentials"}, {"scope", PropertyOr(properties, "scope", "catalog")}};
  if (colon != std::string::npos) fields.emplace_back("client_id", credential.substr(0, colon));
  fields.emplace_back("client_secret",
                      colon == std::string::npos ? credential : credential.substr(colon + 1));
  for (const char* name : {"audience", "resource"}) {
    if (std::string value = PropertyOr(properties, name, ""); !value.empty()) {
      fields.emplace_back(name, std::move(value));
    }
  }
  std::vector<std::string> encoded;
  for (const auto& [name, value] : fields) {
    encoded.push_back(name + "=" + aws::UriEncode(value, false));
  }
  return fmt::format("{}", fmt::join(encoded, "&"));
}

}  // namespace

Result<std::unique_ptr<RestAuth>> NewRestAuth(const Properties& properties,
                                              const std::string& server_uri,
                                              const std::string& region, const RestAuthDeps& deps) {
  const std::string is_signed = PropertyOr(properties, "rest.sigv4-enabled", "false");
  if (is_signed != "true" && is_signed != "false") {
    return Fail(Code::kInvalid,
                fmt::format("catalog.rest.sigv4-enabled must be true or false: '{}'", is_signed));
  }
  if (is_signed == "true") {
    std::string signing_region = PropertyOr(properties, "rest.signing-region", region);
    if (signing_region.empty()) {
      return Fail(Code::kInvalid,
                  "requests to the catalog are to be signed for a region: set "
                  "catalog.rest.signing-region or aws.region");
    }
    return std::make_unique<AwsSignature>(
        PropertyOr(properties, "rest.signing-name", "execute-api"), std::move(signing_region),
        deps);
  }
  if (properties.contains("credential")) {
    return std::make_unique<ClientCredentials>(TokenUri(properties, server_uri),
                                               TokenForm(properties), deps);
  }
  if (const auto token = properties.find("token"); token != properties.end()) {
    return std::make_unique<FixedToken>(token->second);
  }
  return std::make_unique<NoAuth>();
}

}  // namespace eider::catalog
