// Opening of what the configuration names.
#include "eider/app/rooms.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/log.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/catalog/pointer_catalog.h"
#include "eider/catalog/sql_table_pointer.h"
#include "eider/config/config.h"
#include "eider/config/sqlite_uri.h"
#include "eider/engine/sql_engine.h"
#include "eider/ledger/sqlite_ledger.h"
#include "eider/routing/router.h"
#include "eider/routing/yaml_route_store.h"

namespace eider::app {
namespace {

std::string OriginOf(const config::Loaded& loaded, std::string_view setting) {
  const auto found = std::ranges::find(loaded.settings, setting, &config::Setting::name);
  return found == loaded.settings.end() ? std::string(setting) : found->origin;
}

}  // namespace

Result<std::unique_ptr<Rooms>> Rooms::Make(config::Loaded loaded,
                                           spdlog::level::level_enum log_level) {
  std::vector<routing::Strategy> strategies;
  for (const std::string& text : loaded.config.routing.strategies) {
    auto strategy = routing::Strategy::Parse(text);
    if (!strategy) {
      return Fail(fmt::format("{}: routing.strategies", OriginOf(loaded, "routing.strategies")),
                  std::move(strategy).error());
    }
    strategies.push_back(*strategy);
  }
  return std::unique_ptr<Rooms>(new Rooms(std::move(loaded), std::move(strategies), log_level));
}

Rooms::Rooms(config::Loaded loaded, std::vector<routing::Strategy> strategies,
             spdlog::level::level_enum log_level)
    : loaded_(std::move(loaded)),
      strategies_(std::move(strategies)),
      log_(NewLogger(log_level)),
      store_(loaded_.config.buckets) {}

Result<routing::RouteStore*> Rooms::Routes() {
  if (!routes_) {
    EIDER_ASSIGN(routes_, routing::OpenYamlRoutes(loaded_.config.routing.path));
  }
  return routes_.get();
}

Result<routing::Router*> Rooms::Router() {
  if (!router_) {
    EIDER_ASSIGN(routing::RouteStore* const routes, Routes());
    router_.emplace(*routes, strategies_);
  }
  return &*router_;
}

Result<ledger::Ledger*> Rooms::Ledger() {
  if (!ledger_) {
    EIDER_ASSIGN(ledger_, ledger::OpenSqliteLedger(loaded_.config.ledger.path, clock_, random_));
  }
  return ledger_.get();
}

Result<catalog::Catalog*> Rooms::Catalog() {
  if (!catalog_) {
    const config::Config& config = loaded_.config;
    EIDER_ASSIGN(Uri warehouse, Uri::Parse(config.warehouse));
    EIDER_ASSIGN(const std::string path, config::PathOfSqliteUri(config.catalog.uri));
    EIDER_ASSIGN(auto pointer, catalog::OpenSqliteTablePointer(path, config.catalog.name));
    catalog_ = std::make_unique<catalog::PointerCatalog>(
        std::move(pointer), std::move(warehouse),
        catalog::PointerCatalog::Rooms{store_, clock_, random_});
  }
  return catalog_.get();
}

Result<engine::SqlEngine*> Rooms::Engine() {
  if (!engine_) {
    const config::Config::Engine& engine = loaded_.config.engine;
    const engine::EngineOptions options{engine.memory_limit_bytes, engine.threads,
                                        engine.temp_directory};
    EIDER_ASSIGN(engine_, engine::OpenDuckDb(store_, options));
  }
  return engine_.get();
}

}  // namespace eider::app
