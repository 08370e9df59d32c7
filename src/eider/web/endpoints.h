// All that `eider serve` answers over HTTP: which path takes which method, and who may ask.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>

#include "eider/base/result.h"
#include "eider/http/server.h"
#include "eider/web/access.h"
#include "eider/web/counted_files.h"
#include "eider/web/dashboard_api.h"
#include "eider/web/services.h"
#include "eider/web/token_bucket.h"

namespace eider::web {

struct EndpointOptions {
  AccessOptions access = {};
  int events_per_second = 100;  // requests of webhooks, in the whole process
  std::string program = {};     // name and version
};

// Safe for concurrent calls from several threads.
class Endpoints {
 public:
  // Borrows what the services borrow, and hands the registry gauges that read it: nothing of it
  // may be gone before the last request is answered.
  Endpoints(const Services& services, EndpointOptions options);

  Endpoints(const Endpoints&) = delete;
  Endpoints& operator=(const Endpoints&) = delete;

  http::ServerResponse Handle(const http::ServerRequest& request);

 private:
  struct Endpoint;

  static std::span<const Endpoint> All();

  http::ServerResponse Events(const http::ServerRequest& request);
  http::ServerResponse Hello(const http::ServerRequest& request);
  http::ServerResponse Healthy(const http::ServerRequest& request);
  http::ServerResponse Ready(const http::ServerRequest& request);
  http::ServerResponse Metrics(const http::ServerRequest& request);
  http::ServerResponse Page(const http::ServerRequest& request);

  http::ServerResponse Now(const http::ServerRequest& request) { return api_.Now(request); }

  http::ServerResponse LastHour(const http::ServerRequest& request) {
    return api_.LastHour(request);
  }

  http::ServerResponse Routes(const http::ServerRequest& request) { return api_.Routes(request); }

  http::ServerResponse Tables(const http::ServerRequest& request) { return api_.Tables(request); }

  http::ServerResponse Files(const http::ServerRequest& request) { return api_.Files(request); }

  http::ServerResponse File(const http::ServerRequest& request) { return api_.File(request); }

  http::ServerResponse Redrive(const http::ServerRequest& request) { return api_.Redrive(request); }

  Status CheckAccess(const Endpoint& endpoint, const http::ServerRequest& request) const;
  Status AddGauges();
  Status AddRouteGauges();
  Status AddWaitingGauges();

  const Services services_;
  const EndpointOptions options_;
  CountedFiles counts_;
  DashboardApi api_;
  TokenBucket events_bucket_;
  std::atomic<std::int64_t> routes_served_instead_ = 0;
};

}  // namespace eider::web
