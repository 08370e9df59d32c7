// Tokens that are kept until they end, and signatures.
#include "eider/catalog/rest_auth.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
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

// How a token server is asked. Source: RFC 6749, "Client Credentials Grant"; RFC 8693, "Token
// Exchange", as Java's OAuth2Util asks. The catalog's own endpoint for it is deprecated and still
// what many servers have.
struct TokenGrant {
  std::string uri;
  std::string form;          // without the token that is exchanged
  std::string settings;      // that decide it, for errors
  bool is_exchange = false;  // the token so far is given for the next one
};

class OAuth2Token final : public RestAuth {
 public:
  OAuth2Token(TokenGrant grant, const RestAuthDeps& deps)
      : grant_(std::move(grant)), deps_(deps), is_due_(true) {}

  // With a token that is there already, for so long.
  OAuth2Token(TokenGrant grant, const RestAuthDeps& deps, std::string token, Milliseconds life)
      : grant_(std::move(grant)), deps_(deps), token_(std::move(token)) {
    RenewAfter(life);
  }

  Result<std::vector<http::Header>> Headers(const http::Request& request) override {
    const std::scoped_lock lock(mutex_);
    if (is_due_ || (renew_at_ && deps_.clock.Now() >= *renew_at_)) EIDER_CHECK(Renew());
    auto headers = request.headers;
    headers.push_back({std::string(kAuthorization), "Bearer " + token_});
    return headers;
  }

  // Where another thread has renewed it meanwhile, that one's will do.
  bool MayRenew(const std::vector<http::Header>& headers) override {
    const std::scoped_lock lock(mutex_);
    const auto sent = std::ranges::find(headers, kAuthorization, &http::Header::name);
    if (sent == headers.end()) return false;
    is_due_ |= sent->value == "Bearer " + token_;
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
            fmt::format("{} gives no token for the catalog: {}; see {}, catalog.scope and "
                        "catalog.oauth2-server-uri",
                        grant_.uri, why, grant_.settings)};
  }

  void RenewAfter(Milliseconds life) {
    renew_at_ = deps_.clock.Now() + life - life / kRenewalsPerLife;
  }

  Status Renew() {
    std::string form = grant_.form;
    http::Request request{.method = "POST",
                          .url = grant_.uri,
                          .headers = {{"content-type", "application/x-www-form-urlencoded"},
                                      {"accept", "application/json"}}};
    if (grant_.is_exchange) {
      request.headers.push_back({std::string(kAuthorization), "Bearer " + token_});
      form += "&subject_token=" + aws::UriEncode(token_, false);
    }
    request.body = form;
    auto answer = aws::SendUnsigned(request, {deps_.transport, deps_.clock, deps_.random});
    if (!answer) {
      return Fail(Code::kUnavailable, fmt::format("no token for the catalog from {}: {}",
                                                  grant_.uri, answer.error().message));
    }
    if (answer->status / 100 != 2) return std::unexpected(Refused(*answer));
    const auto unreadable = [&] {
      return Fail(Code::kInvalid,
                  fmt::format("{} does not answer as an OAuth2 server does: no access_token; see "
                              "catalog.oauth2-server-uri",
                              grant_.uri));
    };
    const auto document = codec::ParseJson(answer->body);
    if (!document) return unreadable();
    const auto json = codec::JsonObject::Of(*document);
    if (!json) return unreadable();
    auto token = json->String("access_token");
    if (!token || token->empty()) return unreadable();
    token_ = *std::move(token);
    is_due_ = false;
    renew_at_.reset();
    const auto seconds = json->OptionalInt64("expires_in");
    if (seconds && *seconds && **seconds > 0) RenewAfter(std::chrono::seconds(**seconds));
    return {};
  }

  const TokenGrant grant_;
  const RestAuthDeps deps_;
  std::mutex mutex_;  // guards what follows, and lets one thread at a time ask for a token
  std::string token_;
  bool is_due_ = false;  // another is to be had
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

using Fields = std::vector<std::pair<std::string, std::string>>;

// What both grants say alike stands behind their own fields.
std::string FormOf(const Properties& properties, Fields fields) {
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

// `credential` is "id:secret", or a secret alone.
std::string CredentialForm(const Properties& properties) {
  const std::string& credential = properties.at("credential");
  const std::size_t colon = credential.find(':');
  Fields fields = {{"grant_type", "client_credentials"},
                   {"scope", PropertyOr(properties, "scope", "catalog")}};
  if (colon != std::string::npos) fields.emplace_back("client_id", credential.substr(0, colon));
  fields.emplace_back("client_secret",
                      colon == std::string::npos ? credential : credential.substr(colon + 1));
  return FormOf(properties, std::move(fields));
}

std::string ExchangeForm(const Properties& properties) {
  return FormOf(properties,
                {{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
                 {"scope", PropertyOr(properties, "scope", "catalog")},
                 {"subject_token_type", "urn:ietf:params:oauth:token-type:access_token"}});
}

Result<bool> FlagOf(const Properties& properties, const char* name) {
  const std::string text = PropertyOr(properties, name, "false");
  if (text == "true" || text == "false") return text == "true";
  return Fail(Code::kInvalid, fmt::format("catalog.{} must be true or false: '{}'", name, text));
}

Result<std::unique_ptr<RestAuth>> AuthByToken(const Properties& properties,
                                              const std::string& server_uri,
                                              const RestAuthDeps& deps) {
  const std::string& token = properties.at("token");
  EIDER_ASSIGN(const bool is_exchanged, FlagOf(properties, "token-exchange-enabled"));
  if (!is_exchanged) return std::make_unique<FixedToken>(token);
  const std::string life = PropertyOr(properties, "token-expires-in-ms", "3600000");
  std::int64_t life_ms = 0;
  const auto parsed = std::from_chars(life.data(), life.data() + life.size(), life_ms);
  if (parsed.ec != std::errc() || parsed.ptr != life.data() + life.size() || life_ms <= 0) {
    return Fail(
        Code::kInvalid,
        fmt::format("catalog.token-expires-in-ms must be a number of milliseconds: '{}'", life));
  }
  TokenGrant grant{TokenUri(properties, server_uri), ExchangeForm(properties), "catalog.token",
                   true};
  return std::make_unique<OAuth2Token>(std::move(grant), deps, token, Milliseconds(life_ms));
}

}  // namespace

Result<std::unique_ptr<RestAuth>> NewRestAuth(const Properties& properties,
                                              const std::string& server_uri,
                                              const std::string& region, const RestAuthDeps& deps) {
  EIDER_ASSIGN(const bool is_signed, FlagOf(properties, "rest.sigv4-enabled"));
  if (is_signed) {
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
    TokenGrant grant{TokenUri(properties, server_uri), CredentialForm(properties),
                     "catalog.credential"};
    return std::make_unique<OAuth2Token>(std::move(grant), deps);
  }
  if (properties.contains("token")) return AuthByToken(properties, server_uri, deps);
  return std::make_unique<NoAuth>();
}

}  // namespace eider::catalog
