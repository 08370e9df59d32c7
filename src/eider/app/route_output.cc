// Lines for people and for machines.
#include "eider/app/route_output.h"

#include <cstddef>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "eider/app/console.h"
#include "eider/engine/sql_engine.h"

namespace eider::app {
namespace {

// "route 'key': ", or nothing where the key is not known.
std::string KeyText(const routing::RouteProblem& problem) {
  return problem.partition_key.empty() ? "" : fmt::format("route '{}': ", problem.partition_key);
}

void Print(Session& session, const routing::RouteProblem& problem, std::string_view kind,
           Color color) {
  Console& console = session.console;
  if (session.is_json) {
    PrintJson(console, {{"PartitionKey", problem.partition_key},
                        {"location", problem.location},
                        {std::string(kind), problem.message}});
    return;
  }
  console.out << Printable(problem.location) << ": "
              << Paint(Printable(KeyText(problem)), color, console.colors_out)
              << (kind == "note" ? "note: " : "") << PrintableLines(problem.message) << '\n';
}

}  // namespace

JsonLine JsonOf(const routing::Route& route) {
  return {{"PartitionKey", route.partition_key},
          {"target_table", route.target_table.ToString()},
          {"query_sql", route.query_sql},
          {"create_table", route.create_table}};
}

std::string Counted(std::size_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

void PrintProblems(Session& session, std::span<const routing::RouteProblem> problems) {
  for (const auto& problem : problems) Print(session, problem, "problem", Color::kRed);
}

void PrintErrors(Session& session, std::span<const routing::RouteProblem> problems) {
  if (session.is_json) return PrintProblems(session, problems);
  for (const auto& problem : problems) {
    PrintError(session.console,
               fmt::format("{}: {}{}", problem.location, KeyText(problem), problem.message));
  }
}

void PrintNotes(Session& session, std::span<const routing::RouteProblem> notes) {
  for (const auto& note : notes) Print(session, note, "note", Color::kYellow);
}

Result<std::vector<routing::RouteProblem>> CheckSql(Session& session,
                                                    std::span<const routing::Route> routes,
                                                    const std::string& location) {
  std::vector<routing::RouteProblem> problems;
  if (routes.empty()) return problems;
  EIDER_ASSIGN(engine::SqlEngine* const engine, session.rooms.Engine());
  for (const routing::Route& route : routes) {
    if (const Status checked = engine->Check(route.query_sql); !checked) {
      problems.push_back({route.partition_key, location, "query_sql: " + checked.error().message});
    }
  }
  return problems;
}

}  // namespace eider::app
