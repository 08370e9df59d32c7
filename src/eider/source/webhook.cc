// Proofs first, contents afterwards.
#include "eider/source/webhook.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/base64.h"
#include "eider/codec/hex.h"
#include "eider/codec/hmac.h"
#include "eider/source/delivery.h"

namespace eider::source {
namespace {

char LowerCase(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// What follows `scheme`, which is written in lower case here and in any case there, and a blank.
std::optional<std::string_view> AfterScheme(std::string_view header, std::string_view scheme) {
  if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return std::nullopt;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    if (LowerCase(header[i]) != scheme[i]) return std::nullopt;
  }
  header.remove_prefix(scheme.size());
  while (header.starts_with(' ')) header.remove_prefix(1);
  while (header.ends_with(' ')) header.remove_suffix(1);
  return header;
}

Status CheckSecret(std::string_view given, std::string_view expected, std::string_view what) {
  if (expected.empty()) {
    return Fail(Code::kDenied, fmt::format("no {} is configured to compare with", what));
  }
  if (codec::SecretsMatch(given, expected)) return {};
  return Fail(Code::kDenied, fmt::format("the {} is not the configured one", what));
}

}  // namespace

Status CheckBearer(std::string_view authorization, std::string_view token) {
  if (authorization.empty()) return Fail(Code::kDenied, "no Authorization header");
  const auto given = AfterScheme(authorization, "bearer");
  if (!given) return Fail(Code::kDenied, "the Authorization header has no bearer token");
  return CheckSecret(*given, token, "bearer token");
}

Status CheckBasic(std::string_view authorization, std::string_view token) {
  if (authorization.empty()) return Fail(Code::kDenied, "no Authorization header");
  const auto given = AfterScheme(authorization, "basic");
  const auto pair = given ? codec::FromBase64(*given) : std::nullopt;
  const std::size_t colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) {
    return Fail(Code::kDenied, "the Authorization header has no user and password (Basic)");
  }
  return CheckSecret(std::string_view(*pair).substr(colon + 1), token, "password");
}

Status CheckHmac(std::string_view signature, std::string_view secret, std::string_view body) {
  static constexpr std::string_view kPrefix = "sha256=";
  if (signature.empty()) return Fail(Code::kDenied, "no signature header");
  if (!signature.starts_with(kPrefix)) {
    return Fail(Code::kDenied, "the signature is not of the form sha256=<hex>");
  }
  const auto given = codec::HexDecode(signature.substr(kPrefix.size()));
  if (!given) return Fail(Code::kDenied, "the signature is not of the form sha256=<hex>");
  if (secret.empty())
    return Fail(Code::kDenied, "no secret is configured to check signatures with");
  if (codec::SecretsMatch(*given, codec::HmacSha256(secret, body))) return {};
  return Fail(Code::kDenied, "the signature is not that of the body under the configured secret");
}

Delivery ReadWebhook(std::string_view body) {
  Delivery delivery;
  if (body.size() > kWebhookBytesMax) {
    delivery.problems.push_back(fmt::format("a notification of {} bytes; one has at most {}",
                                            body.size(), kWebhookBytesMax));
    return delivery;
  }
  AddMessage(body, delivery);
  return delivery;
}

}  // namespace eider::source
