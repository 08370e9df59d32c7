// From the configuration to the objects of every room: the only place that names their classes.
//
// Everything is opened when it is first asked for: `eider config` opens nothing, `eider history`
// only the ledger. What is opened stays open and is owned here.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <spdlog/logger.h>

#include "eider/base/clock.h"
#include "eider/base/log.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/config/config.h"
#include "eider/engine/sql_engine.h"
#include "eider/ledger/ledger.h"
#include "eider/routing/route_store.h"
#include "eider/routing/router.h"
#include "eider/store/local_store.h"

namespace eider::app {

// Used by one thread. The pointers that it gives are never null and live as long as it does.
class Rooms {
 public:
  // Errors: kInvalid (a routing strategy that is not known, with the place that sets it).
  static Result<std::unique_ptr<Rooms>> Make(config::Loaded loaded,
                                             spdlog::level::level_enum log_level);

  const config::Loaded& loaded() const { return loaded_; }

  store::LocalStore& store() { return store_; }

  Clock& clock() { return clock_; }

  Random& random() { return random_; }

  spdlog::logger& log() { return *log_; }

  // Errors of all: those of opening the thing that the configuration names.
  Result<routing::RouteStore*> Routes();
  Result<routing::Router*> Router();
  Result<ledger::Ledger*> Ledger();
  Result<catalog::Catalog*> Catalog();
  Result<engine::SqlEngine*> Engine();

 private:
  Rooms(config::Loaded loaded, std::vector<routing::Strategy> strategies,
        spdlog::level::level_enum log_level);

  config::Loaded loaded_;
  std::vector<routing::Strategy> strategies_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<spdlog::logger> log_;
  store::LocalStore store_;
  std::unique_ptr<routing::RouteStore> routes_;
  std::optional<routing::Router> router_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<engine::SqlEngine> engine_;
};

}  // namespace eider::app
