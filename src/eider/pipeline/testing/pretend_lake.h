// All that a loader works with, in memory, over an engine that reads nothing: five routes, by
// bucket, each to a table of its own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <spdlog/logger.h>

#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/log.h"
#include "eider/base/random.h"
#include "eider/catalog/memory_table_pointer.h"
#include "eider/catalog/pointer_catalog.h"
#include "eider/engine/testing/pretend_engine.h"
#include "eider/ledger/testing/memory_ledger.h"
#include "eider/pipeline/commit_tokens.h"
#include "eider/pipeline/load_files.h"
#include "eider/pipeline/loader.h"
#include "eider/routes/memory_route_store.h"
#include "eider/routing/router.h"
#include "eider/routing/strategy.h"
#include "eider/store/memory_store.h"

namespace eider::pipeline {

inline constexpr int kTables = 5;

inline iceberg::TableName TableOf(const std::string& bucket) {
  return {{"bronze"}, bucket};
}

inline routes::RouteListing Routes(const std::string& sql) {
  routes::RouteListing listing;
  for (int i = 0; i < kTables; ++i) {
    routes::Route& route = listing.routes.emplace_back();
    route.partition_key = fmt::format("b{}", i);
    route.target_table = TableOf(route.partition_key);
    route.query_sql = sql;
    route.create_table = true;
  }
  return listing;
}

inline routing::RouterOptions ByBucket() {
  routing::RouterOptions options;
  options.strategies.push_back(routing::Strategy::Parse("bucket").value());
  return options;
}

struct PretendLake {
  explicit PretendLake(const std::string& sql = "SELECT * FROM '{s3_input_path}'")
      : routes(Routes(sql)) {
    options.workers = 4;
    options.retry.min_wait = Milliseconds(1);
    options.retry.num_retries = 1'000;
  }

  void Load(const std::vector<FileRef>& files) {
    outcomes.clear();
    LoadFiles(services, files, options,
              [this](const Outcome& outcome) { outcomes.push_back(outcome); }, {});
  }

  std::map<std::string, Fate> Fates() const {
    std::map<std::string, Fate> fates;
    for (const Outcome& outcome : outcomes) fates[outcome.file.uri.key] = outcome.fate;
    return fates;
  }

  // What the snapshots of the table say of it.
  std::int64_t CountRows(const std::string& bucket) {
    const auto table = catalog.Load(TableOf(bucket));
    if (!table) return 0;
    const iceberg::Snapshot* const current = table->metadata->CurrentSnapshot();
    return current == nullptr ? 0 : std::stoll(current->summary.at("total-records"));
  }

  std::size_t CountTokens(const std::string& bucket) {
    std::size_t tokens = 0;
    const auto table = catalog.Load(TableOf(bucket)).value();
    for (const iceberg::Snapshot& snapshot : table.metadata->snapshots) {
      const std::string& list = snapshot.summary.at(std::string(kCommitTokensKey));
      tokens += 1 + static_cast<std::size_t>(std::ranges::count(list, ','));
    }
    return tokens;
  }

  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<spdlog::logger> log = NewSilentLogger();
  store::MemoryStore store;
  routes::MemoryRouteStore routes;
  routing::Router router{routes, ByBucket()};
  std::unique_ptr<ledger::Ledger> ledger = ledger::NewMemoryLedger(clock, random);
  catalog::PointerCatalog catalog{std::make_unique<catalog::MemoryTablePointer>(),
                                  Uri{"file", "", "/warehouse"},
                                  catalog::PointerCatalog::Deps{store, clock, random}};
  engine::PretendEngine engine;
  Services services{router, *ledger, catalog, engine, store, clock, random, *log};
  LoadOptions options;
  std::vector<Outcome> outcomes;
};

inline FileRef File(int bucket, std::string key, std::uint64_t rows = 3) {
  FileRef file;
  file.uri = {"s3", fmt::format("b{}", bucket), std::move(key)};
  file.etag = "e";
  file.size_bytes = rows;
  return file;
}

inline std::vector<FileRef> Files(int count, std::uint64_t rows = 3) {
  std::vector<FileRef> files;
  for (int i = 0; i < count; ++i) files.push_back(File(i % kTables, fmt::format("{:05}", i), rows));
  return files;
}

}  // namespace eider::pipeline
