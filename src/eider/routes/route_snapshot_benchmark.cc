// A snapshot of a hundred thousand routes: expected to be open in milliseconds, and a route of it
// to be found in microseconds.
#include <string>
#include <utility>

#include <benchmark/benchmark.h>

#include "eider/routes/route_snapshot.h"

namespace eider::routes {
namespace {

constexpr int kRoutes = 100'000;

std::string Bytes() {
  RouteListing listing;
  for (int i = 0; i < kRoutes; ++i) {
    listing.routes.push_back(
        {.partition_key = "source-" + std::to_string(i),
         .target_table = {{"bronze"}, "orders_of_source_" + std::to_string(i)},
         .query_sql = "SELECT id, name, upper(city) AS city FROM read_parquet('{s3_input_path}')"});
  }
  return *ToSnapshot(listing, {});
}

void BM_OpenSnapshotOf100000(benchmark::State& state) {
  const std::string bytes = Bytes();
  for (auto _ : state) {
    state.PauseTiming();
    std::string copy = bytes;
    state.ResumeTiming();
    benchmark::DoNotOptimize(RouteSnapshot::Parse(std::move(copy), "snapshot"));
  }
  state.counters["megabytes"] = static_cast<double>(bytes.size()) / 1e6;
}

void BM_FindInSnapshotOf100000(benchmark::State& state) {
  const auto snapshot = RouteSnapshot::Parse(Bytes(), "snapshot");
  for (auto _ : state) benchmark::DoNotOptimize(snapshot->Find("source-7777"));
}

void BM_WriteSnapshotOf100000(benchmark::State& state) {
  const auto snapshot = RouteSnapshot::Parse(Bytes(), "snapshot");
  const RouteListing listing = snapshot->List();
  for (auto _ : state) benchmark::DoNotOptimize(ToSnapshot(listing, {}));
}

BENCHMARK(BM_OpenSnapshotOf100000)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_FindInSnapshotOf100000)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_WriteSnapshotOf100000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace eider::routes
