// `eider run`: files in, outcomes out, one line each.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <ostream>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/find_work.h"
#include "eider/app/pipeline_services.h"
#include "eider/app/progress_bar.h"
#include "eider/app/route_stores.h"
#include "eider/app/run_report.h"
#include "eider/app/stop_on_signal.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/load_files.h"
#include "eider/pipeline/settler.h"
#include "eider/routes/store_health.h"
#include "eider/source/command_line.h"
#include "eider/source/s3_event.h"

namespace eider::app {
namespace {

using pipeline::Fate;
using pipeline::Outcome;

// The signal that stopped it, or 0.
Result<int> Load(Session& session, const RunOptions& options, const Work& work, RunReport& report) {
  if (work.listing.files.empty() && work.listing.unreachable.empty()) return 0;
  const StopOnSignal stop;  // before DuckDB starts its threads
  EIDER_ASSIGN(const pipeline::Services services, LoadServices(session));
  for (const source::Unreachable& lost : work.listing.unreachable) {
    report.AddUnreachable(services, lost);
  }
  pipeline::LoadOptions load = LoadOptionsOf(session);
  load.force = options.force;
  load.remake_tables = options.remake_tables;
  pipeline::LoadFiles(
      services, work.listing.files, load, [&](const Outcome& outcome) { report.Add(outcome); },
      stop.token());
  return stop.signal();
}

// Whether the routing table was away, and the snapshot for when it is.
void TellOfRoutes(Session& session) {
  RouteStores& routes = session.program.route_stores();
  if (routes.health() != nullptr) {
    const routes::ServedInstead served = routes.health()->TakeServed();
    if (served.is_any()) session.program.log().warn(routes::ServedInsteadText(served));
  }
  routes.RefreshSnapshot(session.program.clock().Now() + RouteStores::kRefreshTimeMax);
}

}  // namespace

Result<int> RunCommand(Session& session, const RunOptions& options) {
  if (options.uris.empty() && options.event.empty() && options.files.empty() && !options.held &&
      options.held_for.empty()) {
    return Fail(Code::kInvalid,
                "nothing to load: name files, folders or s3:// URIs, an event with --event FILE, "
                "or the files that are held with --held (see `eider run --help`)");
  }
  if (options.held && options.dry_run) {
    return Fail(Code::kInvalid, "--held reads the ledger, which --dry-run leaves alone");
  }
  if (options.dry_run) session.program.BeginDryRun();
  EIDER_ASSIGN(Work work,
               FindWork(session, {options.uris, options.event, options.held, options.held_for}));
  std::ranges::copy(options.files, std::back_inserter(work.listing.files));
  RemoveTold(session.program.journal(), work.listing);
  RunReport report(session, work.listing.files.size() + work.listing.unreachable.size(),
                   {.dry_run = options.dry_run, .verbose = options.verbose});
  for (const source::BadRecord& record : work.bad_records) report.AddBadRecord(record);
  EIDER_ASSIGN(const int signal, Load(session, options, work, report));
  const int exit_code = report.Finish(signal);
  TellOfRoutes(session);
  return exit_code;
}

}  // namespace eider::app
