// A small lake in a temporary folder, wired by hand from the real rooms: what the fault tests load
// into and count afterwards.
#pragma once

#include <stdlib.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/logger.h>

#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/log.h"
#include "eider/base/random.h"
#include "eider/catalog/pointer_catalog.h"
#include "eider/catalog/sqlite_table_pointer.h"
#include "eider/engine/sql_engine.h"
#include "eider/iceberg/manifest_files.h"
#include "eider/ledger/sqlite_ledger.h"
#include "eider/routes/memory_route_store.h"
#include "eider/routing/router.h"
#include "eider/routing/strategy.h"
#include "eider/store/local_store.h"

namespace eider::fault {

// A new, empty folder for a test; whoever asks removes it.
inline std::string NewFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "eider-fault-XXXXXX").string();
  return ::mkdtemp(pattern.data());
}

inline const iceberg::TableName kOrders{{"bronze"}, "orders"};
inline const iceberg::TableName kRejects{{"bronze"}, "orders__rejects"};
inline const iceberg::TableName kRejectsOfA{{"bronze"}, "a__rejects"};

// The tables of a lake whose files are routed by their column `kind`.
inline const std::array<std::string, 3> kKinds = {"a", "b", "c"};

inline iceberg::TableName TableOfKind(const std::string& kind) {
  return {{"bronze"}, kind};
}

enum class Routing : std::uint8_t {
  kByBucket,           // everything goes to bronze.orders
  kByColumn,           // rows of kind a, b and c go to bronze.a, bronze.b and bronze.c
  kRejecting,          // everything goes to bronze.orders, bad rows to bronze.orders__rejects
  kRejectingByColumn,  // as kByColumn, bad rows of kind a to bronze.a__rejects, and so on
  kParquet,            // everything goes to bronze.orders, and is Parquet
  kHolding,            // as kByBucket, and files that the table would have to change for are held
};

inline routes::Route RouteTo(std::string key, iceberg::TableName table) {
  return {.partition_key = std::move(key),
          .target_table = std::move(table),
          .query_sql = "SELECT * FROM read_csv('{s3_input_path}')",
          .create_table = true};
}

inline std::vector<routes::Route> RoutesFor(Routing routing) {
  if (routing == Routing::kByBucket || routing == Routing::kHolding) {
    routes::Route route = RouteTo("src-a", kOrders);
    if (routing == Routing::kHolding) route.schema = routes::SchemaContract::kHold;
    return {route};
  }
  if (routing == Routing::kParquet) {
    routes::Route route = RouteTo("src-a", kOrders);
    route.query_sql = "SELECT * FROM read_parquet('{s3_input_path}')";
    return {route};
  }
  if (routing == Routing::kRejecting) {
    routes::Route route = RouteTo("src-a", kOrders);
    route.query_sql = "SELECT * FROM '{s3_input_path}'";
    route.types = {{"id", "BIGINT"}};
    route.reject.emplace();
    return {route};
  }
  std::vector<routes::Route> routes;
  for (const std::string& kind : kKinds) {
    routes::Route& route = routes.emplace_back(RouteTo(kind, TableOfKind(kind)));
    route.commit_lag = Milliseconds(300);
    if (routing != Routing::kRejectingByColumn) continue;
    route.types = {{"id", "BIGINT"}};
    route.reject.emplace();
  }
  return routes;
}

inline routing::RouterOptions OptionsFor(Routing routing) {
  routing::RouterOptions options;
  const bool is_by_column = routing == Routing::kByColumn || routing == Routing::kRejectingByColumn;
  options.strategies.push_back(
      routing::Strategy::Parse(is_by_column ? "column:kind" : "bucket").value());
  return options;
}

// Every room of one process over the lake in `folder`, whose bucket is src-a. Members stand in the
// order of their dependencies.
struct FaultLake {
  explicit FaultLake(std::string lake_folder, Routing routing = Routing::kByBucket)
      : folder(std::move(lake_folder)),
        store({{"src-a", folder + "/src-a"}}),
        routes({.routes = RoutesFor(routing), .problems = {}}),
        router(routes, OptionsFor(routing)) {}

  Uri Warehouse() const { return {"file", "", folder + "/warehouse"}; }

  std::unique_ptr<catalog::TablePointer> OpenPointer() {
    return catalog::OpenSqliteTablePointer({.path = folder + "/catalog.db", .catalog_name = "lake"},
                                           clock, random)
        .value();
  }

  std::unique_ptr<ledger::Ledger> OpenLedger() {
    return ledger::OpenSqliteLedger(folder + "/ledger.db", clock, random).value();
  }

  std::unique_ptr<catalog::Catalog> CatalogOver(std::unique_ptr<catalog::TablePointer> pointer) {
    return std::make_unique<catalog::PointerCatalog>(
        std::move(pointer), Warehouse(), catalog::PointerCatalog::Deps{store, clock, random});
  }

  std::unique_ptr<engine::SqlEngine> OpenEngine() {
    return engine::OpenDuckDb(store, {.temp_directory = folder}).value();
  }

  // Puts a CSV file of `rows` rows into src-a; their kinds take turns. Behind them come bad ones.
  void PutCsv(const std::string& key, int rows, int bad_rows = 0) const {
    std::filesystem::create_directories(folder + "/src-a");
    std::ofstream out(folder + "/src-a/" + key);
    out << "id,name,kind\n";
    for (int i = 0; i < rows; ++i) {
      out << i << ",row " << i << "," << kKinds[static_cast<std::size_t>(i) % kKinds.size()]
          << "\n";
    }
    for (int i = 0; i < bad_rows; ++i) out << "none,row " << i << ",a\n";
  }

  std::vector<FileRef> AllFiles() {
    std::vector<FileRef> files;
    const Status listed = store.List({"s3", "src-a", ""}, [&](const store::ObjectInfo& object) {
      files.push_back({.uri = object.uri,
                       .version_id = "",
                       .etag = object.etag,
                       .size_bytes = object.size_bytes,
                       .sequencer = ""});
      return true;
    });
    if (!listed) files.clear();
    return files;
  }

  // Rows in the live data files of the table's current snapshot; 0 without a table.
  std::int64_t CountRows(const iceberg::TableName& name = kOrders) {
    const auto table = CatalogOver(OpenPointer())->Load(name);
    if (!table || table->metadata->CurrentSnapshot() == nullptr) return 0;
    std::int64_t rows = 0;
    const auto manifests =
        iceberg::ReadManifestList(store, *table->metadata->CurrentSnapshot()).value();
    for (const auto& manifest : manifests) {
      const auto entries = iceberg::ReadManifest(store, manifest).value();
      for (const auto& entry : entries) rows += entry.data_file.record_count;
    }
    return rows;
  }

  std::string folder;
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<spdlog::logger> log = NewSilentLogger();
  store::LocalStore store;
  routes::MemoryRouteStore routes;
  routing::Router router;
};

}  // namespace eider::fault
