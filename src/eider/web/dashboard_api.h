// What the dashboard shows, as JSON: under /api/ of docs/operations.md.
//
// Nothing here asks a catalog or the store: the ledger and what this process remembers say it all.
#pragma once

#include <string>

#include "eider/base/clock.h"
#include "eider/http/server.h"
#include "eider/web/counted_files.h"
#include "eider/web/services.h"

namespace eider::web {

// Safe for concurrent calls from several threads.
class DashboardApi {
 public:
  // Borrows services and counts. `program`: its name and version.
  DashboardApi(const Services& services, CountedFiles& counts, std::string program);

  http::ServerResponse Now(const http::ServerRequest& request);
  http::ServerResponse LastHour(const http::ServerRequest& request);
  http::ServerResponse Routes(const http::ServerRequest& request);
  http::ServerResponse Tables(const http::ServerRequest& request);
  http::ServerResponse Files(const http::ServerRequest& request);
  http::ServerResponse File(const http::ServerRequest& request);

  // Announces files that are FAILED: one (`uri`), those that fit (`route`, `table`, `code`,
  // `text`), or `all=1`; at most 10,000 at once.
  http::ServerResponse Redrive(const http::ServerRequest& request);

 private:
  const Services& services_;
  CountedFiles& counts_;
  const std::string program_;
  const TimePoint started_;
};

}  // namespace eider::web
