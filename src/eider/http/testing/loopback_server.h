// A small HTTP server on a free loopback port, for tests: it answers with the very bytes it is
// told, so that it can be as wrong as a test wants it.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace eider::http {

class LoopbackServer {
 public:
  struct Received {
    std::string head;  // request line and headers, as they came
    std::string body;
    int connection = 0;  // 1 is the first
  };

  // The bytes to answer with. Empty: the connection is closed without an answer; ending in
  // `kThenClose`: closed after it.
  using Answer = std::function<std::string(const Received&)>;
  static constexpr std::string_view kThenClose = "\x04";

  explicit LoopbackServer(Answer answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, any, size), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
    EXPECT_EQ(::getsockname(listener_, any, &size), 0);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::jthread([this] { Accept(); });
  }

  ~LoopbackServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::scoped_lock lock(mutex_);
      for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    }
    workers_.clear();  // joins
    for (const int socket : sockets_) ::close(socket);
    ::close(listener_);
  }

  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  std::string Url(std::string_view path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }

  std::vector<Received> received() {
    const std::scoped_lock lock(mutex_);
    return received_;
  }

 private:
  void Accept() {
    for (int number = 1;; ++number) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      const std::scoped_lock lock(mutex_);
      sockets_.push_back(socket);
      workers_.emplace_back([this, socket, number] { Serve(socket, number); });
    }
  }

  void Serve(int socket, int number) {
    std::string waiting;
    while (true) {
      Received request;
      request.connection = number;
      if (!ReadRequest(socket, waiting, request)) break;
      {
        const std::scoped_lock lock(mutex_);
        received_.push_back(request);
      }
      std::string answer = answer_(request);
      const bool then_close = answer.empty() || answer.ends_with(kThenClose);
      if (answer.ends_with(kThenClose)) answer.pop_back();
      if (!Write(socket, answer) || then_close) break;
    }
    ::shutdown(socket, SHUT_RDWR);
  }

  // Takes one request off the front of what came. False: the connection ended.
  static bool ReadRequest(int socket, std::string& waiting, Received& request) {
    std::size_t end = std::string::npos;
    while ((end = waiting.find("\r\n\r\n")) == std::string::npos) {
      if (!ReadMore(socket, waiting)) return false;
    }
    request.head = waiting.substr(0, end + 2);
    waiting.erase(0, end + 4);
    const std::size_t field = request.head.find("Content-Length: ");
    const std::size_t length =
        field == std::string::npos ? 0 : std::stoul(request.head.substr(field + 16));
    while (waiting.size() < length) {
      if (!ReadMore(socket, waiting)) return false;
    }
    request.body = waiting.substr(0, length);
    waiting.erase(0, length);
    return true;
  }

  static bool ReadMore(int socket, std::string& waiting) {
    std::array<char, 65'536> buffer{};
    const ssize_t count = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (count <= 0) return false;
    waiting.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
  }

  static bool Write(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  const Answer answer_;
  int listener_ = -1;
  int port_ = 0;
  std::mutex mutex_;  // guards what follows
  std::vector<int> sockets_;
  std::vector<Received> received_;
  std::vector<std::jthread> workers_;
  std::jthread acceptor_;
};

}  // namespace eider::http
