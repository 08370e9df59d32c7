// Writing of snapshots: now, or when the one that is there has become old.
#pragma once

#include <mutex>

#include <spdlog/logger.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/routes/route_snapshot.h"
#include "eider/routes/route_store.h"
#include "eider/store/object_store.h"

namespace eider::routes {

// Lists the store and writes all of it as one object, over an earlier one. What was written.
// Errors: those of RouteStore::List and ObjectStore::Put; kInvalid (what a snapshot cannot hold).
Result<SnapshotHeader> WriteSnapshot(RouteReader& routes, store::ObjectStore& objects,
                                     const Uri& uri, Clock& clock);

struct RefreshOptions {
  Uri uri;
  Milliseconds interval{900'000};  // 0: never
};

// Borrowed; all outlive the refresher.
struct RefreshDeps {
  store::ObjectStore& objects;
  Clock& clock;
  spdlog::logger& log;
};

// Keeps a snapshot young, as long as somebody loads files. Whatever fails is a warning: no file
// fails for it. Safe for concurrent calls from several threads.
class SnapshotRefresher {
 public:
  SnapshotRefresher(RefreshOptions options, const RefreshDeps& deps);

  // Whether it is time to look at the snapshot's age: asks nobody, so that it can be called after
  // every file.
  bool IsTime();

  // Writes a new snapshot when the object is older than the interval or is not there, even when
  // the routes are the same: its age tells that they were true then. A store without a single
  // route does not replace a snapshot: it is more likely the wrong one than an empty one.
  void RefreshIfOld(RouteReader& routes);

 private:
  Status Renew(RouteReader& routes, const Result<store::ObjectInfo>& present);

  const RefreshOptions options_;
  const RefreshDeps deps_;
  std::mutex mutex_;  // guards all below
  TimePoint next_look_{};
};

}  // namespace eider::routes
