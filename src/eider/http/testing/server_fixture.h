// A server for tests, a client that is libcurl, and one that sends the very bytes it is told.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include "eider/base/result.h"
#include "eider/http/curl_transport.h"
#include "eider/http/server.h"

namespace eider::http {

class RawClient {
 public:
  explicit RawClient(int port) {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    const timeval limit{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }

  ~RawClient() { ::close(socket_); }

  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // False: the server does not take more.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  // Until the server closes, or `ending` is there.
  std::string Read(std::string_view ending = {}) {
    std::string text;
    std::array<char, 65'536> buffer{};
    while (ending.empty() || !text.ends_with(ending)) {
      const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), 0);
      if (count <= 0) break;
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
  }

 private:
  int socket_ = -1;
};

class ServerTest : public testing::Test {
 protected:
  // Says what it was asked.
  static ServerResponse Echo(const ServerRequest& request) {
    std::string text = request.method + " " + request.path;
    for (const QueryParameter& parameter : request.parameters) {
      text += fmt::format(" {}={}", parameter.name, parameter.value);
    }
    return {.headers = {{"X-Seen", std::string(request.FindHeader("x-sent"))}},
            .body = text + "|" + request.body};
  }

  void Start(const Server::Handler& handler = Echo) {
    auto server = Server::Start(options_, handler, log_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = *std::move(server);
  }

  std::string Host() const { return fmt::format("127.0.0.1:{}", server_->port()); }

  std::string Url(std::string_view target) const {
    return "http://" + Host() + std::string(target);
  }

  // A request of one line and the headers that it needs.
  std::string Request(std::string_view line, std::string_view more = {}) const {
    return fmt::format("{} HTTP/1.1\r\nHost: {}\r\n{}\r\n", line, Host(), more);
  }

  // What the server answers to these bytes before it closes.
  std::string Answer(std::string_view bytes) const {
    RawClient client(server_->port());
    client.Send(bytes);
    return client.Read();
  }

  Result<Response> Send(const http::Request& request) {
    return transport_->Send(request, std::stop_token());
  }

  ServerOptions options_{.address = "127.0.0.1:0"};
  std::ostringstream logged_;
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(logged_)};
  std::unique_ptr<Transport> transport_ = NewCurlTransport();
  std::unique_ptr<Server> server_;
};

}  // namespace eider::http
