// A store of routes that may fail, and what serves while it does.
//
// Answers are kept: routes for `ttl`, "none" and wrong routes (a wrong one is an answer, too) for
// `negative_ttl`. Concurrent questions for one key are asked once. When the store cannot be reached
// or does not answer within `timeout`, these serve in its place, in this order:
//
//   1. the last known answer, up to the age `stale_max`, unless the next store knows itself to be
//      newer: a snapshot that was taken after the answer was given. An answer that was fresh when
//      the trouble began is never older than a snapshot by more than `ttl`, and the snapshot is not
//      even opened for it;
//   2. the next store of the order, which answers what was never asked before: a cold start;
//   3. the store itself after all, for as long as it takes: its retries may yet be lucky, and the
//      file has nothing else.
//
// The order of the configuration is thus the order of trust: what the first store said an hour ago
// is worth more than what a later one says now, for the first is where routes are changed.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"
#include "eider/routes/store_health.h"

namespace eider::routes {

struct CacheOptions {
  Milliseconds ttl{30'000};
  Milliseconds negative_ttl{5'000};
  Milliseconds stale_max{24 * 3'600'000};
  Milliseconds timeout{2'000};  // only where something else could serve
  std::size_t entries_max = 100'000;
};

// Borrowed; all outlive the cache.
struct CacheDeps {
  RouteStore& store;
  RouteReader* next;  // may be null: there is no other
  Clock& clock;
  StoreHealth& health;
};

// Safe for concurrent calls from several threads. Destroyed, it waits for the calls that are under
// way: their store is to be stopped before.
class CachedRouteStore final : public RouteStore {
 public:
  CachedRouteStore(const CacheOptions& options, const CacheDeps& deps);
  ~CachedRouteStore() override;

  // Errors: kInvalid (the route is wrong); of any other code when no store answers: it names each
  // with its reason.
  Result<std::optional<Route>> Find(std::string_view key) override;
  Result<RouteListing> Patterns() override;

  // Asks the store itself, and nobody else.
  Result<RouteListing> List() override;

  // Go to the store itself; what is known of the key is forgotten.
  Status Put(const Route& route, const RouteCondition& condition = {}) override;
  Status PutAll(std::span<const Route> routes) override;
  Result<bool> Remove(std::string_view key, const RouteCondition& condition = {}) override;

  std::string Name() const override;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace eider::routes
