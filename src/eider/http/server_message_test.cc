// Targets, hosts and answers as texts.
#include "eider/http/server_message.h"

#include <optional>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/http/listen_address.h"
#include "eider/http/server.h"

namespace eider::http {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(ServerMessage, ReadsTargets) {
  ServerRequest request;
  ASSERT_TRUE(ReadTarget("/a%20b/%C3%B1+c?x=1&y=a+b%26c&&z&=v&x=2#part", request));
  EXPECT_EQ(request.path, "/a b/ñ+c");
  ASSERT_EQ(request.parameters.size(), 5U);
  EXPECT_EQ(request.FindParameter("x"), "1");
  EXPECT_EQ(request.FindParameter("y"), "a b&c");
  EXPECT_EQ(request.FindParameter("z"), "");
  EXPECT_EQ(request.FindParameter(""), "v");
  EXPECT_EQ(request.parameters[4].value, "2");
  EXPECT_EQ(request.FindParameter("X"), std::nullopt);
}

TEST(ServerMessage, ReadsTargetsWithAHostAndTheStar) {
  for (const auto& [target, path] :
       {std::pair("http://h:1/p?q=/r", "/p"), std::pair("http://h", "/"),
        std::pair("http://h?x=1", "/"), std::pair("*", "*"), std::pair("/x?u=http://h/y", "/x"),
        std::pair("//h/p", "//h/p")}) {
    ServerRequest request;
    ASSERT_TRUE(ReadTarget(target, request)) << target;
    EXPECT_EQ(request.path, path) << target;
  }
}

TEST(ServerMessage, RefusesTargetsThatSayNothing) {
  for (const char* target :
       {"", "a", "host:443", "/%", "/%4", "/%zz", "/a%00b", "/?x=%", "/?%00=1"}) {
    ServerRequest request;
    const Status read = ReadTarget(target, request);
    ASSERT_FALSE(read) << target;
    EXPECT_EQ(read.error().code, Code::kInvalid) << target;
  }
}

TEST(ServerMessage, FindsHeadersInAnyCase) {
  ServerRequest request;
  request.headers = {{"X-Hub-Signature-256", "a"}, {"x-hub-signature-256", "b"}};
  EXPECT_EQ(request.FindHeader("x-HUB-signature-256"), "a");
  EXPECT_EQ(request.FindHeader("x-hub-signature"), "");
}

TEST(ServerMessage, KnowsTheNamesOfLoopback) {
  for (const char* host : {"localhost:8080", "LocalHost:8080", "127.0.0.1:8080", "[::1]:8080"}) {
    EXPECT_TRUE(IsLoopbackHost(host, 8080, false)) << host;
  }
  for (const char* host :
       {"", "localhost", "localhost:80", "localhost:18080", "evil.example:8080", "127.0.0.2:8080",
        "localhost.evil.example:8080", "evil.example:8080:8080", "::1:8080", "127.0.0.1.:8080",
        "x@localhost:8080", "localhost:8080 ", ":8080"}) {
    EXPECT_FALSE(IsLoopbackHost(host, 8080, false)) << host;
  }
  EXPECT_TRUE(IsLoopbackHost("localhost", 80, false));
  EXPECT_TRUE(IsLoopbackHost("localhost", 443, true));
  EXPECT_FALSE(IsLoopbackHost("localhost", 443, false));
}

TEST(ServerMessage, AnswersAreSafeUnlessTheySayOtherwise) {
  const std::string head = ResponseHead(PlainResponse(200, "ok"), true);
  EXPECT_THAT(head, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(head, EndsWith("Content-Length: 3\r\nConnection: keep-alive\r\n\r\n"));
  for (const char* line :
       {"X-Content-Type-Options: nosniff\r\n", "Cache-Control: no-store\r\n",
        "Content-Security-Policy: default-src 'none';", "Referrer-Policy: no-referrer\r\n"}) {
    EXPECT_THAT(head, HasSubstr(line));
  }
  ServerResponse cached{.headers = {{"cache-control", "max-age=60"}}};
  const std::string own = ResponseHead(cached, false);
  EXPECT_THAT(own, HasSubstr("cache-control: max-age=60\r\n"));
  EXPECT_THAT(own, Not(HasSubstr("no-store")));
  EXPECT_THAT(own, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(ResponseHead({.status = 204}, true), Not(HasSubstr("Content-Length")));
}

TEST(ServerMessage, KeepsLinesOutOfHeaders) {
  EXPECT_TRUE(CheckResponse({.headers = {{"ETag", "\"a b\""}, {"X-Empty", ""}}}));
  for (const Header& header :
       {Header{"X", "a\r\nSet-Cookie: b"}, Header{"X", "a\nb"}, Header{"X\r\nY", "a"},
        Header{"X: Y", "a"}, Header{"", "a"}, Header{"X", std::string("a\0b", 3)},
        Header{"content-length", "3"}, Header{"Transfer-Encoding", "chunked"},
        Header{"connection", "close"}}) {
    const Status checked = CheckResponse({.headers = {header}});
    ASSERT_FALSE(checked) << header.name;
    EXPECT_EQ(checked.error().code, Code::kInternal);
  }
  EXPECT_FALSE(CheckResponse({.status = 100}));
  EXPECT_FALSE(CheckResponse({.status = 600}));
}

TEST(ListenAddress, ReadsAddresses) {
  const auto four = ParseListenAddress("127.0.0.1:8080");
  ASSERT_TRUE(four);
  EXPECT_EQ(four->host, "127.0.0.1");
  EXPECT_EQ(four->port, 8080);
  EXPECT_TRUE(four->is_loopback);
  const auto six = ParseListenAddress("[::1]:0");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "::1");
  EXPECT_TRUE(six->is_loopback);
  EXPECT_EQ(ParseListenAddress("localhost:1")->host, "127.0.0.1");
  EXPECT_TRUE(ParseListenAddress("127.9.9.9:1")->is_loopback);
  EXPECT_FALSE(ParseListenAddress("0.0.0.0:80")->is_loopback);
  EXPECT_FALSE(ParseListenAddress("[::]:80")->is_loopback);
  EXPECT_FALSE(ParseListenAddress("192.0.2.1:65535")->is_loopback);
}

TEST(ListenAddress, SaysWhatIsWrong) {
  for (const auto& [text, why] :
       {std::pair("", "has no port"), std::pair("8080", "has no port"),
        std::pair("127.0.0.1", "has no port"), std::pair("127.0.0.1:", "between 0 and 65535"),
        std::pair("127.0.0.1:65536", "between 0 and 65535"),
        std::pair("127.0.0.1:-1", "between 0 and 65535"),
        std::pair("127.0.0.1:80a", "between 0 and 65535"), std::pair("::1:8080", "needs brackets"),
        std::pair("eider.example:8080", "has no IP address"),
        std::pair(":8080", "has no IP address"), std::pair("256.0.0.1:80", "has no IP address"),
        std::pair("127.1:80", "has no IP address"),
        std::pair("[127.0.0.1]:80", "has no IP address"),
        std::pair("[localhost]:80", "has no IP address"), std::pair("[::1:80", "needs brackets")}) {
    const auto parsed = ParseListenAddress(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Code::kInvalid);
    EXPECT_THAT(parsed.error().message, HasSubstr(why)) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr("127.0.0.1:8080")) << text;
  }
}

}  // namespace
}  // namespace eider::http
