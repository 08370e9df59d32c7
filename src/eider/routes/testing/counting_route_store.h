// A route store that counts its calls, for tests that what is not needed is not asked for.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "eider/base/result.h"
#include "eider/routes/memory_route_store.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"

namespace eider::routes {

class CountingRouteStore final : public RouteStore {
 public:
  explicit CountingRouteStore(RouteListing listing) : store_(std::move(listing)) {}

  Result<std::optional<Route>> Find(std::string_view key) override {
    ++finds[std::string(key)];
    return store_.Find(key);
  }

  Result<RouteListing> List() override { return store_.List(); }

  Result<RouteListing> Patterns() override {
    ++patterns;
    return store_.Patterns();
  }

  Status Put(const Route& route, const RouteCondition& condition = {}) override {
    return store_.Put(route, condition);
  }

  Result<bool> Remove(std::string_view key, const RouteCondition& condition = {}) override {
    return store_.Remove(key, condition);
  }

  std::string Name() const override { return store_.Name(); }

  std::map<std::string, int> finds;  // by key
  int patterns = 0;

 private:
  MemoryRouteStore store_;
};

}  // namespace eider::routes
