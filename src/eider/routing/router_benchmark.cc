// The time to find one file's route among many: expected at most one microsecond for the lookup.
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "eider/routes/memory_route_store.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"
#include "eider/routing/pattern_choice.h"
#include "eider/routing/router.h"
#include "eider/routing/strategy.h"
#include "eider/routing/testing/memory_file_facts.h"

namespace eider::routing {
namespace {

// Routes of the keys "source-0", "source-1", ..; of patterns "source-0-*", ...
routes::RouteListing Routes(int count, const std::string& suffix = {}) {
  routes::RouteListing listing;
  for (int i = 0; i < count; ++i) {
    listing.routes.push_back({"source-" + std::to_string(i) + suffix,
                              {{"bronze"}, "orders"},
                              "SELECT * FROM read_parquet('{s3_input_path}')",
                              false});
  }
  return listing;
}

Router RouterOf(routes::RouteReader& store, const std::vector<std::string>& strategies) {
  return {store, {.strategies = ParseStrategies(strategies).value()}};
}

void BM_Find(benchmark::State& state) {
  routes::MemoryRouteStore store(Routes(10'000));
  for (auto _ : state) benchmark::DoNotOptimize(store.Find("source-7777"));
}

void BM_RouteByBucket(benchmark::State& state) {
  routes::MemoryRouteStore store(Routes(10'000));
  const Router router = RouterOf(store, {"bucket", "folder"});
  MemoryFileFacts facts("s3://source-7777/2024/x.parquet");
  for (auto _ : state) benchmark::DoNotOptimize(router.FindRoutes(facts));
}

void BM_RouteByRegex(benchmark::State& state) {
  routes::MemoryRouteStore store(Routes(10'000));
  const Router router = RouterOf(store, {R"(key-regex:^raw/(?P<key>[a-z]+-\d+)/\d{4}/)"});
  MemoryFileFacts facts("s3://lake/raw/source-7777/2024/x.parquet");
  for (auto _ : state) benchmark::DoNotOptimize(router.FindRoutes(facts));
}

// A file to ten routes by the values of a column.
void BM_RouteByColumn(benchmark::State& state) {
  routes::MemoryRouteStore store(Routes(10'000));
  const Router router = RouterOf(store, {"column:source"});
  MemoryFileFacts facts("s3://lake/x.parquet");
  for (int i = 0; i < 10; ++i) {
    facts.columns["source"].emplace_back("source-" + std::to_string(i));
  }
  for (auto _ : state) benchmark::DoNotOptimize(router.FindRoutes(facts));
}

void BM_MatchThousandPatterns(benchmark::State& state) {
  const routes::RouteListing patterns = Routes(1'000, "-*");
  for (auto _ : state) {
    int matches = 0;
    for (const routes::Route& route : patterns.routes) {
      matches += routes::MatchesPattern(route.partition_key, "source-777-2024") ? 1 : 0;
    }
    benchmark::DoNotOptimize(matches);
  }
}

void BM_ChooseOfThousandPatterns(benchmark::State& state) {
  const routes::RouteListing patterns = Routes(1'000, "-*");
  for (auto _ : state) benchmark::DoNotOptimize(ChoosePattern(patterns, "source-777-2024"));
}

BENCHMARK(BM_Find);
BENCHMARK(BM_RouteByBucket);
BENCHMARK(BM_RouteByRegex);
BENCHMARK(BM_RouteByColumn);
BENCHMARK(BM_MatchThousandPatterns);
BENCHMARK(BM_ChooseOfThousandPatterns);

}  // namespace
}  // namespace eider::routing
