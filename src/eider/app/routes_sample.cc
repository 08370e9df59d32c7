// Routes on trial: their SQL over a sample file, and what is risky in it.
#include "eider/app/routes_sample.h"

#include <ostream>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/find_work.h"
#include "eider/app/json_line.h"
#include "eider/app/outcome_line.h"
#include "eider/app/pipeline_services.h"
#include "eider/app/route_output.h"
#include "eider/app/work_journal.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/engine/sql_engine.h"
#include "eider/ledger/record_json.h"
#include "eider/pipeline/explain_file.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"

namespace eider::app {

Result<SampleTrial> TryOnSample(Session& session, std::span<const routes::Route> routes,
                                const RoutesCheckOptions& options) {
  EIDER_ASSIGN(const FileRef file, FindOneFile(session, "--sample", options.sample));
  EIDER_ASSIGN(const pipeline::Services services, PipelineServices(session));
  WorkJournal* const journal = session.program.journal();
  SampleTrial trial;
  trial.file = file.uri.ToString();
  for (const routes::Route& route : routes) {
    if (!route.same_as.empty()) continue;  // the other route is tried
    const auto add = [&](const std::string& message) {
      trial.problems.push_back({route.partition_key, trial.file, message});
    };
    FileRef tried_file = file;
    tried_file.version_id = route.partition_key;  // in the journal each route's try is its own
    const auto tried = ReadOnce(journal, tried_file, [&]() -> Result<pipeline::FileExplanation> {
      return pipeline::ExplainRoute(services, route, file, {1, options.deep});
    });
    if (!tried) {
      add(tried.error().message);
      continue;
    }
    for (const std::string& problem : pipeline::ProblemsOf(*tried)) add(problem);
    if (!options.deep) continue;
    session.program.ForgetDryRun();  // no route meets the tables of another
    const pipeline::PartExplanation& part = tried->parts.front();
    if (!tried->run_error) trial.routes.push_back({route.partition_key, part.rows, part.counts});
  }
  return trial;
}

void PrintTried(Session& session, const SampleTrial& trial, bool is_deep) {
  if (session.is_json) {
    JsonLine routes = JsonLine::array();
    for (const TriedRoute& route : trial.routes) {
      JsonLine& line = routes.emplace_back();
      line = {{"PartitionKey", route.partition_key}, {"rows", route.rows}};
      ledger::AddCounts(line, route.counts);
    }
    return PrintJson(session.console, {{"sample", trial.file},
                                       {"looked_at", is_deep ? "all" : "sample"},
                                       {"routes", std::move(routes)}});
  }
  if (!is_deep) {
    session.console.out << "looked at one row of each route's result: `--deep` tells what a run "
                           "does with all rows\n";
  }
  for (const TriedRoute& route : trial.routes) {
    session.console.out << Printable(fmt::format("{}: route '{}': {}", trial.file,
                                                 route.partition_key,
                                                 CountsText(route.rows, route.counts)))
                        << '\n';
  }
}

Result<int> RoutesLintCommand(Session& session) {
  EIDER_ASSIGN(routes::RouteReader* const routes, session.program.Routes());
  EIDER_ASSIGN(const routes::RouteListing listing, routes->List());
  // What a run refuses is worse than what is risky in it.
  EIDER_ASSIGN(auto warnings, CheckSql(session, listing.routes, routes->Name()));
  for (const routes::Route& route : listing.routes) {
    if (!route.same_as.empty()) continue;
    for (const engine::LintWarning& warning : engine::Lint(route.query_sql)) {
      warnings.push_back({route.partition_key, routes->Name(),
                          fmt::format("{} ({})", warning.message, warning.code)});
    }
  }
  PrintProblems(session, warnings);
  if (!session.is_json) {
    session.console.out << fmt::format("{} in {}\n", Counted(warnings.size(), "warning"),
                                       Counted(listing.routes.size(), "route"));
  }
  return warnings.empty() ? kExitDone : kExitFailed;
}

}  // namespace eider::app
