// A cached lookup: expected below one microsecond, the copy of the route included.
#include <memory>
#include <string>
#include <utility>

#include <benchmark/benchmark.h>

#include "eider/base/clock.h"
#include "eider/base/log.h"
#include "eider/routes/cached_route_store.h"
#include "eider/routes/memory_route_store.h"
#include "eider/routes/store_health.h"

namespace eider::routes {
namespace {

constexpr int kRoutes = 50'000;

class Cached {
 public:
  Cached() {
    RouteListing listing;
    for (int i = 0; i < kRoutes; ++i) {
      listing.routes.push_back(
          {.partition_key = "source-" + std::to_string(i),
           .target_table = {{"bronze"}, "orders_of_source_" + std::to_string(i)},
           .query_sql = "SELECT id, name, upper(city) AS city FROM read_parquet('{s3_input_path}')",
           .owner = "team-" + std::to_string(i % 10)});
    }
    routes_ = std::make_unique<MemoryRouteStore>(std::move(listing));
    cached_ = std::make_unique<CachedRouteStore>(
        CacheOptions{.ttl = Milliseconds(3'600'000), .negative_ttl = Milliseconds(3'600'000)},
        CacheDeps{.store = *routes_, .next = nullptr, .clock = clock_, .health = health_});
    for (int i = 0; i < kRoutes; ++i) {
      benchmark::DoNotOptimize(cached_->Find("source-" + std::to_string(i)));
    }
    benchmark::DoNotOptimize(cached_->Find("none"));
  }

  CachedRouteStore& store() { return *cached_; }

 private:
  SystemClock clock_;
  std::unique_ptr<spdlog::logger> log_ = NewSilentLogger();
  StoreHealth health_{"routes", Milliseconds(3'000), *log_};
  std::unique_ptr<MemoryRouteStore> routes_;
  std::unique_ptr<CachedRouteStore> cached_;
};

void BM_CachedFind(benchmark::State& state) {
  Cached cached;
  for (auto _ : state) benchmark::DoNotOptimize(cached.store().Find("source-7777"));
}

void BM_CachedFindOfNone(benchmark::State& state) {
  Cached cached;
  for (auto _ : state) benchmark::DoNotOptimize(cached.store().Find("none"));
}

BENCHMARK(BM_CachedFind);
BENCHMARK(BM_CachedFindOfNone);

}  // namespace
}  // namespace eider::routes
