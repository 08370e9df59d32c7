// `eider routes list` and `eider routes check`.
#include <ostream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/app/text_table.h"
#include "eider/base/result.h"
#include "eider/engine/sql_engine.h"
#include "eider/routing/route.h"
#include "eider/routing/route_store.h"

namespace eider::app {
namespace {

// The SQL on one line.
std::string OneLine(const std::string& sql) {
  std::string line;
  for (const char c : sql) {
    const bool is_space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (!is_space) {
      line += c;
    } else if (!line.empty() && !line.ends_with(' ')) {
      line += ' ';
    }
  }
  if (line.ends_with(' ')) line.pop_back();
  return line;
}

Result<routing::RouteListing> ListRoutes(Session& session) {
  EIDER_ASSIGN(routing::RouteStore* const routes, session.rooms.Routes());
  return routes->List();
}

void PrintProblem(Session& session, const routing::RouteProblem& problem) {
  Console& console = session.console;
  if (session.is_json) {
    PrintJson(console, {{"PartitionKey", problem.partition_key},
                        {"location", problem.location},
                        {"problem", problem.message}});
    return;
  }
  const std::string key =
      problem.partition_key.empty() ? "" : fmt::format("route '{}': ", problem.partition_key);
  console.out << Printable(problem.location) << ": "
              << Paint(Printable(key), Color::kRed, console.colors_out)
              << PrintableLines(problem.message) << '\n';
}

}  // namespace

Result<int> RoutesListCommand(Session& session) {
  EIDER_ASSIGN(const routing::RouteListing listing, ListRoutes(session));
  Console& console = session.console;
  TextTable table({{"PartitionKey"}, {"target_table"}, {"create_table"}});
  for (const routing::Route& route : listing.routes) {
    if (session.is_json) {
      PrintJson(console, {{"PartitionKey", route.partition_key},
                          {"target_table", route.target_table.ToString()},
                          {"query_sql", route.query_sql},
                          {"create_table", route.create_table}});
    }
    table.Add(
        {route.partition_key, route.target_table.ToString(), route.create_table ? "true" : "false"},
        OneLine(route.query_sql));
  }
  if (!session.is_json) console.out << table.ToString(console.columns);
  if (!listing.problems.empty()) {
    PrintError(console, fmt::format("{} problems in other routes: see `eider routes check`",
                                    listing.problems.size()));
    return kExitFailed;
  }
  return kExitDone;
}

Result<int> RoutesCheckCommand(Session& session) {
  EIDER_ASSIGN(routing::RouteListing listing, ListRoutes(session));
  if (!listing.routes.empty()) {
    EIDER_ASSIGN(engine::SqlEngine* const engine, session.rooms.Engine());
    for (const routing::Route& route : listing.routes) {
      if (const Status checked = engine->Check(route.query_sql); !checked) {
        listing.problems.push_back({route.partition_key, session.rooms.loaded().config.routing.path,
                                    "query_sql: " + checked.error().message});
      }
    }
  }
  for (const routing::RouteProblem& problem : listing.problems) PrintProblem(session, problem);
  if (session.is_json) return listing.problems.empty() ? kExitDone : kExitFailed;
  if (listing.problems.empty()) {
    session.console.out << fmt::format("{} routes, all of them right\n", listing.routes.size());
    return kExitDone;
  }
  session.console.out << fmt::format("{} problems\n", listing.problems.size());
  return kExitFailed;
}

}  // namespace eider::app
