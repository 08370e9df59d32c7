// `eider routes list`, `get`, `check`, `export` and `schema`: they change nothing.
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/app/route_output.h"
#include "eider/app/routes_sample.h"
#include "eider/app/text_table.h"
#include "eider/base/result.h"
#include "eider/codec/json_line.h"
#include "eider/routes/route.h"
#include "eider/routes/route_checks.h"
#include "eider/routes/route_schema.h"
#include "eider/routes/route_store.h"
#include "eider/routes/route_yaml.h"

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

Result<routes::RouteListing> ListRoutes(Session& session) {
  EIDER_ASSIGN(routes::RouteReader* const routes, session.program.Routes());
  return routes->List();
}

// The exit code, after telling of routes that could not be shown.
int TellOfWrongOnes(Session& session, const routes::RouteListing& listing) {
  if (listing.problems.empty()) return kExitDone;
  PrintError(session.console, fmt::format("{} in other routes: see `eider routes check`",
                                          Counted(listing.problems.size(), "problem")));
  return kExitFailed;
}

}  // namespace

Result<int> RoutesListCommand(Session& session) {
  EIDER_ASSIGN(const routes::RouteListing listing, ListRoutes(session));
  Console& console = session.console;
  TextTable table({{"PartitionKey"}, {"target_table"}, {"create_table"}, {"enabled"}});
  for (const routes::Route& route : listing.routes) {
    if (session.is_json) PrintJson(console, JsonOf(route));
    table.Add({route.partition_key,
               route.same_as.empty() ? route.target_table.ToString() : "same as " + route.same_as,
               route.create_table ? "true" : "false", route.enabled ? "true" : "false"},
              OneLine(route.query_sql));
  }
  if (!session.is_json) console.out << table.ToString(console.columns);
  return TellOfWrongOnes(session, listing);
}

Result<int> RoutesGetCommand(Session& session, const std::string& key) {
  EIDER_ASSIGN(routes::RouteReader* const routes, session.program.Routes());
  const auto route = routes->Find(key);
  if (!route && route.error().code == Code::kInvalid) {
    PrintError(session.console, route.error().message);
    return kExitFailed;
  }
  if (!route) return std::unexpected(route.error());
  if (!*route) {
    PrintError(session.console,
               fmt::format("no route with this PartitionKey in {}: '{}'", routes->Name(), key));
    return kExitFailed;
  }
  if (session.is_json) {
    PrintJson(session.console, JsonOf(**route));
  } else {
    session.console.out << routes::ToYaml({&**route, 1});
  }
  return kExitDone;
}

Result<int> RoutesCheckCommand(Session& session, const RoutesCheckOptions& options) {
  if (!options.sample.empty()) session.program.BeginDryRun();  // before the engine is opened
  EIDER_ASSIGN(routes::RouteListing listing, ListRoutes(session));
  EIDER_ASSIGN(routes::RouteReader* const routes, session.program.Routes());
  EIDER_ASSIGN(const auto wrong_sql, CheckSql(session, listing.routes, routes->Name()));
  Append(listing.problems, wrong_sql);
  Append(listing.problems, routes::FindAmbiguousPatterns(listing, routes->Name()));
  Append(listing.problems, routes::FindBrokenReferences(listing, routes->Name()));
  Append(listing.problems, routes::FindCirclesOfFiles(listing, routes->Name()));
  SampleTrial trial;
  if (!options.sample.empty()) {
    EIDER_ASSIGN(trial, TryOnSample(session, listing.routes, options));
    Append(listing.problems, trial.problems);
  }
  PrintProblems(session, listing.problems);
  PrintNotes(session, listing.notes);
  if (!options.sample.empty()) PrintTried(session, trial, options.deep);
  if (session.is_json) return listing.problems.empty() ? kExitDone : kExitFailed;
  if (!listing.problems.empty()) {
    session.console.out << Counted(listing.problems.size(), "problem") << '\n';
    return kExitFailed;
  }
  const std::size_t count = listing.routes.size();
  session.console.out << fmt::format("{}, {}\n", Counted(count, "route"),
                                     count == 1 ? "and it is right" : "all of them right");
  return kExitDone;
}

Result<int> RoutesExportCommand(Session& session, const std::string& file) {
  EIDER_ASSIGN(const routes::RouteListing listing, ListRoutes(session));
  if (!file.empty()) {
    const std::string path = std::filesystem::path(session.working_directory) / file;
    std::ofstream out(path, std::ios::binary);
    if (file.ends_with(".jsonl") || file.ends_with(".ndjson")) {
      for (const routes::Route& route : listing.routes)
        out << codec::JsonLineText(JsonOf(route)) << '\n';
    } else {
      out << routes::ToYaml(listing.routes);
    }
    out.close();
    if (!out) return Fail(Code::kDenied, fmt::format("cannot write the file {}", path));
  } else if (session.is_json) {
    for (const routes::Route& route : listing.routes) PrintJson(session.console, JsonOf(route));
  } else {
    session.console.out << routes::ToYaml(listing.routes);
  }
  return TellOfWrongOnes(session, listing);
}

Result<int> RoutesSchemaCommand(Console& console) {
  console.out << routes::RouteSchemaText();
  return kExitDone;
}

}  // namespace eider::app
