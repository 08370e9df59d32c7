// AWS's own vectors: every step of the signature, not only its end.
#include "eider/aws/sigv4.h"

#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/aws/service_client.h"
#include "eider/aws/time_text.h"
#include "eider/codec/json.h"
#include "eider/codec/sha256.h"

namespace eider::aws {
namespace {

using http::Header;
using testing::EndsWith;
using testing::HasSubstr;

codec::Json Vectors() {
  std::ifstream file(EIDER_SOURCE_DIR "/tests/golden/sigv4/vectors.json");
  std::stringstream text;
  text << file.rdbuf();
  auto json = codec::ParseJson(text.str());
  EXPECT_TRUE(json) << json.error().message;
  return json ? *json : codec::Json::array();
}

// The credentials and the scope of every case (context.json of the suite).
constexpr const char* kSuiteSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const SigningScope kSuiteScope{*ParseIsoTime("2015-08-30T12:36:00Z"), "us-east-1", "service"};

TEST(SigV4, HoldsAwsTestSuite) {
  const codec::Json vectors = Vectors();
  ASSERT_EQ(vectors.size(), 29U);
  const std::string key = SigningKey(kSuiteSecret, kSuiteScope);
  for (const codec::Json& vector : vectors) {
    SCOPED_TRACE(vector.at("name").get<std::string>());
    std::vector<Header> headers = {{"X-Amz-Date", "20150830T123600Z"}};
    for (const codec::Json& header : vector.at("headers")) {
      headers.push_back({header.at(0).get<std::string>(), header.at(1).get<std::string>()});
    }
    const auto token = vector.at("token").get<std::string>();
    if (!token.empty()) headers.push_back({"X-Amz-Security-Token", token});
    const std::string hash = codec::Sha256Hex(vector.at("body").get<std::string>());
    if (vector.at("sign_body").get<bool>()) headers.push_back({"x-amz-content-sha256", hash});
    const auto method = vector.at("method").get<std::string>();
    const auto url = vector.at("url").get<std::string>();
    const std::string request = CanonicalRequest({method, url, headers, hash}, kSuiteScope);
    EXPECT_EQ(request, vector.at("canonical_request").get<std::string>());
    const std::string to_sign = StringToSign(request, kSuiteScope);
    EXPECT_EQ(to_sign, vector.at("string_to_sign").get<std::string>());
    EXPECT_EQ(Signature(key, to_sign), vector.at("signature").get<std::string>());
  }
}

// S3 API Reference, "Authenticating Requests: Using the Authorization Header", its four examples.
class S3SignatureTest : public testing::Test {
 protected:
  std::string AuthorizationOf(const SignedParts& parts) {
    const Credentials credentials{.access_key_id = "AKIAIOSFODNN7EXAMPLE",
                                  .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                                  .session_token = {},
                                  .expires = {}};
    const SigningScope scope{*ParseIsoTime("2013-05-24T00:00:00Z"), "us-east-1", "s3"};
    const auto headers = SignHeaders(parts, credentials, scope, keys_);
    EXPECT_EQ(headers.back().name, "authorization");
    return headers.back().value;
  }

  const std::string empty_ = codec::Sha256Hex("");
  SigningKeyCache keys_;
};

TEST_F(S3SignatureTest, GetObject) {
  const std::vector<Header> headers = {{"Range", "bytes=0-9"}};
  EXPECT_EQ(
      AuthorizationOf({"GET", "https://examplebucket.s3.amazonaws.com/test.txt", headers, empty_}),
      "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
      "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
      "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_F(S3SignatureTest, PutObject) {
  const std::vector<Header> headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                                       {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  const std::string hash = codec::Sha256Hex("Welcome to Amazon S3.");
  EXPECT_THAT(AuthorizationOf({"PUT", "https://examplebucket.s3.amazonaws.com/test%24file.text",
                               headers, hash}),
              EndsWith("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST_F(S3SignatureTest, GetBucketLifecycle) {
  EXPECT_THAT(
      AuthorizationOf({"GET", "https://examplebucket.s3.amazonaws.com/?lifecycle", {}, empty_}),
      EndsWith("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

TEST_F(S3SignatureTest, ListObjects) {
  EXPECT_THAT(
      AuthorizationOf(
          {"GET", "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J", {}, empty_}),
      EndsWith("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

// S3 keys may hold what other services normalize away.
TEST(SigV4, S3PathIsSignedAsItIsSent) {
  const SigningScope scope{kSuiteScope.time, "us-east-1", "s3"};
  const std::string request =
      CanonicalRequest({"GET", "https://h/a//../%20b?x", {}, "hash"}, scope);
  EXPECT_EQ(request, "GET\n/a//../%20b\nx=\n\n\nhash");
}

TEST(SigV4, OtherServicesEncodeThePathOnceMore) {
  const std::string request =
      CanonicalRequest({"GET", "https://h/a/%20b", {}, "hash"}, kSuiteScope);
  EXPECT_THAT(request, HasSubstr("\n/a/%2520b\n"));
}

TEST(SigV4, SignsHostAndTokenButLeavesHostToTheTransport) {
  SigningKeyCache keys;
  const Credentials credentials{"AKID", "secret", "token", {}};
  const auto headers =
      SignHeaders({"POST", "https://h:8443/", {}, "hash"}, credentials, kSuiteScope, keys);
  ASSERT_EQ(headers.size(), 3U);
  EXPECT_EQ(headers[0].name, "x-amz-date");
  EXPECT_EQ(headers[1].value, "token");
  EXPECT_THAT(headers[2].value, HasSubstr("SignedHeaders=host;x-amz-date;x-amz-security-token,"));
}

TEST(SigV4, HostHasThePortThatIsSent) {
  EXPECT_EQ(HostOf("https://h/x"), "h");
  EXPECT_EQ(HostOf("https://h:443/x"), "h");
  EXPECT_EQ(HostOf("http://h:80?x"), "h");
  EXPECT_EQ(HostOf("http://127.0.0.1:7070/x:y"), "127.0.0.1:7070");
  EXPECT_EQ(HostOf("https://h:80"), "h:80");
}

TEST(SigV4, KeptKeyFollowsDayAndSecret) {
  SigningKeyCache keys;
  SigningScope scope = kSuiteScope;
  const Credentials first{"a", "one", "", {}};
  EXPECT_EQ(keys.KeyFor(first, scope), SigningKey("one", scope));
  EXPECT_EQ(keys.KeyFor({"a", "two", "", {}}, scope), SigningKey("two", scope));
  scope.time += std::chrono::days(1);
  EXPECT_EQ(keys.KeyFor(first, scope), SigningKey("one", scope));
}

TEST(UriEncode, EncodesAllButTheUnreserved) {
  EXPECT_EQ(UriEncode("aZ09-._~", false), "aZ09-._~");
  EXPECT_EQ(UriEncode("a b/c+ü*'", false), "a%20b%2Fc%2B%C3%BC%2A%27");
  EXPECT_EQ(UriEncode("a b/c", true), "a%20b/c");
}

}  // namespace
}  // namespace eider::aws
