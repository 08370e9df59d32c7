// From the list of stores to the chain that files use.
#include "eider/app/route_stores.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "eider/app/stop_at.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/config/postgres_uri.h"
#include "eider/routes/cached_route_store.h"
#include "eider/routes/dynamodb_route_store.h"
#include "eider/routes/lazy_route_store.h"
#include "eider/routes/postgres_route_store.h"
#include "eider/routes/snapshot_route_store.h"
#include "eider/routes/sqlite_route_store.h"
#include "eider/routes/yaml_file_routes.h"

namespace eider::app {

using config::RouteStoreKind;

namespace {

constexpr Milliseconds kRetryIntervalMax{3'000};

}  // namespace

RouteStores::RouteStores(RouteStoreDeps deps) : deps_(std::move(deps)) {}

RouteStores::~RouteStores() {
  stop_.request_stop();
}

std::string RouteStores::NameOf(config::RouteStoreKind kind) const {
  if (kind == RouteStoreKind::kDynamoDb) return "routing table " + deps_.config.table;
  // The store has a better name when it is open; the URI may hold a password.
  if (kind == RouteStoreKind::kPostgres) return "routing table in PostgreSQL";
  if (kind == RouteStoreKind::kSnapshot) return "snapshot " + deps_.config.snapshot;
  return "routing table " + deps_.config.path;
}

Result<Uri> RouteStores::SnapshotUri() const {
  if (deps_.config.snapshot.empty()) {
    return Fail(Code::kInvalid,
                "routing.snapshot is not set: set it in the file that --config names, by "
                "EIDER_ROUTING_SNAPSHOT or by --routing-snapshot");
  }
  return Uri::Parse(deps_.config.snapshot);
}

Result<std::unique_ptr<routes::RouteStore>> RouteStores::Open(config::RouteStoreKind kind,
                                                              const std::stop_token& stop,
                                                              routes::IfMissing if_missing) const {
  const config::Config::Routing& config = deps_.config;
  if (kind == RouteStoreKind::kFile) {
    return routes::YamlFileRoutes::Open({config.path, config.cache_ttl}, deps_.clock, deps_.log);
  }
  if (kind == RouteStoreKind::kSqlite) {
    return routes::OpenSqliteRoutes(config.path, if_missing, deps_.clock, deps_.random);
  }
  if (kind == RouteStoreKind::kPostgres) {
    EIDER_ASSIGN(const std::string uri, config::LibpqUriOf(config.uri));
    return routes::OpenPostgresRoutes(uri, if_missing, deps_.clock, deps_.random);
  }
  if (kind == RouteStoreKind::kSnapshot) {
    EIDER_ASSIGN(Uri uri, SnapshotUri());
    const routes::SnapshotOptions options{.uri = std::move(uri), .look_interval = config.cache_ttl};
    return std::make_unique<routes::SnapshotRouteStore>(options, deps_.objects, deps_.clock);
  }
  EIDER_ASSIGN(const AwsService service, deps_.aws().Service("dynamodb"));
  EIDER_ASSIGN(aws::JsonService* const dynamodb, deps_.aws().DynamoDb());
  return routes::OpenDynamoDbRoutes(*dynamodb, config.table, service.region, stop);
}

Result<routes::RouteStore*> RouteStores::Primary(routes::IfMissing if_missing) {
  if (!primary_) {
    EIDER_ASSIGN(primary_, Open(deps_.config.stores.front(), stop_.get_token(), if_missing));
  }
  return primary_.get();
}

routes::RouteStore* RouteStores::AddCache(routes::RouteStore& store, routes::RouteReader* next,
                                          const std::string& name) {
  const config::Config::Routing& config = deps_.config;
  const Milliseconds retry_interval = std::min(kRetryIntervalMax, config.cache_negative_ttl);
  healths_.insert(healths_.begin(),
                  std::make_unique<routes::StoreHealth>(name, retry_interval, deps_.log));
  const routes::CacheOptions options{.ttl = config.cache_ttl,
                                     .negative_ttl = config.cache_negative_ttl,
                                     .stale_max = config.stale_max,
                                     .timeout = config.timeout};
  caches_.push_back(std::make_unique<routes::CachedRouteStore>(
      options, routes::CacheDeps{store, next, deps_.clock, *healths_.front()}));
  return caches_.back().get();
}

// A single store has to be there at the start. What lies in memory needs no cache; of several
// stores each has one, which knows whether the store answers.
Result<routes::RouteReader*> RouteStores::ForFiles() {
  if (for_files_ != nullptr) return for_files_;
  const std::vector<config::RouteStoreKind>& kinds = deps_.config.stores;
  if (kinds.size() == 1) {
    EIDER_ASSIGN(routes::RouteStore* const only, Primary(routes::IfMissing::kFail));
    const bool is_in_memory =
        kinds.front() == RouteStoreKind::kFile || kinds.front() == RouteStoreKind::kSnapshot;
    for_files_ = is_in_memory ? only : AddCache(*only, nullptr, only->Name());
    return for_files_;
  }
  for (auto kind = kinds.rbegin(); kind != kinds.rend(); ++kind) {
    stores_.push_back(std::make_unique<routes::LazyRouteStore>(
        NameOf(*kind), [this, kind = *kind] { return Open(kind, stop_.get_token()); }));
    for_files_ = *kind == RouteStoreKind::kSnapshot
                     ? stores_.back().get()
                     : AddCache(*stores_.back(), for_files_, NameOf(*kind));
  }
  return for_files_;
}

bool RouteStores::HasRefresher() const {
  return deps_.config.stores.size() > 1 && deps_.config.stores.back() == RouteStoreKind::kSnapshot;
}

void RouteStores::RefreshSnapshot(TimePoint end) {
  const TimePoint now = deps_.clock.Now();
  if (!HasRefresher() || end <= now) return;
  if (!refresher_) {
    const auto uri = SnapshotUri();
    if (!uri) return;  // refused at the start
    refresher_.emplace(routes::RefreshOptions{*uri, deps_.config.snapshot_refresh},
                       routes::RefreshDeps{deps_.objects, deps_.clock, deps_.log});
  }
  if (!refresher_->IsTime() || (health() != nullptr && health()->trouble())) return;
  const StopAt stop_at(deps_.clock, end, stop_.get_token());
  const config::RouteStoreKind kind = deps_.config.stores.front();
  const auto store = Open(kind, stop_at.token());
  if (!store) {
    deps_.log.warn("the snapshot is not renewed, {} cannot be opened: {}", NameOf(kind),
                   store.error().message);
    return;
  }
  refresher_->RefreshIfOld(**store);
}

}  // namespace eider::app
