// A hundred thousand routes: read from JSON lines, imported into SQLite, listed and checked from
// it. Expected: seconds each at most.
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/codec/json.h"
#include "eider/routes/route_checks.h"
#include "eider/routes/route_json.h"
#include "eider/routes/route_json_lines.h"
#include "eider/routes/sqlite_route_store.h"

namespace eider::routes {
namespace {

constexpr int kCount = 100'000;

std::vector<Route> ManyRoutes() {
  std::vector<Route> routes;
  for (int i = 0; i < kCount; ++i) {
    Route route{"source-" + std::to_string(i),
                {{"bronze"}, "orders_" + std::to_string(i)},
                "SELECT * EXCLUDE (x) FROM read_parquet('{s3_input_path}') WHERE id > " +
                    std::to_string(i)};
    route.inputs = {Uri{"s3", "reference", "rates/"}};
    route.engine.threads = 2;
    route.owner = "team-" + std::to_string(i % 100);
    route.updated_at = "2026-11-24T12:00:00Z";
    route.version = 1;
    if (i % 1'000 == 0) route.partition_key += "-*";
    routes.push_back(std::move(route));
  }
  return routes;
}

// A routing table in a folder of its own, which goes with it.
class Database {
 public:
  Database() {
    std::string pattern = std::filesystem::temp_directory_path() / "eider-routes-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    store_ = *OpenSqliteRoutes(folder_ / "routes.db", IfMissing::kCreate, clock_, random_);
  }

  ~Database() { std::filesystem::remove_all(folder_); }

  RouteStore& store() { return *store_; }

 private:
  SystemClock clock_;
  SystemRandom random_;
  std::filesystem::path folder_;
  std::unique_ptr<RouteStore> store_;
};

void BM_ParseJsonLines(benchmark::State& state) {
  std::string text;
  for (const Route& route : ManyRoutes()) text += codec::ToJsonText(ToJson(route)) + "\n";
  for (auto _ : state) {
    const RouteListing listing = ParseJsonLines(text, "routes.jsonl");
    if (listing.routes.size() != kCount) state.SkipWithError("routes are missing");
  }
}

void BM_ImportIntoSqlite(benchmark::State& state) {
  const std::vector<Route> routes = ManyRoutes();
  Database database;
  for (auto _ : state) {
    if (!database.store().PutAll(routes)) state.SkipWithError("not written");
  }
}

void BM_CheckFromSqlite(benchmark::State& state) {
  Database database;
  if (!database.store().PutAll(ManyRoutes())) state.SkipWithError("not written");
  for (auto _ : state) {
    const auto listing = database.store().List();
    if (listing->routes.size() != kCount) state.SkipWithError("routes are missing");
    benchmark::DoNotOptimize(FindAmbiguousPatterns(*listing, "routes.db"));
    benchmark::DoNotOptimize(FindBrokenReferences(*listing, "routes.db"));
  }
}

BENCHMARK(BM_ParseJsonLines)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_ImportIntoSqlite)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_CheckFromSqlite)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace eider::routes
