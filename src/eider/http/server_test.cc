// The server over real sockets: by libcurl as clients are, and by bare bytes as nobody should be.
#include "eider/http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <future>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include "eider/base/result.h"
#include "eider/http/testing/server_fixture.h"

namespace eider::http {
namespace {

using std::chrono::steady_clock;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST_F(ServerTest, HandsOverTheRequestAndItsAnswer) {
  Start();
  const auto response = Send({.method = "POST",
                              .url = Url("/a%20b?x=1&y=%26"),
                              .headers = {{"X-Sent", "here"}},
                              .body = "some text"});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "POST /a b x=1 y=&|some text");
  EXPECT_EQ(response->Find("x-seen"), "here");
  EXPECT_EQ(response->Find("x-content-type-options"), "nosniff");
  EXPECT_EQ(response->Find("cache-control"), "no-store");
  EXPECT_EQ(response->Find("referrer-policy"), "no-referrer");
  EXPECT_THAT(std::string(response->Find("content-security-policy")),
              StartsWith("default-src 'none'"));
}

TEST_F(ServerTest, AnswersHeadWithoutTheBody) {
  Start();
  const std::string answer = Answer(Request("HEAD /x", "Connection: close\r\n"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 8\r\n"));  // "HEAD /x|"
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(ServerTest, TakesChunkedBodies) {
  Start();
  const std::string answer =
      Answer(Request("POST /", "Transfer-Encoding: chunked\r\nConnection: close\r\n") +
             "4;x=y\r\nWiki\r\nb\r\npedia in \r\n\r\n0\r\nX-Trailer: t\r\n\r\n");
  EXPECT_THAT(answer, EndsWith("POST /|Wikipedia in \r\n"));
}

TEST_F(ServerTest, SendsContinueBeforeTheBodyIsSent) {
  Start();
  RawClient client(server_->port());
  client.Send(Request("PUT /", "Content-Length: 5\r\nExpect: 100-continue\r\n"));
  EXPECT_EQ(client.Read("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("hello");
  EXPECT_THAT(client.Read("PUT /|hello"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(Answer(Request("PUT /", "Content-Length: 5\r\nExpect: a-miracle\r\n")),
              StartsWith("HTTP/1.1 417 "));
}

// No word of "go on" for a body that is too large anyway.
TEST_F(ServerTest, RefusesALargeBodyBeforeItIsSent) {
  options_.body_bytes_max = 4;
  Start();
  EXPECT_THAT(Answer(Request("PUT /", "Content-Length: 5\r\nExpect: 100-continue\r\n")),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(Answer(Request("PUT /", "Content-Length: 4\r\nConnection: close\r\n") + "1234"),
              EndsWith("|1234"));
}

TEST_F(ServerTest, RefusesABodyOf100MegabytesWithoutReadingIt) {
  std::atomic<int> calls = 0;
  Start([&](const ServerRequest&) {
    ++calls;
    return ServerResponse{};
  });
  const std::string body(100U << 20U, 'x');
  const auto response = Send({.method = "POST", .url = Url("/"), .body = body});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 413);

  RawClient client(server_->port());
  client.Send(Request("POST /", "Content-Length: 104857600\r\n"));
  std::size_t sent = 0;
  const std::string piece(1U << 16U, 'x');
  while (sent < body.size() && client.Send(piece)) sent += piece.size();
  EXPECT_LT(sent, 32U << 20U);  // what is left of it, and what the sockets hold
  EXPECT_EQ(calls, 0);
}

TEST_F(ServerTest, RefusesChunksThatAddUpToTooMuch) {
  options_.body_bytes_max = 100;
  Start();
  const std::string chunk = "32\r\n" + std::string(50, 'x') + "\r\n";
  const std::string head = Request("POST /", "Transfer-Encoding: chunked\r\nConnection: close\r\n");
  EXPECT_THAT(Answer(head + chunk + chunk + "0\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(Answer(head + chunk + chunk + "1\r\nx\r\n0\r\n\r\n"), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(Answer(head + "ffffffffffffffff\r\n"), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(Answer(head + "10000000000000000\r\n"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ServerTest, AnswersPipelinedRequestsInTheirOrder) {
  Start();
  RawClient client(server_->port());
  std::string bytes;
  for (int i = 0; i < 20; ++i) {
    bytes += Request(fmt::format("POST /{}", i), "Content-Length: 1\r\n") + "b";
  }
  client.Send(bytes + Request("GET /last", "Connection: close\r\n"));
  const std::string answers = client.Read();
  std::size_t at = 0;
  for (int i = 0; i < 20; ++i) {
    at = answers.find(fmt::format("POST /{}|b", i), at);
    ASSERT_NE(at, std::string::npos) << i;
  }
  EXPECT_THAT(answers, EndsWith("GET /last|"));
}

TEST_F(ServerTest, RefusesBrokenRequests) {
  Start();
  const std::string host = "Host: " + Host() + "\r\n";
  for (const std::string& bytes :
       {std::string("\x16\x03\x01\x02\x00\x01\x00", 7), std::string("hello\r\n\r\n"),
        std::string("GET\r\n\r\n"), "GET / HTTP/2.0\r\n" + host + "\r\n",
        std::string("GET / HTTP/1.1\r\n\r\n"), "GET / HTTP/1.1\r\n" + host + host + "\r\n",
        "GET / HTTP/1.1\r\n" + host + "a b: c\r\n\r\n",
        "GET / HTTP/1.1\r\n" + host + "no colon\r\n\r\n", "GET x HTTP/1.1\r\n" + host + "\r\n",
        "GET /%zz HTTP/1.1\r\n" + host + "\r\n", "GET /a%00b HTTP/1.1\r\n" + host + "\r\n",
        "POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\n" + host + "Content-Length: 1x\r\n\r\n",
        "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST / HTTP/1.1\r\n" + host +
            "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"}) {
    EXPECT_THAT(Answer(bytes), StartsWith("HTTP/1.1 400 ")) << bytes;
  }
  // What follows a coding that is not known might be taken for another request.
  for (const char* coding : {"gzip", "gzip, chunked", "identity"}) {
    EXPECT_THAT(Answer(Request("POST /", fmt::format("Transfer-Encoding: {}\r\n", coding)) +
                       "GET /smuggled HTTP/1.1\r\n\r\n"),
                StartsWith("HTTP/1.1 501 "));
  }
}

TEST_F(ServerTest, RefusesEndlessHeads) {
  Start();
  const std::string long_text(100'000, 'a');
  for (const std::string& bytes :
       {"GET /" + long_text + " HTTP/1.1\r\nHost: " + Host() + "\r\n\r\n", long_text,
        Request("GET /", "X: " + long_text + "\r\n"), Request("GET /", [] {
          std::string lines;
          for (int i = 0; i < 20'000; ++i) lines += "a:b\r\n";
          return lines;
        }())}) {
    const std::string answer = Answer(bytes);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 431 ") || answer.starts_with("HTTP/1.1 400 "))
        << bytes.substr(0, 20) << " " << answer.substr(0, 40);
  }
  EXPECT_THAT(Answer(Request("GET /", "Connection: close\r\n")), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, AnswersToLoopbacksOwnNamesAlone) {
  Start();
  const int port = server_->port();
  const auto ask = [&](const std::string& host) {
    return Answer("GET / HTTP/1.1\r\nConnection: close\r\nHost: " + host + "\r\n\r\n").substr(9, 3);
  };
  EXPECT_EQ(ask(fmt::format("localhost:{}", port)), "200");
  EXPECT_EQ(ask(fmt::format("[::1]:{}", port)), "200");
  EXPECT_EQ(ask(fmt::format("evil.example:{}", port)), "421");
  EXPECT_EQ(ask("localhost"), "421");
  EXPECT_EQ(ask("localhost:1"), "421");
}

TEST_F(ServerTest, AnswersToAnyNameElsewhere) {
  options_.address = "0.0.0.0:0";
  Start();
  EXPECT_THAT(Answer("GET / HTTP/1.1\r\nConnection: close\r\nHost: eider.example\r\n\r\n"),
              StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, KeepsWhatAHandlerThrowsToItself) {
  Start([](const ServerRequest& request) -> ServerResponse {
    if (request.path == "/odd") throw 7;
    if (request.path == "/header") return {.headers = {{"X", "a\r\nSet-Cookie: b=c"}}};
    throw std::runtime_error("password=hunter2");
  });
  for (const char* path : {"/", "/odd", "/header"}) {
    const auto response = Send({.url = Url(path)});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 500);
    EXPECT_THAT(response->body, Not(HasSubstr("hunter2")));
    EXPECT_EQ(response->Find("set-cookie"), "");
  }
  server_->Stop();
  EXPECT_THAT(logged_.str(), HasSubstr("GET / failed: password=hunter2"));
}

// One thread runs the handler, and clients that never end hold it not.
TEST_F(ServerTest, SlowClientsHoldNoThread) {
  options_.threads = 1;
  options_.read_timeout = Milliseconds(1'500);
  Start();
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 20; ++i) {
    slow.push_back(std::make_unique<RawClient>(server_->port()));
    slow.back()->Send(i % 2 == 0 ? "GET / HT" : Request("POST /", "Content-Length: 9\r\n") + "a");
  }
  const auto response = Send({.url = Url("/quick")});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "GET /quick|");
  // A byte now and then does not extend the time.
  const auto start = steady_clock::now();
  RawClient dripping(server_->port());
  while (steady_clock::now() - start < std::chrono::seconds(15) && dripping.Send("G")) {
    std::this_thread::sleep_for(Milliseconds(100));
  }
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(12));
  for (const auto& client : slow) EXPECT_EQ(client->Read(), "");  // closed
}

TEST_F(ServerTest, MoreRequestsThanMayWaitAreTurnedAway) {
  options_.threads = 1;
  options_.queue_max = 1;
  std::latch is_at_work(1);
  std::promise<void> may_end;
  const std::shared_future<void> end = may_end.get_future().share();
  Start([&](const ServerRequest& request) {
    if (request.path == "/first") is_at_work.count_down();
    end.wait();
    return ServerResponse{.body = request.path};
  });
  RawClient first(server_->port());
  first.Send(Request("GET /first", "Connection: close\r\n"));
  is_at_work.wait();
  // Of the next ones one waits, and the others are told to come again.
  std::vector<std::unique_ptr<RawClient>> others;
  for (int i = 0; i < 4; ++i) {
    others.push_back(std::make_unique<RawClient>(server_->port()));
    others.back()->Send(Request("GET /other", "Connection: close\r\n"));
  }
  std::this_thread::sleep_for(Milliseconds(500));
  may_end.set_value();
  int served = 0;
  int refused = 0;
  for (const auto& client : others) {
    const std::string answer = client->Read();
    served += answer.starts_with("HTTP/1.1 200 ") ? 1 : 0;
    if (answer.starts_with("HTTP/1.1 503 ")) {
      ++refused;
      EXPECT_THAT(answer, HasSubstr("Retry-After: 1\r\n"));
    }
  }
  EXPECT_EQ(served, 1);
  EXPECT_EQ(refused, 3);
  EXPECT_THAT(first.Read(), EndsWith("/first"));
}

// Who only keeps a connection makes room for who comes; others wait, and are served.
TEST_F(ServerTest, FurtherClientsWaitForAConnection) {
  options_.connections_max = 2;
  Start();
  RawClient kept(server_->port());
  kept.Send(Request("GET /kept"));
  EXPECT_THAT(kept.Read("/kept|"), StartsWith("HTTP/1.1 200 "));
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<RawClient>(server_->port()));
    clients.back()->Send(Request("GET /" + std::to_string(i), "Connection: close\r\n"));
  }
  for (int i = 0; i < 10; ++i) {
    auto& client = clients[static_cast<std::size_t>(i)];
    EXPECT_THAT(client->Read(), EndsWith(fmt::format("GET /{}|", i)));
    client.reset();
  }
}

TEST_F(ServerTest, StopAnswersWhatHasBegun) {
  std::latch is_at_work(1);
  Start([&](const ServerRequest& request) {
    is_at_work.count_down();
    std::this_thread::sleep_for(Milliseconds(300));
    return ServerResponse{.body = request.path};
  });
  const int port = server_->port();
  RawClient idle(port);
  RawClient begun(port);
  begun.Send(Request("GET /begun"));
  is_at_work.wait();
  const auto start = steady_clock::now();
  auto stopped = std::async(std::launch::async, [&] { server_->Stop(); });
  const std::string answer = begun.Read();
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("/begun"));
  EXPECT_EQ(idle.Read(), "");
  stopped.wait();
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(8));
  EXPECT_EQ(Send({.url = fmt::format("http://127.0.0.1:{}/", port)}).error().code,
            Code::kUnavailable);
  server_->Stop();  // again
}

TEST_F(ServerTest, StopEndsWithinItsTime) {
  options_.stop_timeout = Milliseconds(300);
  std::latch is_at_work(1);
  Start([&](const ServerRequest& request) {
    is_at_work.count_down();
    while (!request.stop.stop_requested()) std::this_thread::sleep_for(Milliseconds(10));
    return ServerResponse{};
  });
  RawClient slow(server_->port());
  slow.Send("GET / HTTP/1.1\r\nHo");
  RawClient begun(server_->port());
  begun.Send(Request("GET /"));
  is_at_work.wait();
  const auto start = steady_clock::now();
  server_->Stop();
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(slow.Read(), "");
}

TEST_F(ServerTest, SaysWhyItCannotListen) {
  Start();
  ServerOptions taken{.address = Host()};
  const auto again = Server::Start(taken, Echo, log_);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::kUnavailable);
  EXPECT_THAT(again.error().message, HasSubstr(Host()));
  // TEST-NET-1 of RFC 5737 is no machine's.
  const auto foreign = Server::Start({.address = "192.0.2.1:8080"}, Echo, log_);
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code, Code::kUnavailable);
  EXPECT_THAT(foreign.error().message, HasSubstr("192.0.2.1:8080"));
  const auto malformed = Server::Start({.address = "eider.example:80"}, Echo, log_);
  ASSERT_FALSE(malformed);
  EXPECT_EQ(malformed.error().code, Code::kInvalid);
  const auto half = Server::Start({.address = "127.0.0.1:0", .key_file = "/k"}, Echo, log_);
  ASSERT_FALSE(half);
  EXPECT_EQ(half.error().code, Code::kInvalid);
}

}  // namespace
}  // namespace eider::http
