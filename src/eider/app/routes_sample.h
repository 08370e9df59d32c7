// Routes on trial, before any file takes them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "eider/app/commands.h"
#include "eider/base/result.h"
#include "eider/ledger/load_history.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"

namespace eider::app {

// What a run would make of the file by one route, of a trial on all rows that did not fail.
struct TriedRoute {
  std::string partition_key;
  std::int64_t rows = 0;  // written
  ledger::RowCounts counts;
};

struct SampleTrial {
  std::string file;                            // URI
  std::vector<routes::RouteProblem> problems;  // what each route's SQL has against it
  std::vector<TriedRoute> routes;
};

// Tries each route on the file that `options.sample` names: its SQL is bound and run for one row
// or, where `options.deep` says so, all is done that a run does with the file. Nothing is written;
// the session is a dry run already. Errors: kInvalid (not one file), those of finding it and
// of opening the rooms.
Result<SampleTrial> TryOnSample(Session& session, std::span<const routes::Route> routes,
                                const RoutesCheckOptions& options);

// How far the trial looked, and what it counted.
void PrintTried(Session& session, const SampleTrial& trial, bool is_deep);

}  // namespace eider::app
