#include "eider/app/pipeline_services.h"

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/base/result.h"
#include "eider/config/config.h"

namespace eider::app {

Result<pipeline::Services> PipelineServices(Session& session) {
  Program& program = session.program;
  program.BeginEngine();
  EIDER_ASSIGN(routing::Router* const router, program.Router());
  EIDER_ASSIGN(ledger::Ledger* const ledger, program.Ledger());
  EIDER_ASSIGN(catalog::Catalog* const catalog, program.Catalog());
  EIDER_ASSIGN(engine::SqlEngine* const engine, program.Engine());
  EIDER_ASSIGN(engine::SqlEngine* const isolated_engine, program.IsolatedEngine());
  pipeline::Services services{
      *router,         *ledger,          *catalog,      *engine,        program.TableStore(),
      program.clock(), program.random(), program.log(), isolated_engine};
  services.plugins = &program.loaded().config.plugins;
  return services;
}

Result<pipeline::Services> LoadServices(Session& session) {
  EIDER_ASSIGN(pipeline::Services services, PipelineServices(session));
  EIDER_ASSIGN(services.errands, session.program.Errands());
  EIDER_CHECK(session.program.OpenTraces());
  return services;
}

pipeline::LoadOptions LoadOptionsOf(const Session& session) {
  const config::Config& config = session.program.loaded().config;
  pipeline::LoadOptions load;
  load.retry = config.commit.retry;
  load.files_per_commit = config.commit.max_files;
  load.workers = config.engine.threads;
  load.group_files = config.engine.group_files;
  load.group_bytes = config.engine.group_bytes;
  load.program = fmt::format("{}, {}", kVersion, engine::EngineName());
  load.journal = session.program.journal();
  if (TraceExporter* const traces = session.program.traces()) {
    load.observe = [traces](const pipeline::Outcome& outcome) { traces->Observe(outcome); };
  }
  return load;
}

}  // namespace eider::app
