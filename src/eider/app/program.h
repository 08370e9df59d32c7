// From the configuration to the objects of every room: the only place that names their classes.
//
// Everything is opened when it is first asked for: `eider config` opens nothing, `eider history`
// only the ledger, and AWS only what lies there. What is opened stays open and is owned here.
#pragma once

#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <spdlog/logger.h>

#include "eider/app/aws_access.h"
#include "eider/app/overflow_target.h"
#include "eider/app/route_stores.h"
#include "eider/app/trace_exporter.h"
#include "eider/app/work_journal.h"
#include "eider/aws/environment.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/catalog/dry_run_catalog.h"
#include "eider/catalog/table_pointer.h"
#include "eider/catalog/vended_access.h"
#include "eider/config/config.h"
#include "eider/engine/sql_engine.h"
#include "eider/errands/errands.h"
#include "eider/http/transport.h"
#include "eider/ledger/ledger.h"
#include "eider/routes/route_store.h"
#include "eider/routing/router.h"
#include "eider/source/event_source.h"
#include "eider/store/bucket_stores.h"
#include "eider/store/dry_run_store.h"
#include "eider/store/object_store.h"
#include "eider/store/prefix_stores.h"

namespace eider::app {

// Used by one thread, but for what it gives. The pointers that it gives are never null and live as
// long as it does.
class Program {
 public:
  // Errors: kInvalid (a routing strategy or a table for rejects that is none, with the place that
  // sets it).
  static Result<std::unique_ptr<Program>> Make(config::Loaded loaded, aws::Environment environment,
                                               spdlog::level::level_enum log_level);

  const config::Loaded& loaded() const { return loaded_; }

  store::BucketStores& store() { return store_; }

  // Which worker of its supervisor this process is. Borrowed; null: it has none. Before anything is
  // opened.
  void set_journal(WorkJournal* journal) { journal_ = journal; }

  WorkJournal* journal() const { return journal_; }

  // From now on nothing is written that outlives the process: tables are as they are in the
  // catalog, what changes them stays in memory, and there is no ledger. Before anything is opened.
  void BeginDryRun() { dry_run_.emplace(table_stores_); }

  // What a dry run has changed in tables is as if it had not been.
  void ForgetDryRun();

  // Where data files and metadata go.
  store::ObjectStore& TableStore();

  Clock& clock() { return clock_; }

  Random& random() { return random_; }

  spdlog::logger& log() { return *log_; }

  RouteStores& route_stores() { return route_stores_; }

  // Errors of all: those of opening the thing that the configuration names.
  // The first store of routing.store, for those who edit and look; Router() has all of them.
  Result<routes::RouteStore*> Routes(routes::IfMissing if_missing = routes::IfMissing::kFail) {
    return route_stores_.Primary(if_missing);
  }

  Result<routing::Router*> Router();
  Result<ledger::Ledger*> Ledger();

  // A source of its own. `queue`: a URL or a name. Errors: those of OpenSqsSource.
  Result<std::unique_ptr<source::EventSource>> OpenQueue(const std::string& queue);
  // Of Config::overflow, which is not empty. Errors: those of OpenOverflowTarget.
  Result<std::unique_ptr<OverflowTarget>> OpenOverflow();
  Result<catalog::Catalog*> Catalog();
  // Has the engine opened while other things are: it takes as long as all of them. Behind
  // StopOnSignal, as it starts threads.
  void BeginEngine();
  Result<engine::SqlEngine*> Engine();

  // What is left to do for files that ended; null in a dry run. It does its work until the program
  // ends. `is_worker`: it looks for what others left whatever that costs.
  Result<errands::Errands*> Errands(bool is_worker = false);

  // Gives errands of files that have ended so far so much time to be tried once.
  void AwaitErrands(Milliseconds limit);

  // Of engines, as the configuration has them.
  engine::EngineOptions OptionsOfEngine() const;

  // The same, with a child for every call.
  Result<engine::SqlEngine*> IsolatedEngine();

  // Sends traces from now on, where a collector is named. Errors: those of FindOtlpTarget.
  Status OpenTraces();

  // Null: no collector is named, or they are not open.
  TraceExporter* traces() { return traces_.get(); }

 private:
  Program(config::Loaded loaded, aws::Environment environment,
          routing::RouterOptions router_options, spdlog::level::level_enum log_level);

  using Opened = Result<std::unique_ptr<engine::SqlEngine>>;

  std::future<Opened> OpenEngine(std::launch when);
  AwsAccess& Aws();                   // from any thread
  Uri TruePrefix(const Uri& prefix);  // as ErrandsDeps::true_prefix
  std::unique_ptr<store::ObjectStore> NewS3Store(const AwsService& s3);
  Result<std::unique_ptr<store::ObjectStore>> OpenS3();

  // Who claims files in a ledger that other machines share.
  struct Claimant {
    std::string owner;
    std::vector<std::string> ended_owners = {};
  };

  Result<Claimant> ClaimantOfProcess() const;

  Result<std::unique_ptr<ledger::Ledger>> OpenLedger();
  Result<std::unique_ptr<catalog::TablePointer>> OpenTablePointer();
  Result<std::unique_ptr<catalog::TablePointer>> OpenPostgresPointer();
  std::unique_ptr<catalog::Catalog> OpenRestCatalog(const std::optional<Uri>& warehouse);
  void AddTableStore(catalog::VendedAccess access);

  config::Loaded loaded_;
  WorkJournal* journal_ = nullptr;
  aws::Environment environment_;
  routing::RouterOptions router_options_;  // until the router takes them
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<spdlog::logger> log_;
  std::once_flag aws_once_;
  std::unique_ptr<AwsAccess> aws_;
  store::BucketStores store_;
  std::optional<store::DryRunStore> dry_run_;
  catalog::DryRunCatalog* dry_run_catalog_ = nullptr;  // where this is a dry run: catalog_
  RouteStores route_stores_;
  std::optional<routing::Router> router_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<catalog::Catalog> catalog_;
  // Those of tables to which the catalog hands out access, and store_ for the rest. After the
  // catalog, which is asked for that access again as long as they are used.
  store::PrefixStores table_stores_{store_};
  std::future<Opened> opening_;  // until Engine() takes what it gives
  std::unique_ptr<engine::SqlEngine> engine_;
  std::unique_ptr<engine::SqlEngine> isolated_engine_;
  std::unique_ptr<http::Transport> trace_transport_;
  std::unique_ptr<TraceExporter> traces_;
  std::unique_ptr<errands::Errands> errands_;
};

}  // namespace eider::app
