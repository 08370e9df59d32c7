// Exchanges with a server that is as slow, short or silent as the test wants.
#include "eider/http/curl_transport.h"

#include <chrono>
#include <latch>
#include <memory>
#include <semaphore>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/http/testing/loopback_server.h"

namespace eider::http {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string Ok(const std::string& body, const std::string& headers = {}) {
  return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

class CurlTransportTest : public testing::Test {
 protected:
  LoopbackServer& Serve(LoopbackServer::Answer answer) {
    server_ = std::make_unique<LoopbackServer>(std::move(answer));
    return *server_;
  }

  LoopbackServer& ServeAlways(const std::string& answer) {
    return Serve([answer](const auto&) { return answer; });
  }

  Result<Response> Send(const Request& request, const std::stop_token& stop = {}) {
    return transport_->Send(request, stop);
  }

  Code CodeOf(const Request& request, const std::stop_token& stop = {}) {
    const auto response = Send(request, stop);
    EXPECT_FALSE(response) << response->status;
    return response ? Code::kInternal : response.error().code;
  }

  std::unique_ptr<LoopbackServer> server_;
  std::unique_ptr<Transport> transport_ = NewCurlTransport();
};

TEST_F(CurlTransportTest, ReturnsStatusHeadersAndBody) {
  LoopbackServer& server =
      ServeAlways(Ok("hello", "X-Amz-Request-Id:  ABC \r\neTag: \"1\"\r\nx-empty:\r\n"));
  const auto response = Send({.url = server.Url("/a%20b/../c?x=1&y=%2F"),
                              .headers = {{"X-Amz-Date", "20260101"}, {"x-none", ""}}});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "hello");
  EXPECT_EQ(response->Find("x-amz-request-id"), "ABC");
  EXPECT_EQ(response->Find("etag"), "\"1\"");
  EXPECT_EQ(response->Find("x-empty"), "");
  EXPECT_EQ(response->Find("x-absent"), "");
  const std::string head = server.received().at(0).head;
  EXPECT_THAT(head, StartsWith("GET /a%20b/../c?x=1&y=%2F HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nX-Amz-Date: 20260101\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nx-none:\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nUser-Agent: eider\r\n"));
}

TEST_F(CurlTransportTest, AnAnswerOfAnyStatusIsNoFailure) {
  ServeAlways("HTTP/1.1 503 Slow Down\r\nContent-Length: 4\r\n\r\nbusy");
  std::string sink(100, '-');
  const auto response = Send({.url = server_->Url("/"), .sink = sink});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 503);
  EXPECT_EQ(response->body, "busy");  // the sink is for what was asked for
  EXPECT_EQ(response->sink_bytes, 0U);
}

TEST_F(CurlTransportTest, FollowsNoRedirect) {
  ServeAlways("HTTP/1.1 307 T\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
  const auto response = Send({.url = server_->Url("/")});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 307);
  EXPECT_EQ(response->Find("location"), "/elsewhere");
  EXPECT_EQ(server_->received().size(), 1U);
}

TEST_F(CurlTransportTest, ReusesTheConnection) {
  ServeAlways(Ok("x"));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Send({.url = server_->Url("/")}));
  ASSERT_TRUE(Send({.method = "PUT", .url = server_->Url("/"), .body = "abc"}));
  ASSERT_TRUE(Send({.method = "HEAD", .url = server_->Url("/")}));
  for (const auto& request : server_->received()) EXPECT_EQ(request.connection, 1);
}

TEST_F(CurlTransportTest, PutSendsTheBodyAtOnce) {
  ServeAlways(Ok(""));
  const std::string body(3U << 20U, 'z');
  ASSERT_TRUE(Send({.method = "PUT", .url = server_->Url("/k"), .body = body}));
  const auto request = server_->received().at(0);
  EXPECT_THAT(request.head, StartsWith("PUT /k HTTP/1.1\r\n"));
  EXPECT_THAT(request.head, Not(HasSubstr("Expect")));
  EXPECT_THAT(request.head, Not(HasSubstr("Content-Type")));
  EXPECT_TRUE(request.body == body);
}

TEST_F(CurlTransportTest, EmptyBodyHasALength) {
  ServeAlways(Ok(""));
  for (const char* method : {"PUT", "POST"}) {
    ASSERT_TRUE(Send({.method = method, .url = server_->Url("/")}));
    EXPECT_THAT(server_->received().back().head, HasSubstr("\r\nContent-Length: 0\r\n"));
  }
  ASSERT_TRUE(Send({.method = "DELETE", .url = server_->Url("/")}));
  EXPECT_THAT(server_->received().back().head, StartsWith("DELETE / HTTP/1.1\r\n"));
}

TEST_F(CurlTransportTest, HeadHasNoBodyWhateverItsLength) {
  Serve([](const LoopbackServer::Received& request) -> std::string {
    if (request.head.starts_with("HEAD")) {
      return "HTTP/1.1 200 OK\r\nContent-Length: 123456\r\n\r\n";
    }
    return Ok("after");
  });
  const auto head = Send({.method = "HEAD", .url = server_->Url("/"), .body_bytes_max = 10});
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(head->Find("content-length"), "123456");
  EXPECT_EQ(head->body, "");
  const auto get = Send({.url = server_->Url("/")});
  ASSERT_TRUE(get) << get.error().message;
  EXPECT_EQ(get->body, "after");
}

TEST_F(CurlTransportTest, FillsTheSink) {
  ServeAlways(Ok("0123456789"));
  std::string sink(16, '-');
  const auto response = Send({.url = server_->Url("/"), .sink = sink});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->sink_bytes, 10U);
  EXPECT_EQ(sink, "0123456789------");
  EXPECT_EQ(response->body, "");
  std::string small(4, '-');
  EXPECT_EQ(CodeOf({.url = server_->Url("/"), .sink = small}), Code::kCorrupt);
  EXPECT_EQ(small, "----");
}

TEST_F(CurlTransportTest, BodyBeyondItsLimitIsRefused) {
  ServeAlways(Ok("0123456789"));
  EXPECT_TRUE(Send({.url = server_->Url("/"), .body_bytes_max = 10}));
  const auto refused = Send({.url = server_->Url("/"), .body_bytes_max = 9});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kCorrupt);
  EXPECT_THAT(refused.error().message, HasSubstr("limit of 9 bytes"));
}

TEST_F(CurlTransportTest, EndlessHeadersAreRefused) {
  std::string headers;
  for (int i = 0; i < 40; ++i) headers += "x: " + std::string(9'000, 'h') + "\r\n";
  ServeAlways(Ok("", headers));
  EXPECT_EQ(CodeOf({.url = server_->Url("/")}), Code::kCorrupt);
}

TEST_F(CurlTransportTest, InterimAnswersAreForgotten) {
  ServeAlways("HTTP/1.1 100 Continue\r\nx-interim: 1\r\n\r\n" + Ok("done"));
  const auto response = Send({.url = server_->Url("/")});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->Find("x-interim"), "");
}

TEST_F(CurlTransportTest, CutOffBodyIsAnUnknownOutcome) {
  ServeAlways("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart\x04");
  EXPECT_EQ(CodeOf({.url = server_->Url("/")}), Code::kOutcomeUnknown);
  ServeAlways("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n\x04");
  EXPECT_EQ(CodeOf({.url = server_->Url("/")}), Code::kOutcomeUnknown);
}

TEST_F(CurlTransportTest, NoAnswerIsAnUnknownOutcome) {
  ServeAlways("");
  EXPECT_EQ(CodeOf({.method = "POST", .url = server_->Url("/"), .body = "x"}),
            Code::kOutcomeUnknown);
}

// libcurl would send the request again by itself when a kept connection breaks without an answer.
TEST_F(CurlTransportTest, RepeatsNothingWhenAKeptConnectionBreaks) {
  Serve([](const LoopbackServer::Received& request) -> std::string {
    return request.body == "second" ? "" : Ok("");
  });
  ASSERT_TRUE(Send({.method = "POST", .url = server_->Url("/"), .body = "first"}));
  const auto second = Send({.method = "POST", .url = server_->Url("/"), .body = "second"});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kOutcomeUnknown);
  EXPECT_THAT(second.error().message, HasSubstr("broke before an answer"));
  EXPECT_EQ(server_->received().size(), 2U);
  EXPECT_TRUE(Send({.method = "POST", .url = server_->Url("/"), .body = "third"}));
}

TEST_F(CurlTransportTest, ReplacesAConnectionThatWasClosedMeanwhile) {
  Serve([](const LoopbackServer::Received&) { return Ok("") + "\x04"; });
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(Send({.method = "POST", .url = server_->Url("/"), .body = "x"}));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(server_->received().back().connection, 3);
}

TEST_F(CurlTransportTest, RefusedConnectionSurelyHadNoEffect) {
  ServeAlways(Ok(""));
  const std::string url = server_->Url("/path?X-Amz-Signature=secret");
  server_.reset();
  const auto refused = Send({.method = "POST", .url = url, .body = "x"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("/path"));
  EXPECT_THAT(refused.error().message, Not(HasSubstr("secret")));
}

TEST_F(CurlTransportTest, UnknownHostSurelyHadNoEffect) {
  EXPECT_EQ(CodeOf({.url = "http://no-such-host.invalid/"}), Code::kUnavailable);
}

TEST_F(CurlTransportTest, FailedTlsHandshakeSurelyHadNoEffect) {
  ServeAlways("this is no TLS\x04");
  std::string url = server_->Url("/");
  url.replace(0, 4, "https");
  EXPECT_EQ(CodeOf({.url = url, .timeout = Milliseconds(200)}), Code::kUnavailable);
}

TEST_F(CurlTransportTest, MissingBundleOfCertificatesIsNamed) {
  transport_ = NewCurlTransport({.ca_bundle = "/no/such/bundle.pem"});
  ServeAlways(Ok(""));
  std::string url = server_->Url("/");
  url.replace(0, 4, "https");
  const auto response = Send({.url = url, .timeout = Milliseconds(5'000)});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kInvalid);
  EXPECT_THAT(response.error().message, HasSubstr("AWS_CA_BUNDLE"));
}

TEST_F(CurlTransportTest, TimeOutAfterSendingIsAnUnknownOutcome) {
  // Shared with the server's thread, which may still be waking up when this test is over.
  const auto done = std::make_shared<std::binary_semaphore>(0);
  Serve([done](const LoopbackServer::Received&) {
    done->acquire();
    return Ok("");
  });
  EXPECT_EQ(CodeOf({.url = server_->Url("/"), .timeout = Milliseconds(50)}), Code::kOutcomeUnknown);
  done->release();
}

TEST_F(CurlTransportTest, StopEndsTheWaitAtOnce) {
  // Shared with the server's thread, which may still be waking up when this test is over.
  const auto done = std::make_shared<std::binary_semaphore>(0);
  const auto arrived = std::make_shared<std::latch>(1);
  Serve([done, arrived](const LoopbackServer::Received&) {
    arrived->count_down();
    done->acquire();
    return Ok("");
  });
  std::stop_source stop;
  const std::jthread stopper([&] {
    arrived->wait();
    stop.request_stop();
  });
  EXPECT_EQ(CodeOf({.url = server_->Url("/")}, stop.get_token()), Code::kCancelled);
  EXPECT_EQ(CodeOf({.url = server_->Url("/")}, stop.get_token()), Code::kCancelled);
  done->release();
}

TEST_F(CurlTransportTest, ServesSeveralThreads) {
  Serve([](const LoopbackServer::Received& request) { return Ok(request.body); });
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([this, thread] {
      for (int i = 0; i < 25; ++i) {
        const std::string body = std::to_string(thread * 100 + i);
        const auto answer = Send({.method = "POST", .url = server_->Url("/"), .body = body});
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_EQ(answer->body, body);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(server_->received().size(), 100U);
}

TEST_F(CurlTransportTest, RefusesWhatIsNoHttpRequest) {
  EXPECT_EQ(CodeOf({.url = "file:///etc/passwd"}), Code::kInvalid);
  EXPECT_EQ(CodeOf({.url = "127.0.0.1/"}), Code::kInvalid);
  EXPECT_EQ(CodeOf({.url = "http://127.0.0.1/\r\nX: y"}), Code::kInvalid);
  const auto injected =
      Send({.url = "http://127.0.0.1:1/", .headers = {{"a", "b\r\nauthorization: top-secret"}}});
  EXPECT_EQ(injected.error().code, Code::kInvalid);
  EXPECT_THAT(injected.error().message, Not(HasSubstr("top-secret")));
  const auto user = Send({.url = "http://me:hunter2@127.0.0.1:1/"});
  EXPECT_EQ(user.error().code, Code::kInvalid);
  EXPECT_THAT(user.error().message, Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace eider::http
