// A route store that is opened when it is first asked, and again when that failed.
//
// For an order of several stores: one that cannot be opened (a file that is gone, no region) is a
// store that does not answer, and no reason not to start.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"

namespace eider::routes {

class LazyRouteStore final : public RouteStore {
 public:
  using Open = std::function<Result<std::unique_ptr<RouteStore>>()>;

  // `open` is called by one thread at a time; `name`: what messages call the store until it is
  // open.
  LazyRouteStore(std::string name, Open open);

  // Errors of all, beside the store's: those of opening it, with kCorrupt instead of kInvalid,
  // which would be a wrong route.
  Result<std::optional<Route>> Find(std::string_view key) override;
  Result<RouteListing> List() override;
  Result<RouteListing> Patterns() override;
  Status Put(const Route& route, const RouteCondition& condition = {}) override;
  Status PutAll(std::span<const Route> routes) override;
  Result<bool> Remove(std::string_view key, const RouteCondition& condition = {}) override;

  std::optional<TimePoint> AsOf() override;

  std::string Name() const override { return name_; }

 private:
  Result<RouteStore*> Opened();

  const std::string name_;
  const Open open_;
  std::mutex mutex_;                   // guards the opening
  std::unique_ptr<RouteStore> store_;  // null until it is open; never changes afterwards
};

}  // namespace eider::routes
