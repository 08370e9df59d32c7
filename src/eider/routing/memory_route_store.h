// Routes in memory: for tests, and the base of stores that read everything at once.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "eider/base/result.h"
#include "eider/routing/route_store.h"

namespace eider::routing {

// Immutable once built: nothing to lock, one hash per Find.
class MemoryRouteStore final : public RouteStore {
 public:
  // A key with a problem is wrong, whether or not it is among the routes too.
  explicit MemoryRouteStore(RouteListing listing);

  Result<std::optional<Route>> Find(std::string_view key) override;
  Result<RouteListing> List() override;

 private:
  struct Hash {
    using is_transparent = void;

    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };

  template <typename T>
  using ByKey = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

  RouteListing listing_;
  ByKey<std::size_t> positions_;  // in listing_.routes
  ByKey<std::string> wrong_;      // what is wrong with the key's route
};

}  // namespace eider::routing
