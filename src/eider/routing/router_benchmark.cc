// The time to find one file's route among many: expected at most one microsecond.
#include <string>
#include <utility>

#include <benchmark/benchmark.h>

#include "eider/base/file_ref.h"
#include "eider/routing/memory_route_store.h"
#include "eider/routing/router.h"

namespace eider::routing {
namespace {

void BM_Find(benchmark::State& state) {
  RouteListing listing;
  for (int i = 0; i < 10'000; ++i) {
    listing.routes.push_back({"source-" + std::to_string(i),
                              {{"bronze"}, "orders"},
                              "SELECT * FROM read_parquet('{s3_input_path}')",
                              false});
  }
  MemoryRouteStore store(std::move(listing));
  for (auto _ : state) benchmark::DoNotOptimize(store.Find("source-7777"));
}

BENCHMARK(BM_Find);

}  // namespace
}  // namespace eider::routing
