// The thread that speaks, the threads that handle, and the end of both.
#include "eider/http/server.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <spdlog/logger.h>

#include "eider/base/result.h"
#include "eider/http/listen_address.h"
#include "eider/http/server_connection.h"
#include "eider/http/server_message.h"

namespace eider::http {

using asio::ip::tcp;

class Server::Core final : public ConnectionOwner {
 public:
  Core(ServerOptions options, Handler handler, spdlog::logger& log)
      : options_(std::move(options)), handler_(std::move(handler)), log_(log) {}

  ~Core() override { Stop(); }

  Status Listen();
  void Run();
  void Stop();

  bool Submit(ServerRequest request, std::function<void(ServerResponse)> respond) override;

  void Remove(AnyConnection* connection) override {
    const std::scoped_lock lock(mutex_);
    connections_.erase(connection);
    changed_.notify_all();
  }

  bool is_stopping() const override { return is_stopping_; }

  bool is_loopback() const override { return address_.is_loopback; }

  std::uint16_t port() const override { return address_.port; }

  const ServerOptions& options() const override { return options_; }

 private:
  struct Job {
    ServerRequest request;
    std::function<void(ServerResponse)> respond;
  };

  Status LoadCertificate();
  void Accept();
  void OnAccepted(beast::error_code error, tcp::socket socket);
  void AcceptAfter(Milliseconds pause);
  std::size_t CountConnections();
  void CloseAll();
  template <typename Stream>
  void Take(Stream stream);
  void Speak();
  void Work();
  ServerResponse Call(const ServerRequest& request);

  const ServerOptions options_;
  const Handler handler_;
  spdlog::logger& log_;
  ListenAddress address_;
  std::atomic<bool> is_stopping_ = false;
  std::stop_source no_longer_waited_for_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Job> queue_;
  std::set<AnyConnection*> connections_;
  bool has_ended_ = false;  // of the workers' queue

  // Ends before what is above: what it destroys takes itself off there.
  asio::io_context io_{1};
  std::optional<asio::ssl::context> tls_;
  tcp::acceptor acceptor_{io_};
  asio::steady_timer pause_{io_};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_guard_;
  std::vector<std::jthread> workers_;
  std::jthread speaker_;
};

Status Server::Core::LoadCertificate() {
  if (options_.certificate_file.empty() && options_.key_file.empty()) return {};
  if (options_.certificate_file.empty() || options_.key_file.empty()) {
    return Fail(Code::kInvalid, "TLS needs both a certificate and its key");
  }
  tls_.emplace(asio::ssl::context::tls_server);
  beast::error_code error;
  tls_->use_certificate_chain_file(options_.certificate_file, error);
  if (error) {
    return Fail(Code::kInvalid, fmt::format("the certificate {} cannot be used: {}",
                                            options_.certificate_file, error.message()));
  }
  tls_->use_private_key_file(options_.key_file, asio::ssl::context::pem, error);
  if (error) {
    return Fail(Code::kInvalid,
                fmt::format("the key {} of the certificate {} cannot be used: {}",
                            options_.key_file, options_.certificate_file, error.message()));
  }
  ::SSL_CTX_set_min_proto_version(tls_->native_handle(), TLS1_2_VERSION);
  return {};
}

Status Server::Core::Listen() {
  EIDER_ASSIGN(address_, ParseListenAddress(options_.address));
  EIDER_CHECK(LoadCertificate());
  const tcp::endpoint endpoint(asio::ip::make_address(address_.host), address_.port);
  beast::error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) {
    address_.port = acceptor_.local_endpoint(error).port();
    return {};
  }
  if (error == asio::error::address_in_use) {
    return Fail(Code::kUnavailable,
                fmt::format("another program listens on {} already", options_.address));
  }
  if (error == asio::error::access_denied) {
    return Fail(Code::kDenied,
                fmt::format("listening on {} is not allowed to this user; ports from "
                            "1024 are free to everyone",
                            options_.address));
  }
  return Fail(Code::kUnavailable, fmt::format("listening on {} is not possible: {}",
                                              options_.address, error.message()));
}

void Server::Core::Run() {
  work_guard_.emplace(io_.get_executor());
  Accept();
  for (std::size_t i = 0; i < std::max<std::size_t>(options_.threads, 1); ++i) {
    workers_.emplace_back([this] { Work(); });
  }
  speaker_ = std::jthread([this] { Speak(); });
}

void Server::Core::Speak() {
  while (!io_.stopped()) {
    try {
      io_.run();
    } catch (const std::exception& error) {  // of memory, say: that connection has ended
      log_.error("the server lost a connection: {}", error.what());
    }
  }
}

std::size_t Server::Core::CountConnections() {
  const std::scoped_lock lock(mutex_);
  return connections_.size();
}

void Server::Core::Accept() {
  if (is_stopping_) return;
  if (CountConnections() >= options_.connections_max) {
    // Further clients wait in the kernel's queue. Who only keeps a connection makes room.
    const std::scoped_lock lock(mutex_);
    for (AnyConnection* connection : connections_) connection->CloseIfIdle(false);
    return AcceptAfter(Milliseconds(20));
  }
  acceptor_.async_accept([this](beast::error_code error, tcp::socket socket) {
    OnAccepted(error, std::move(socket));
  });
}

void Server::Core::AcceptAfter(Milliseconds pause) {
  pause_.expires_after(pause);
  pause_.async_wait([this](beast::error_code error) {
    if (!error) Accept();
  });
}

void Server::Core::OnAccepted(beast::error_code error, tcp::socket socket) {
  if (is_stopping_) return;
  if (error) return AcceptAfter(Milliseconds(100));  // of open files there are too many, perhaps
  beast::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  if (tls_) {
    Take(TlsStream(PlainStream(std::move(socket)), *tls_));
  } else {
    Take(PlainStream(std::move(socket)));
  }
  Accept();
}

template <typename Stream>
void Server::Core::Take(Stream stream) {
  const auto connection = std::make_shared<Connection<Stream>>(*this, std::move(stream));
  {
    const std::scoped_lock lock(mutex_);
    connections_.insert(connection.get());
  }
  connection->Start();
}

bool Server::Core::Submit(ServerRequest request, std::function<void(ServerResponse)> respond) {
  request.stop = no_longer_waited_for_.get_token();
  const std::scoped_lock lock(mutex_);
  if (queue_.size() >= options_.queue_max) return false;
  queue_.push_back({std::move(request), std::move(respond)});
  changed_.notify_all();
  return true;
}

void Server::Core::Work() {
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return has_ended_ || !queue_.empty(); });
      if (has_ended_) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    job.respond(Call(job.request));
  }
}

ServerResponse Server::Core::Call(const ServerRequest& request) {
  std::string what = "something that is no exception";
  try {
    ServerResponse response = handler_(request);
    const Status checked = CheckResponse(response);
    if (checked) return response;
    what = checked.error().message;
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
  }
  log_.error("{} {} failed: {}", request.method, request.path, what);
  return PlainResponse(500, "the server failed; its log says why");
}

void Server::Core::CloseAll() {
  const std::scoped_lock lock(mutex_);
  for (AnyConnection* connection : connections_) connection->Close();
}

void Server::Core::Stop() {
  if (is_stopping_.exchange(true) || !speaker_.joinable()) return;
  asio::post(io_, [this] {
    beast::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    const std::scoped_lock lock(mutex_);
    for (AnyConnection* connection : connections_) connection->CloseIfIdle(true);
  });
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, options_.stop_timeout, [this] { return connections_.empty(); });
  }
  no_longer_waited_for_.request_stop();
  asio::post(io_, [this] { CloseAll(); });
  std::deque<Job> left;  // each holds its connection, which takes this lock when it ends
  {
    const std::scoped_lock lock(mutex_);
    has_ended_ = true;
    left.swap(queue_);
    changed_.notify_all();
  }
  workers_.clear();  // joins
  work_guard_.reset();
  io_.stop();
  speaker_.join();
}

Server::Server(std::unique_ptr<Core> core) : core_(std::move(core)) {}

Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::Start(ServerOptions options, Handler handler,
                                              spdlog::logger& log) {
  auto core = std::make_unique<Core>(std::move(options), std::move(handler), log);
  EIDER_CHECK(core->Listen());
  core->Run();
  return std::unique_ptr<Server>(new Server(std::move(core)));
}

void Server::Stop() {
  core_->Stop();
}

int Server::port() const {
  return core_->port();
}

}  // namespace eider::http
