// What a server and its connections know of each other.
#pragma once

#include <cstdint>
#include <functional>

#include "eider/http/server.h"

namespace eider::http {

class AnyConnection {
 public:
  virtual ~AnyConnection() = default;

  // Closes it if nothing of a request has come; of a connection that is new only where `also_new`.
  virtual void CloseIfIdle(bool also_new) = 0;
  virtual void Close() = 0;
};

// What a connection asks of the server. Called by the thread that speaks, and by no other.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;

  // Has `request` answered by the handler. `respond` is called later, by any thread; never, when
  // the server is stopped before. False: too many wait.
  virtual bool Submit(ServerRequest request, std::function<void(ServerResponse)> respond) = 0;
  virtual void Remove(AnyConnection* connection) = 0;
  virtual bool is_stopping() const = 0;
  virtual bool is_loopback() const = 0;
  virtual std::uint16_t port() const = 0;
  virtual const ServerOptions& options() const = 0;
};

}  // namespace eider::http
