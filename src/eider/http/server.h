// A small HTTP/1.1 server: the webhook, the health checks, the metrics and the dashboard.
//
// One thread speaks with all clients, and a few run the handler, so that a client that is slow or
// never ends holds no thread, only one of `connections_max` connections until its time is up. What
// is received and what waits is bounded; a body beyond its limit is refused before it is read.
//
// Every answer has headers that keep a browser from harm (nosniff, no-store, a policy that allows
// nothing, no referrer); a response that sets one of them itself wins. Where the server listens on
// loopback, it answers only to loopback's own names: a page of the open web whose name is made to
// point to 127.0.0.1 (DNS rebinding) cannot ask it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/logger.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/http/transport.h"

namespace eider::http {

struct ServerOptions {
  std::string address = "127.0.0.1:8080";  // of this machine, and a port; port 0: a free one
  std::string certificate_file = {};       // PEM, with its chain; TLS where both are set
  std::string key_file = {};
  std::size_t body_bytes_max = 1U << 20U;  // of a request; beyond: 413
  std::size_t threads = 4;                 // that run the handler
  std::size_t queue_max = 64;              // requests that wait for one of them; beyond: 503
  std::size_t connections_max = 256;       // further clients wait until one of these has ended
  Milliseconds read_timeout{10'000};       // of a request's head, and of its body, as a whole
  Milliseconds write_timeout{30'000};      // of an answer as a whole
  Milliseconds idle_timeout{30'000};       // until the next request of a connection is there
  Milliseconds stop_timeout{10'000};       // for what is begun when the server is stopped
};

struct QueryParameter {
  std::string name;
  std::string value;
};

struct ServerRequest {
  std::string method;  // as it was sent; the answer to HEAD goes out without its body
  std::string path;    // decoded; begins with a slash, unless it is the `*` of OPTIONS
  std::vector<QueryParameter> parameters = {};  // of the query, decoded, in their order
  std::vector<Header> headers = {};             // names as they were sent
  std::string body = {};
  std::stop_token stop = {};  // requested when the server no longer waits for the answer

  // The value of the first header of that name, in any case; empty when there is none.
  std::string_view FindHeader(std::string_view name) const;
  // Of the first parameter of that name; nothing when there is none.
  std::optional<std::string_view> FindParameter(std::string_view name) const;
};

struct ServerResponse {
  int status = 200;
  // Without Content-Length, Connection and Transfer-Encoding, which are the server's own.
  std::vector<Header> headers = {};
  std::string body = {};
};

class Server {
 public:
  // Called by several threads at once. What it throws is logged, and answered with 500 and no more.
  using Handler = std::function<ServerResponse(const ServerRequest&)>;

  // Listens when it returns. The log outlives the server. Errors: kInvalid (the address, the
  // certificate or its key), kUnavailable (the address is in use or is none of this machine),
  // kDenied (the port is not for everyone).
  static Result<std::unique_ptr<Server>> Start(ServerOptions options, Handler handler,
                                               spdlog::logger& log);

  // As Stop.
  ~Server();

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Takes no more requests, answers those that have begun to arrive, and returns when that is done
  // or the time for it is up. Waits for handlers that are at work, which see `ServerRequest::stop`.
  // Safe to call again.
  void Stop();

  // The one that was asked for, or the free one that was found.
  int port() const;

 private:
  class Core;

  explicit Server(std::unique_ptr<Core> core);

  std::unique_ptr<Core> core_;
};

}  // namespace eider::http
