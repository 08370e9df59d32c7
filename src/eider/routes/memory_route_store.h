// Routes in memory: for tests, and inside stores that read everything at once.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "eider/base/result.h"
#include "eider/routes/route_store.h"

namespace eider::routes {

// One shared lock and one hash per Find.
class MemoryRouteStore final : public RouteStore {
 public:
  // A key with a problem is wrong, whether or not it is among the routes too.
  explicit MemoryRouteStore(RouteListing listing);

  Result<std::optional<Route>> Find(std::string_view key) override;
  Result<RouteListing> List() override;
  Status Put(const Route& route, const RouteCondition& condition = {}) override;
  Result<bool> Remove(std::string_view key, const RouteCondition& condition = {}) override;

  std::string Name() const override { return "routes in memory"; }

 private:
  struct Hash {
    using is_transparent = void;

    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };

  template <typename T>
  using ByKey = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

  // The caller has the lock.
  Status Check(std::string_view key, const RouteCondition& condition) const;
  bool Forget(std::string_view key);

  std::shared_mutex mutex_;     // guards all below
  RouteListing wrong_listing_;  // problems and notes; no routes
  ByKey<Route> routes_;
  ByKey<std::string> wrong_;  // what is wrong with the key's route
};

}  // namespace eider::routes
