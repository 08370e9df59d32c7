// When a snapshot is old, and how a new one comes.
#include "eider/routes/snapshot_refresh.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/routes/route_snapshot.h"
#include "eider/routes/route_store.h"
#include "eider/routes/snapshot_route_store.h"
#include "eider/store/object_store.h"

namespace eider::routes {
namespace {

// Reads back what it is about to write: a snapshot that could not serve replaces none that can.
Result<SnapshotHeader> WriteListing(const RouteListing& listing, const SnapshotHeader& header,
                                    store::ObjectStore& objects, const Uri& uri) {
  EIDER_ASSIGN(const std::string bytes, ToSnapshot(listing, header));
  EIDER_ASSIGN(const RouteSnapshot snapshot, RouteSnapshot::Parse(bytes, SnapshotName(uri)));
  EIDER_CHECK(objects.Put(uri, bytes, store::PutMode::kReplace));
  return snapshot.header();
}

}  // namespace

Result<SnapshotHeader> WriteSnapshot(RouteReader& routes, store::ObjectStore& objects,
                                     const Uri& uri, Clock& clock) {
  const TimePoint taken_at = clock.Now();  // before it is read: nothing in it is older
  EIDER_ASSIGN(const RouteListing listing, routes.List());
  return WriteListing(listing, {.taken_at = taken_at, .source = routes.Name()}, objects, uri);
}

SnapshotRefresher::SnapshotRefresher(RefreshOptions options, const RefreshDeps& deps)
    : options_(std::move(options)), deps_(deps) {}

bool SnapshotRefresher::IsTime() {
  const std::lock_guard lock(mutex_);
  return options_.interval.count() > 0 && deps_.clock.Now() >= next_look_;
}

void SnapshotRefresher::RefreshIfOld(RouteReader& routes) {
  const std::lock_guard lock(mutex_);
  const TimePoint now = deps_.clock.Now();
  if (options_.interval.count() == 0 || now < next_look_) return;
  next_look_ = now + options_.interval;
  const auto present = deps_.objects.Stat(options_.uri);
  if (present && now < present->modified + options_.interval) {
    next_look_ = std::min(next_look_, present->modified + options_.interval);
    return;
  }
  if (const Status renewed = Renew(routes, present); !renewed) {
    deps_.log.warn("{} is not renewed: {}", SnapshotName(options_.uri), renewed.error().message);
  }
}

Status SnapshotRefresher::Renew(RouteReader& routes, const Result<store::ObjectInfo>& present) {
  if (!present && present.error().code != Code::kNotFound) {
    return std::unexpected(present.error());
  }
  const TimePoint taken_at = deps_.clock.Now();
  EIDER_ASSIGN(const RouteListing listing, routes.List());
  if (present && listing.routes.empty()) {
    return Fail(Code::kInvalid,
                fmt::format("{} has not a single route, which looks like a mistake; if it is none, "
                            "write the snapshot by `eider routes snapshot`",
                            routes.Name()));
  }
  EIDER_ASSIGN(const SnapshotHeader written,
               WriteListing(listing, {.taken_at = taken_at, .source = routes.Name()}, deps_.objects,
                            options_.uri));
  deps_.log.info("{} renewed, with {} routes", SnapshotName(options_.uri), written.routes);
  return {};
}

}  // namespace eider::routes
