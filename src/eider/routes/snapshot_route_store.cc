#include "eider/routes/snapshot_route_store.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/routes/route.h"
#include "eider/routes/route_snapshot.h"
#include "eider/routes/route_store.h"
#include "eider/store/object_store.h"

namespace eider::routes {
namespace {

// After a failure, when nothing is loaded.
constexpr Milliseconds kRetryInterval{3'000};

}  // namespace

std::string SnapshotName(const Uri& uri) {
  return "snapshot " + uri.ToString();
}

Result<RouteSnapshot> ReadSnapshot(store::ObjectStore& objects, const Uri& uri) {
  auto bytes = store::ReadAll(objects, uri, kSnapshotBytesMax);
  if (bytes) return RouteSnapshot::Parse(*std::move(bytes), SnapshotName(uri));
  Error error = std::move(bytes).error();
  if (error.code == Code::kInvalid) error.code = Code::kCorrupt;  // of more bytes than one has
  if (error.code == Code::kNotFound) {
    return Fail(Code::kNotFound,
                fmt::format("{} does not exist; write it by `eider routes snapshot`, or name "
                            "another by routing.snapshot",
                            SnapshotName(uri)));
  }
  return std::unexpected(Annotate("cannot read " + SnapshotName(uri), std::move(error)));
}

SnapshotRouteStore::SnapshotRouteStore(SnapshotOptions options, store::ObjectStore& objects,
                                       Clock& clock)
    : options_(std::move(options)), objects_(objects), clock_(clock) {}

Result<SnapshotRouteStore::SnapshotPtr> SnapshotRouteStore::Current() {
  const std::lock_guard lock(mutex_);
  const TimePoint now = clock_.Now();
  const Milliseconds interval = snapshot_ ? options_.look_interval : kRetryInterval;
  if (now >= next_look_ || now + interval < next_look_) {  // the latter: the clock was set back
    const Status looked = Look();
    failure_ = looked ? std::nullopt : std::optional(looked.error());
    next_look_ = now + (snapshot_ ? options_.look_interval : kRetryInterval);
  }
  if (snapshot_) return snapshot_;
  return std::unexpected(*failure_);
}

Status SnapshotRouteStore::Look() {
  const auto info = objects_.Stat(options_.uri);
  if (snapshot_ && !info) return std::unexpected(info.error());
  const std::string etag = info ? info->etag : "";
  if (snapshot_ && etag == etag_) return {};
  auto read = ReadSnapshot(objects_, options_.uri);
  // What is broken is not read again until it is replaced.
  if (read || read.error().code == Code::kCorrupt) etag_ = etag;
  EIDER_ASSIGN(RouteSnapshot snapshot, std::move(read));
  snapshot_ =
      std::make_shared<const RouteSnapshot>(std::move(snapshot));  // shared: see SnapshotPtr
  return {};
}

Result<std::optional<Route>> SnapshotRouteStore::Find(std::string_view key) {
  EIDER_ASSIGN(const SnapshotPtr snapshot, Current());
  return snapshot->Find(key);
}

Result<RouteListing> SnapshotRouteStore::List() {
  EIDER_ASSIGN(const SnapshotPtr snapshot, Current());
  return snapshot->List();
}

Result<RouteListing> SnapshotRouteStore::Patterns() {
  EIDER_ASSIGN(const SnapshotPtr snapshot, Current());
  return snapshot->Patterns();
}

Status SnapshotRouteStore::Put(const Route& route, const RouteCondition& /*condition*/) {
  return Fail(Code::kUnsupported,
              fmt::format("{} is written as a whole, by `eider routes snapshot`; change the route "
                          "in the routing table that it is taken of: '{}'",
                          Name(), route.partition_key));
}

Result<bool> SnapshotRouteStore::Remove(std::string_view key, const RouteCondition& /*condition*/) {
  return Fail(Code::kUnsupported,
              fmt::format("{} is written as a whole, by `eider routes snapshot`; remove the route "
                          "from the routing table that it is taken of: '{}'",
                          Name(), key));
}

std::optional<TimePoint> SnapshotRouteStore::AsOf() {
  const auto snapshot = Current();
  if (!snapshot) return std::nullopt;
  return (*snapshot)->header().taken_at;
}

}  // namespace eider::routes
