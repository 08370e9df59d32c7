// Canonical request, string to sign, signature.
#include "eider/aws/sigv4.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/aws/service_client.h"
#include "eider/aws/time_text.h"
#include "eider/base/lower_case.h"
#include "eider/codec/hex.h"
#include "eider/codec/hmac.h"
#include "eider/codec/sha256.h"

namespace eider::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kS3 = "s3";

struct UrlParts {
  std::string_view scheme;
  std::string_view authority;
  std::string_view path;
  std::string_view query;
};

UrlParts Split(std::string_view url) {
  UrlParts parts;
  const std::size_t scheme_end = url.find("://");
  if (scheme_end != std::string_view::npos) {
    parts.scheme = url.substr(0, scheme_end);
    url.remove_prefix(scheme_end + 3);
  }
  const std::size_t path = std::min(url.find_first_of("/?"), url.size());
  parts.authority = url.substr(0, path);
  url.remove_prefix(path);
  const std::size_t query = std::min(url.find('?'), url.size());
  parts.path = url.substr(0, query);
  if (query < url.size()) parts.query = url.substr(query + 1);
  return parts;
}

// Without empty segments, "." and "..", as RFC 3986 resolves them.
std::string NormalizePath(std::string_view path) {
  std::vector<std::string_view> kept;
  const bool is_folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (!segment.empty() && segment != ".") {
      kept.push_back(segment);
    }
  }
  std::string normal;
  for (const std::string_view segment : kept) {
    normal += '/';
    normal += segment;
  }
  if (normal.empty() || is_folder) normal += '/';
  return normal;
}

std::string CanonicalPath(std::string_view path, const SigningScope& scope) {
  if (scope.service == kS3) return path.empty() ? "/" : std::string(path);
  return UriEncode(NormalizePath(path), true);
}

// Encodes what is not encoded yet.
std::string EncodeRest(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (c == '%') {
      encoded += c;
    } else {
      encoded += UriEncode(std::string_view(&c, 1), false);
    }
  }
  return encoded;
}

std::string CanonicalQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view parameter = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (parameter.empty()) continue;
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    parameters.emplace_back(EncodeRest(parameter.substr(0, equals)),
                            EncodeRest(parameter.substr(std::min(equals + 1, parameter.size()))));
  }
  std::ranges::sort(parameters);
  std::string canonical;
  for (const auto& [name, value] : parameters) {
    if (!canonical.empty()) canonical += '&';
    canonical += name + '=' + value;
  }
  return canonical;
}

// Without blanks at the ends; runs of blanks inside become one.
std::string CanonicalValue(std::string_view value) {
  std::string canonical;
  bool is_blank = true;  // drops those at the start
  for (const char c : value) {
    const bool blank = c == ' ' || c == '\t';
    if (!blank) canonical += c;
    if (blank && !is_blank) canonical += ' ';
    is_blank = blank;
  }
  if (canonical.ends_with(' ')) canonical.pop_back();
  return canonical;
}

// By lower-case name; the values of one name joined in their order.
std::map<std::string, std::string> CanonicalHeaders(std::span<const http::Header> headers) {
  std::map<std::string, std::string> canonical;
  for (const http::Header& header : headers) {
    const auto [at, is_new] =
        canonical.try_emplace(LowerCase(header.name), CanonicalValue(header.value));
    if (!is_new) at->second += ',' + CanonicalValue(header.value);
  }
  return canonical;
}

}  // namespace

std::string SigningScope::ToString() const {
  return fmt::format("{}/{}/{}/aws4_request", AmzDate(time).substr(0, 8), region, service);
}

std::string SignedHeaderNames(std::span<const http::Header> headers) {
  std::string names;
  for (const auto& [name, value] : CanonicalHeaders(headers)) {
    if (!names.empty()) names += ';';
    names += name;
  }
  return names;
}

std::string CanonicalRequest(const SignedParts& parts, const SigningScope& scope) {
  const UrlParts url = Split(parts.url);
  std::string headers;
  for (const auto& [name, value] : CanonicalHeaders(parts.headers)) {
    headers += name + ':' + value + '\n';
  }
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", parts.method, CanonicalPath(url.path, scope),
                     CanonicalQuery(url.query), headers, SignedHeaderNames(parts.headers),
                     parts.payload_hash);
}

std::string StringToSign(std::string_view canonical_request, const SigningScope& scope) {
  return fmt::format("{}\n{}\n{}\n{}", kAlgorithm, AmzDate(scope.time), scope.ToString(),
                     codec::Sha256Hex(canonical_request));
}

std::string SigningKey(std::string_view secret_access_key, const SigningScope& scope) {
  std::string key =
      codec::HmacSha256(fmt::format("AWS4{}", secret_access_key), AmzDate(scope.time).substr(0, 8));
  key = codec::HmacSha256(key, scope.region);
  key = codec::HmacSha256(key, scope.service);
  return codec::HmacSha256(key, "aws4_request");
}

std::string Signature(std::string_view signing_key, std::string_view string_to_sign) {
  return codec::HexEncode(codec::HmacSha256(signing_key, string_to_sign));
}

std::string HostOf(std::string_view url) {
  const UrlParts parts = Split(url);
  const std::string_view own_port = parts.scheme == "https" ? ":443" : ":80";
  std::string_view host = parts.authority;
  if (host.ends_with(own_port)) host.remove_suffix(own_port.size());
  return std::string(host);
}

std::string SigningKeyCache::KeyFor(const Credentials& credentials, const SigningScope& scope) {
  const std::string wanted = scope.ToString();
  const std::scoped_lock lock(mutex_);
  if (scope_ != wanted || secret_ != credentials.secret_access_key) {
    key_ = SigningKey(credentials.secret_access_key, scope);
    secret_ = credentials.secret_access_key;
    scope_ = wanted;
  }
  return key_;
}

std::vector<http::Header> SignHeaders(const SignedParts& parts, const Credentials& credentials,
                                      const SigningScope& scope, SigningKeyCache& keys) {
  std::vector<http::Header> headers(parts.headers.begin(), parts.headers.end());
  headers.push_back({"x-amz-date", AmzDate(scope.time)});
  if (!credentials.session_token.empty()) {
    headers.push_back({"x-amz-security-token", credentials.session_token});
  }
  if (scope.service == kS3) {
    headers.push_back({"x-amz-content-sha256", std::string(parts.payload_hash)});
  }
  headers.push_back({"host", HostOf(parts.url)});
  SignedParts all = parts;
  all.headers = headers;
  const std::string to_sign = StringToSign(CanonicalRequest(all, scope), scope);
  std::string authorization =
      fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                  credentials.access_key_id, scope.ToString(), SignedHeaderNames(headers),
                  Signature(keys.KeyFor(credentials, scope), to_sign));
  headers.pop_back();  // host: the transport writes the same one
  headers.push_back({"authorization", std::move(authorization)});
  return headers;
}

}  // namespace eider::aws
