#include "eider/app/program.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "eider/app/json_log.h"
#include "eider/app/open_sqs_source.h"
#include "eider/app/open_targets.h"
#include "eider/app/reader_program.h"
#include "eider/base/log.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/catalog/dry_run_catalog.h"
#include "eider/catalog/glue_table_pointer.h"
#include "eider/catalog/memory_table_pointer.h"
#include "eider/catalog/pointer_catalog.h"
#include "eider/catalog/postgres_table_pointer.h"
#include "eider/catalog/rest_catalog.h"
#include "eider/catalog/sqlite_table_pointer.h"
#include "eider/config/config.h"
#include "eider/config/postgres_uri.h"
#include "eider/config/sqlite_uri.h"
#include "eider/engine/isolated_engine.h"
#include "eider/engine/sql_engine.h"
#include "eider/http/curl_transport.h"
#include "eider/iceberg/table_name.h"
#include "eider/ledger/claim_owner.h"
#include "eider/ledger/dynamodb_ledger.h"
#include "eider/ledger/no_ledger.h"
#include "eider/ledger/postgres_ledger.h"
#include "eider/ledger/sqlite_ledger.h"
#include "eider/routing/router.h"
#include "eider/routing/strategy.h"
#include "eider/store/s3_store.h"

namespace eider::app {
namespace {

constexpr Milliseconds kScanEvery{300'000};

std::string OriginOf(const config::Loaded& loaded, std::string_view setting) {
  const auto found = std::ranges::find(loaded.settings, setting, &config::Setting::name);
  return found == loaded.settings.end() ? std::string(setting) : found->origin;
}

// Errors: kInvalid with the place that sets what is wrong.
Result<routing::RouterOptions> RouterOptionsOf(const config::Loaded& loaded) {
  const config::Config::Routing& settings = loaded.config.routing;
  const auto place = [&](std::string_view setting) {
    return fmt::format("{}: {}", OriginOf(loaded, setting), setting);
  };
  routing::RouterOptions options;
  auto strategies = routing::ParseStrategies(settings.strategies);
  if (!strategies) return Fail(place("routing.strategies"), std::move(strategies).error());
  options.strategies = *std::move(strategies);
  options.unrouted = settings.unrouted;
  options.unrouted_values = settings.unrouted_values;
  if (!settings.rejects_table.empty()) {
    auto table = iceberg::TableName::Parse(settings.rejects_table);
    if (!table) return Fail(place("routing.rejects_table"), std::move(table).error());
    options.rejects_table = *std::move(table);
  }
  options.column_values_max = settings.column_values_max;
  return options;
}

}  // namespace

Result<std::unique_ptr<Program>> Program::Make(config::Loaded loaded, aws::Environment environment,
                                               spdlog::level::level_enum log_level) {
  EIDER_ASSIGN(routing::RouterOptions router_options, RouterOptionsOf(loaded));
  return std::unique_ptr<Program>(
      new Program(std::move(loaded), std::move(environment), std::move(router_options), log_level));
}

Program::Program(config::Loaded loaded, aws::Environment environment,
                 routing::RouterOptions router_options, spdlog::level::level_enum log_level)
    : loaded_(std::move(loaded)),
      environment_(std::move(environment)),
      router_options_(std::move(router_options)),
      log_(NewLogger(log_level)),
      store_(loaded_.config.buckets, [this] { return OpenS3(); }),
      route_stores_({.config = loaded_.config.routing,
                     .aws = [this]() -> AwsAccess& { return Aws(); },
                     .objects = store_,
                     .clock = clock_,
                     .random = random_,
                     .log = *log_}) {
  log_->set_formatter(NewConsoleLogFormatter());
}

void Program::ForgetDryRun() {
  if (dry_run_catalog_ != nullptr) dry_run_catalog_->Forget();
}

store::ObjectStore& Program::TableStore() {
  if (dry_run_) return *dry_run_;
  return table_stores_;
}

AwsAccess& Program::Aws() {
  std::call_once(aws_once_, [this] {
    aws_ = std::make_unique<AwsAccess>(environment_, loaded_.config.aws_region, clock_, random_);
  });
  return *aws_;
}

std::unique_ptr<store::ObjectStore> Program::NewS3Store(const AwsService& s3) {
  return std::make_unique<store::S3Store>(
      store::S3Options{.endpoint = {.url = s3.endpoint, .is_custom = s3.is_custom_endpoint},
                       .region = s3.region},
      store::S3Store::Deps{s3.client, clock_, random_});
}

Result<std::unique_ptr<store::ObjectStore>> Program::OpenS3() {
  EIDER_ASSIGN(const AwsService s3, Aws().Service("s3"));
  return NewS3Store(s3);
}

Result<routing::Router*> Program::Router() {
  if (!router_) {
    EIDER_ASSIGN(routes::RouteReader* const routes, route_stores_.ForFiles());
    router_.emplace(*routes, std::move(router_options_));
  }
  return &*router_;
}

Result<std::unique_ptr<ledger::Ledger>> Program::OpenLedger() {
  const config::Config::Ledger& ledger = loaded_.config.ledger;
  if (dry_run_ || ledger.type == config::LedgerType::kNone)
    return ledger::NewNoLedger(clock_, random_);
  if (ledger.type == config::LedgerType::kSqlite) {
    return ledger::OpenSqliteLedger(ledger.path, clock_, random_);
  }
  EIDER_ASSIGN(Claimant claimant, ClaimantOfProcess());
  if (ledger.type == config::LedgerType::kPostgres) {
    EIDER_ASSIGN(std::string uri, config::LibpqUriOf(ledger.uri));
    return ledger::OpenPostgresLedger({.uri = std::move(uri),
                                       .owner = std::move(claimant.owner),
                                       .ended_owners = std::move(claimant.ended_owners)},
                                      clock_, random_);
  }
  EIDER_ASSIGN(const AwsService service, Aws().Service("dynamodb"));
  EIDER_ASSIGN(aws::JsonService* const dynamodb, Aws().DynamoDb());
  return ledger::OpenDynamoDbLedger({.table = ledger.table,
                                     .region = service.region,
                                     .keep_days = ledger.keep_days,
                                     .owner = std::move(claimant.owner),
                                     .ended_owners = std::move(claimant.ended_owners)},
                                    {*dynamodb, clock_, random_});
}

// A Lambda sandbox may be the copy of another one: what tells its processes apart is their log.
Result<Program::Claimant> Program::ClaimantOfProcess() const {
  Claimant claimant;
  const auto sandbox = environment_("AWS_LAMBDA_LOG_STREAM_NAME");
  if (!sandbox) {
    EIDER_ASSIGN(const ledger::ClaimOwner owner, ledger::CurrentClaimOwner());
    claimant.owner = owner.ToText();
    return claimant;
  }
  claimant.owner = *sandbox;
  // The sandbox's earlier workers, whose claims this one takes over.
  for (int run = 1; journal_ != nullptr && run < journal_->run(); ++run) {
    claimant.ended_owners.push_back(claimant.owner);
    claimant.owner = fmt::format("{} worker {}", *sandbox, run + 1);
  }
  return claimant;
}

Result<std::unique_ptr<source::EventSource>> Program::OpenQueue(const std::string& queue) {
  return OpenSqsSource(queue, {Aws(), clock_, random_, loaded_.config.serve.visibility});
}

Result<std::unique_ptr<OverflowTarget>> Program::OpenOverflow() {
  return OpenOverflowTarget(loaded_.config.overflow, Aws(), clock_, random_);
}

Result<ledger::Ledger*> Program::Ledger() {
  if (!ledger_) {
    EIDER_ASSIGN(ledger_, OpenLedger());
  }
  return ledger_.get();
}

Result<std::unique_ptr<catalog::TablePointer>> Program::OpenPostgresPointer() {
  const config::Config::Catalog& catalog = loaded_.config.catalog;
  const auto property = [&](const char* name) {
    const auto found = catalog.properties.find(name);
    return found == catalog.properties.end() ? "" : found->second;
  };
  EIDER_ASSIGN(std::string uri, config::LibpqUriOf(catalog.uri));
  auto pointer = catalog::OpenPostgresTablePointer({.uri = std::move(uri),
                                                    .user = property("jdbc.user"),
                                                    .password = property("jdbc.password"),
                                                    .catalog_name = catalog.name,
                                                    .create = !dry_run_},
                                                   clock_, random_);
  // One without tables does for a dry run.
  if (!pointer && dry_run_ && pointer.error().code == Code::kUnsupported) {
    return std::make_unique<catalog::MemoryTablePointer>();
  }
  return pointer;
}

Result<std::unique_ptr<catalog::TablePointer>> Program::OpenTablePointer() {
  const config::Config::Catalog& catalog = loaded_.config.catalog;
  if (catalog.type == config::CatalogType::kSql) {
    if (config::IsPostgresUri(catalog.uri)) return OpenPostgresPointer();
    EIDER_ASSIGN(const std::string path, config::PathOfSqliteUri(catalog.uri));
    // To open a catalog that is not there is to make it. One without tables does as well.
    if (dry_run_ && !std::filesystem::exists(path)) {
      return std::make_unique<catalog::MemoryTablePointer>();
    }
    return catalog::OpenSqliteTablePointer({.path = path, .catalog_name = catalog.name}, clock_,
                                           random_);
  }
  EIDER_ASSIGN(const AwsService service, Aws().Service("glue"));
  EIDER_ASSIGN(aws::JsonService* const glue, Aws().Glue());
  return catalog::NewGlueTablePointer(*glue, {.region = service.region});
}

std::unique_ptr<catalog::Catalog> Program::OpenRestCatalog(const std::optional<Uri>& warehouse) {
  const config::Config::Catalog& catalog = loaded_.config.catalog;
  AwsAccess& aws = Aws();
  return catalog::NewRestCatalog(
      {.server = {.uri = catalog.uri,
                  .properties = catalog.properties,
                  .aws_region = aws.RegionIfKnown()},
       .warehouse = warehouse,
       .take_access = [this](catalog::VendedAccess access) { AddTableStore(std::move(access)); }},
      {.store = TableStore(), .server = {aws.transport(), aws.credentials(), clock_, random_}});
}

void Program::AddTableStore(catalog::VendedAccess access) {
  if (table_stores_.Has(access.prefix)) return;
  const auto s3 = Aws().ServiceOf("s3", {.credentials = std::move(access.credentials),
                                         .region = std::move(access.region),
                                         .endpoint = std::move(access.endpoint)});
  if (!s3) {
    log_->warn("the access that the catalog gives to {} cannot be used: {}", access.prefix,
               s3.error().message);
    return;
  }
  table_stores_.Add(access.prefix, NewS3Store(*s3));
}

Uri Program::TruePrefix(const Uri& prefix) {
  if (prefix.scheme != "file") return prefix;
  Uri uri = store_.local().UriOfPath(prefix.key.substr(0, prefix.key.find_last_not_of('/') + 1));
  if (!uri.key.empty()) uri.key += '/';
  return uri;
}

Result<errands::Errands*> Program::Errands(bool is_worker) {
  const config::Config& config = loaded_.config;
  if (errands_ || dry_run_) return errands_.get();
  EIDER_ASSIGN(ledger::Ledger* const ledger, Ledger());
  EIDER_ASSIGN(auto targets, OpenTargets(config, [this]() -> AwsAccess& { return Aws(); }));
  errands::ErrandsOptions options;
  // To look at a ledger in DynamoDB is to read all of it.
  const bool is_scan = config.ledger.type == config::LedgerType::kDynamoDb;
  if (is_scan) options.look_every = kScanEvery;
  const bool looks = !targets.empty() || (is_worker && !is_scan);
  options.looking = looks ? errands::Looking::kAlways : errands::Looking::kOnceNeeded;
  if (config.ledger.type == config::LedgerType::kNone || (is_scan && !is_worker)) {
    options.looking = errands::Looking::kNever;
  }
  errands_ = std::make_unique<errands::Errands>(
      errands::ErrandsDeps{*ledger,
                           {store_, store_},
                           clock_,
                           random_,
                           *log_,
                           [this](const Uri& prefix) { return TruePrefix(prefix); }},
      std::move(targets), options);
  return errands_.get();
}

void Program::AwaitErrands(Milliseconds limit) {
  if (errands_) errands_->AwaitTries(limit);
}

Result<catalog::Catalog*> Program::Catalog() {
  if (catalog_) return catalog_.get();
  std::optional<Uri> warehouse;
  if (!loaded_.config.warehouse.empty()) {
    EIDER_ASSIGN(warehouse, Uri::Parse(loaded_.config.warehouse));
  }
  std::unique_ptr<catalog::Catalog> opened;
  if (loaded_.config.catalog.type == config::CatalogType::kRest) {
    opened = OpenRestCatalog(warehouse);
  } else {
    EIDER_ASSIGN(auto pointer, OpenTablePointer());
    opened = std::make_unique<catalog::PointerCatalog>(
        std::move(pointer), warehouse,
        catalog::PointerCatalog::Deps{TableStore(), clock_, random_});
  }
  if (dry_run_) {
    auto forgetting = std::make_unique<catalog::DryRunCatalog>(
        std::move(opened), warehouse, catalog::DryRunCatalog::Deps{clock_, random_});
    dry_run_catalog_ = forgetting.get();
    opened = std::move(forgetting);
  }
  catalog_ = std::move(opened);
  return catalog_.get();
}

engine::EngineOptions Program::OptionsOfEngine() const {
  const config::Config::Engine& engine = loaded_.config.engine;
  return {.memory_limit_bytes = engine.memory_limit_bytes,
          .threads = engine.threads,
          .temp_directory = engine.temp_directory,
          .timeout = engine.timeout,
          .partitions_max = engine.partitions_max};
}

std::future<Program::Opened> Program::OpenEngine(std::launch when) {
  engine::EngineOptions options = OptionsOfEngine();
  if (journal_ != nullptr) {
    // The next worker reads the file in a process that can be killed.
    options.on_stuck = [this](const std::string& message) {
      log_->error("{}; going on in another process", message);
      std::abort();
    };
  }
  return std::async(when, [&store = TableStore(), options = std::move(options)] {
    return engine::OpenDuckDb(store, options);
  });
}

void Program::BeginEngine() {
  if (engine_ || opening_.valid()) return;
  try {
    opening_ = OpenEngine(std::launch::async);
  } catch (const std::system_error&) {
    // The process may have no more threads: who asks for the engine opens it.
  }
}

Result<engine::SqlEngine*> Program::Engine() {
  if (!engine_) {
    if (!opening_.valid()) opening_ = OpenEngine(std::launch::deferred);
    EIDER_ASSIGN(engine_, opening_.get());
  }
  return engine_.get();
}

Result<engine::SqlEngine*> Program::IsolatedEngine() {
  if (!isolated_engine_) {
    EIDER_ASSIGN(engine::SqlEngine* const in_process, Engine());
    isolated_engine_ = engine::NewIsolatedEngine(
        [this] { return ReaderProgramFor(loaded_.config, dry_run_.has_value()); }, *in_process,
        TableStore(), loaded_.config.engine.timeout);
  }
  return isolated_engine_.get();
}

Status Program::OpenTraces() {
  EIDER_ASSIGN(std::optional<OtlpTarget> target, FindOtlpTarget(environment_));
  if (!target || traces_) return {};
  trace_transport_ = http::NewCurlTransport();
  traces_ = std::make_unique<TraceExporter>(*std::move(target), *trace_transport_, random_, *log_);
  return {};
}

}  // namespace eider::app
