// Each call opens the store unless it is open.
#include "eider/routes/lazy_route_store.h"

#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"

namespace eider::routes {

LazyRouteStore::LazyRouteStore(std::string name, Open open)
    : name_(std::move(name)), open_(std::move(open)) {}

Result<RouteStore*> LazyRouteStore::Opened() {
  const std::lock_guard lock(mutex_);
  if (!store_) {
    auto opened = open_();
    if (!opened) {
      Error error = Annotate("cannot open " + name_, std::move(opened).error());
      if (error.code == Code::kInvalid) error.code = Code::kCorrupt;
      return std::unexpected(std::move(error));
    }
    store_ = *std::move(opened);
  }
  return store_.get();
}

Result<std::optional<Route>> LazyRouteStore::Find(std::string_view key) {
  EIDER_ASSIGN(RouteStore* const store, Opened());
  return store->Find(key);
}

Result<RouteListing> LazyRouteStore::List() {
  EIDER_ASSIGN(RouteStore* const store, Opened());
  return store->List();
}

Result<RouteListing> LazyRouteStore::Patterns() {
  EIDER_ASSIGN(RouteStore* const store, Opened());
  return store->Patterns();
}

std::optional<TimePoint> LazyRouteStore::AsOf() {
  const auto store = Opened();
  return store ? (*store)->AsOf() : std::nullopt;
}

Status LazyRouteStore::Put(const Route& route, const RouteCondition& condition) {
  EIDER_ASSIGN(RouteStore* const store, Opened());
  return store->Put(route, condition);
}

Status LazyRouteStore::PutAll(std::span<const Route> routes) {
  EIDER_ASSIGN(RouteStore* const store, Opened());
  return store->PutAll(routes);
}

Result<bool> LazyRouteStore::Remove(std::string_view key, const RouteCondition& condition) {
  EIDER_ASSIGN(RouteStore* const store, Opened());
  return store->Remove(key, condition);
}

}  // namespace eider::routes
