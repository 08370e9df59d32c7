// AWS Signature Version 4, as pure functions.
//
// Source: IAM User Guide, "Create a signed AWS API request"; S3 API Reference, "Authenticating
// Requests (AWS Signature Version 4)". S3 signs the path as it is sent; all other services
// normalize it and encode it once more.
#pragma once

#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eider/aws/credentials.h"
#include "eider/base/clock.h"
#include "eider/http/transport.h"

namespace eider::aws {

inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

// What a signature is good for: one day, one region, one service.
struct SigningScope {
  TimePoint time;
  std::string region;
  std::string service;

  // "20150830/us-east-1/iam/aws4_request"
  std::string ToString() const;
};

// What is signed. The headers hold all that are signed: `host` and `x-amz-date` at least.
struct SignedParts {
  std::string_view method;
  std::string_view url;  // absolute
  std::span<const http::Header> headers;
  std::string_view payload_hash;  // lower-case hexadecimal SHA-256, or kUnsignedPayload
};

// "host;x-amz-date": the names of all headers, lower case, sorted.
std::string SignedHeaderNames(std::span<const http::Header> headers);

std::string CanonicalRequest(const SignedParts& parts, const SigningScope& scope);
std::string StringToSign(std::string_view canonical_request, const SigningScope& scope);

// The 32 bytes that sign all requests of the scope.
std::string SigningKey(std::string_view secret_access_key, const SigningScope& scope);

// 64 hexadecimal digits.
std::string Signature(std::string_view signing_key, std::string_view string_to_sign);

// The host header's value for the URL: with the port, where it is not the scheme's own.
std::string HostOf(std::string_view url);

// The key of the day, kept: deriving it costs four HMACs. Safe for concurrent calls.
class SigningKeyCache {
 public:
  std::string KeyFor(const Credentials& credentials, const SigningScope& scope);

 private:
  std::mutex mutex_;  // guards what follows
  std::string secret_;
  std::string scope_;
  std::string key_;
};

// The headers of a request and those that sign it: x-amz-date, authorization, and where they apply
// x-amz-security-token and x-amz-content-sha256. `host` is signed, and left to the transport.
std::vector<http::Header> SignHeaders(const SignedParts& parts, const Credentials& credentials,
                                      const SigningScope& scope, SigningKeyCache& keys);

}  // namespace eider::aws
