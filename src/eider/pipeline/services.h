// What the pipeline works with.
#pragma once

#include <spdlog/logger.h>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/catalog/catalog.h"
#include "eider/config/plugin_program.h"
#include "eider/engine/sql_engine.h"
#include "eider/errands/errands.h"
#include "eider/ledger/ledger.h"
#include "eider/routing/router.h"
#include "eider/store/object_store.h"

namespace eider::pipeline {

// Borrowed; all outlive the loader.
struct Services {
  const routing::Router& router;
  ledger::Ledger& ledger;
  catalog::Catalog& catalog;
  engine::SqlEngine& engine;
  store::ObjectStore& store;
  Clock& clock;
  Random& random;
  spdlog::logger& log;
  engine::SqlEngine* isolated_engine = nullptr;  // for suspects; null: they take `engine`, too
  errands::Errands* errands = nullptr;  // null: nothing is left to do for a file that ended
  const config::PluginPrograms* plugins = nullptr;  // that routes may name; null: none

  // The same with another engine, which reads suspects and has none for them itself.
  Services WithEngine(engine::SqlEngine& other) const {
    return {router, ledger, catalog, other, store, clock, random, log, nullptr, errands, plugins};
  }

  // The same with another ledger, which leaves nothing to do for files that ended.
  Services WithLedger(ledger::Ledger& other) const {
    return {router, other, catalog,         engine,  store,  clock,
            random, log,   isolated_engine, nullptr, plugins};
  }
};

}  // namespace eider::pipeline
