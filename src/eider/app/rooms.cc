// Opening of what the configuration names.
#include "eider/app/rooms.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/log.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/catalog/glue_table_pointer.h"
#include "eider/catalog/pointer_catalog.h"
#include "eider/catalog/sql_table_pointer.h"
#include "eider/config/config.h"
#include "eider/config/sqlite_uri.h"
#include "eider/engine/sql_engine.h"
#include "eider/ledger/claim_owner.h"
#include "eider/ledger/dynamodb_ledger.h"
#include "eider/ledger/no_ledger.h"
#include "eider/ledger/sqlite_ledger.h"
#include "eider/routing/dynamodb_route_store.h"
#include "eider/routing/router.h"
#include "eider/routing/sqlite_route_store.h"
#include "eider/routing/yaml_route_store.h"
#include "eider/store/s3_store.h"

namespace eider::app {
namespace {

std::string OriginOf(const config::Loaded& loaded, std::string_view setting) {
  const auto found = std::ranges::find(loaded.settings, setting, &config::Setting::name);
  return found == loaded.settings.end() ? std::string(setting) : found->origin;
}

}  // namespace

Result<std::unique_ptr<Rooms>> Rooms::Make(config::Loaded loaded, aws::Environment environment,
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
  return std::unique_ptr<Rooms>(
      new Rooms(std::move(loaded), std::move(environment), std::move(strategies), log_level));
}

Rooms::Rooms(config::Loaded loaded, aws::Environment environment,
             std::vector<routing::Strategy> strategies, spdlog::level::level_enum log_level)
    : loaded_(std::move(loaded)),
      environment_(std::move(environment)),
      strategies_(std::move(strategies)),
      log_(NewLogger(log_level)),
      store_(loaded_.config.buckets, [this] { return OpenS3(); }) {}

AwsAccess& Rooms::Aws() {
  std::call_once(aws_once_, [this] {
    aws_ = std::make_unique<AwsAccess>(environment_, loaded_.config.aws_region, clock_, random_);
  });
  return *aws_;
}

Result<std::unique_ptr<store::ObjectStore>> Rooms::OpenS3() {
  EIDER_ASSIGN(const AwsService s3, Aws().Service("s3"));
  return std::make_unique<store::S3Store>(
      store::S3Options{.endpoint = {.url = s3.endpoint, .is_custom = s3.is_custom_endpoint},
                       .region = s3.region},
      store::S3Store::Rooms{s3.client, clock_, random_});
}

Result<std::unique_ptr<routing::RouteStore>> Rooms::OpenRoutes() {
  const config::Config::Routing& routing = loaded_.config.routing;
  if (routing.store == "file") return routing::OpenYamlRoutes(routing.path);
  if (routing.store == "sqlite") return routing::OpenSqliteRoutes(routing.path);
  EIDER_ASSIGN(const AwsService service, Aws().Service("dynamodb"));
  EIDER_ASSIGN(aws::JsonService* const dynamodb, Aws().DynamoDb());
  return routing::OpenDynamoDbRoutes(*dynamodb, routing.table, service.region);
}

Result<routing::RouteStore*> Rooms::Routes() {
  if (!routes_) {
    EIDER_ASSIGN(routes_, OpenRoutes());
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

Result<std::unique_ptr<ledger::Ledger>> Rooms::OpenLedger() {
  const config::Config::Ledger& ledger = loaded_.config.ledger;
  if (ledger.type == "none") return ledger::NewNoLedger(clock_, random_);
  if (ledger.type == "sqlite") return ledger::OpenSqliteLedger(ledger.path, clock_, random_);
  EIDER_ASSIGN(const AwsService service, Aws().Service("dynamodb"));
  EIDER_ASSIGN(aws::JsonService* const dynamodb, Aws().DynamoDb());
  ledger::DynamoDbLedgerOptions options{
      .table = ledger.table, .region = service.region, .keep_days = ledger.keep_days, .owner = {}};
  // A Lambda sandbox may be the copy of another one: what tells its processes apart is their log.
  if (auto sandbox = environment_("AWS_LAMBDA_LOG_STREAM_NAME")) {
    options.owner = *std::move(sandbox);
  } else {
    EIDER_ASSIGN(const ledger::ClaimOwner owner, ledger::CurrentClaimOwner());
    options.owner = owner.ToText();
  }
  return ledger::OpenDynamoDbLedger(std::move(options), {*dynamodb, clock_, random_});
}

Result<ledger::Ledger*> Rooms::Ledger() {
  if (!ledger_) {
    EIDER_ASSIGN(ledger_, OpenLedger());
  }
  return ledger_.get();
}

Result<std::unique_ptr<catalog::TablePointer>> Rooms::OpenTablePointer() {
  const config::Config::Catalog& catalog = loaded_.config.catalog;
  if (catalog.type == "sql") {
    EIDER_ASSIGN(const std::string path, config::PathOfSqliteUri(catalog.uri));
    return catalog::OpenSqliteTablePointer(path, catalog.name);
  }
  EIDER_ASSIGN(const AwsService service, Aws().Service("glue"));
  EIDER_ASSIGN(aws::JsonService* const glue, Aws().Glue());
  return catalog::NewGlueTablePointer(*glue, {.region = service.region});
}

Result<catalog::Catalog*> Rooms::Catalog() {
  if (!catalog_) {
    EIDER_ASSIGN(auto pointer, OpenTablePointer());
    std::optional<Uri> warehouse;
    if (!loaded_.config.warehouse.empty()) {
      EIDER_ASSIGN(warehouse, Uri::Parse(loaded_.config.warehouse));
    }
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
