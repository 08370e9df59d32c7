// The stores of routes that routing.store lists: each for itself, and all of them as files use
// them.
//
// Files use the first store through a cache, whose last known routes serve while it is away, and
// after it the next of the list. People who edit, list or check routes use the first store itself.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <spdlog/logger.h>

#include "eider/app/aws_access.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/config/config.h"
#include "eider/routes/route_store.h"
#include "eider/routes/snapshot_refresh.h"
#include "eider/routes/store_health.h"
#include "eider/store/object_store.h"

namespace eider::app {

// Borrowed; all outlive the stores.
struct RouteStoreDeps {
  const config::Config::Routing& config;
  std::function<AwsAccess&()> aws;  // opens it when DynamoDB is needed
  store::ObjectStore& objects;
  Clock& clock;
  Random& random;
  spdlog::logger& log;
};

// Used by one thread, but for what it gives; that lives as long as it does. Destroyed, it ends the
// calls that nobody waits for any more.
class RouteStores {
 public:
  explicit RouteStores(RouteStoreDeps deps);
  ~RouteStores();

  RouteStores(const RouteStores&) = delete;
  RouteStores& operator=(const RouteStores&) = delete;

  // The first store of the list, asked itself. Errors: those of opening it.
  Result<routes::RouteStore*> Primary(routes::IfMissing if_missing);

  // What routes files. Errors: those of opening the store, when it is the only one.
  Result<routes::RouteReader*> ForFiles();

  // A store of its own, of one kind of the list. `stop` ends its calls early, where they can take
  // long. Errors: those of opening it.
  Result<std::unique_ptr<routes::RouteStore>> Open(
      config::RouteStoreKind kind, const std::stop_token& stop,
      routes::IfMissing if_missing = routes::IfMissing::kFail) const;

  // What messages call the store of that kind before it is open.
  std::string NameOf(config::RouteStoreKind kind) const;

  // Of the first store, as files find it. Null: nothing ever serves in its place.
  routes::StoreHealth* health() { return healths_.empty() ? nullptr : healths_.front().get(); }

  // Where the snapshot is or will be. Errors: kInvalid (routing.snapshot is not set).
  Result<Uri> SnapshotUri() const;

  // Writes a new snapshot where one is a store of the list, it is old, and the first store answers;
  // gives up at `end`. Whatever fails is a warning.
  void RefreshSnapshot(TimePoint end);

  // What a snapshot is worth of the time of whoever waits for its end.
  static constexpr Milliseconds kRefreshTimeMax{20'000};

 private:
  bool HasRefresher() const;
  routes::RouteStore* AddCache(routes::RouteStore& store, routes::RouteReader* next,
                               const std::string& name);

  const RouteStoreDeps deps_;
  std::stop_source stop_;
  std::unique_ptr<routes::RouteStore> primary_;
  std::optional<routes::SnapshotRefresher> refresher_;
  routes::RouteReader* for_files_ = nullptr;
  // In the order of the list; what follows uses what comes before.
  std::vector<std::unique_ptr<routes::StoreHealth>> healths_;
  std::vector<std::unique_ptr<routes::RouteStore>> stores_;
  std::vector<std::unique_ptr<routes::RouteStore>> caches_;
};

}  // namespace eider::app
