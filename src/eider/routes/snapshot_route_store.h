// The routes of a snapshot: one object, read when it is first needed.
//
// At most every `look_interval` it is looked whether the object has been replaced; then the new one
// serves. What is loaded serves on when it cannot be looked at, or is no snapshot any more: a copy
// that was right when it was read is better than none.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/routes/route.h"
#include "eider/routes/route_snapshot.h"
#include "eider/routes/route_store.h"
#include "eider/store/object_store.h"

namespace eider::routes {

struct SnapshotOptions {
  Uri uri;
  Milliseconds look_interval{30'000};
};

// "snapshot s3://lake/routes.snapshot".
std::string SnapshotName(const Uri& uri);

// Reads and checks the snapshot. Errors: kNotFound, kDenied, kUnavailable, kCorrupt, kUnsupported;
// each names the snapshot and the way out.
Result<RouteSnapshot> ReadSnapshot(store::ObjectStore& objects, const Uri& uri);

// Borrows objects and clock.
class SnapshotRouteStore final : public RouteStore {
 public:
  SnapshotRouteStore(SnapshotOptions options, store::ObjectStore& objects, Clock& clock);

  // Errors of all: kInvalid (the route is wrong), those of ReadSnapshot.
  Result<std::optional<Route>> Find(std::string_view key) override;
  Result<RouteListing> List() override;
  Result<RouteListing> Patterns() override;

  // kUnsupported: a snapshot is written as a whole.
  Status Put(const Route& route, const RouteCondition& condition = {}) override;
  Result<bool> Remove(std::string_view key, const RouteCondition& condition = {}) override;

  std::optional<TimePoint> AsOf() override;

  std::string Name() const override { return SnapshotName(options_.uri); }

 private:
  // shared: those who search it keep it while a newer one takes its place.
  using SnapshotPtr = std::shared_ptr<const RouteSnapshot>;

  Result<SnapshotPtr> Current();
  Status Look();  // with the lock

  const SnapshotOptions options_;
  store::ObjectStore& objects_;
  Clock& clock_;

  std::mutex mutex_;  // guards all below; held while the object is read, which all wait for
  SnapshotPtr snapshot_;
  std::string etag_;              // of the object that was read last
  std::optional<Error> failure_;  // of the last look
  TimePoint next_look_{};
};

}  // namespace eider::routes
