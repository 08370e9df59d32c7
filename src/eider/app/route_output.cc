// Lines for people and for machines.
#include "eider/app/route_output.h"

#include <cstddef>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "eider/app/console.h"
#include "eider/codec/json.h"
#include "eider/codec/shortened_text.h"
#include "eider/engine/declared_tables.h"
#include "eider/engine/sql_engine.h"
#include "eider/engine/then_sql.h"
#include "eider/iceberg/table_name.h"
#include "eider/routes/attribute_types.h"
#include "eider/routes/route_json.h"

namespace eider::app {
namespace {

// "route 'key': ", or nothing where the key is not known.
std::string KeyText(const routes::RouteProblem& problem) {
  return problem.partition_key.empty() ? "" : fmt::format("route '{}': ", problem.partition_key);
}

void Print(Session& session, const routes::RouteProblem& problem, std::string_view kind,
           Color color) {
  Console& console = session.console;
  if (session.is_json) {
    PrintJson(console, {{"PartitionKey", problem.partition_key},
                        {"location", problem.location},
                        {std::string(kind), codec::ShortMessage(problem.message)}});
    return;
  }
  console.out << Printable(problem.location) << ": "
              << Paint(Printable(KeyText(problem)), color, console.colors_out)
              << (kind == "note" ? "note: " : "") << PrintableMessage(problem.message) << '\n';
}

// What is known of a text of SQL, whatever its route.
struct CheckedSql {
  std::string problem = {};              // empty: none
  std::vector<std::string> tables = {};  // of the catalog, that it names
};

CheckedSql Checked(engine::SqlEngine& engine, const std::string& sql) {
  if (const Status checked = engine.Check(sql); !checked) return {checked.error().message, {}};
  auto tables = engine::TablesNamed(sql);
  if (!tables) return {tables.error().message, {}};
  return {"", *std::move(tables)};
}

std::vector<std::string> TablesIn(std::span<const routes::RouteInput> inputs) {
  std::vector<std::string> names;
  for (const routes::RouteInput& input : inputs) {
    if (const auto* name = std::get_if<iceberg::TableName>(&input)) {
      names.push_back(name->ToString());
    }
  }
  return names;
}

// What is wrong with a route's plug-in, and with the SQL behind it.
std::vector<std::string> TransformProblems(Session& session, const routes::Route& route) {
  std::vector<std::string> problems;
  if (route.transform.empty()) return problems;
  const config::PluginPrograms& plugins = session.program.loaded().config.plugins;
  if (const auto found = config::FindPlugin(plugins, route.transform); !found) {
    problems.push_back("transform: " + found.error().message);
  }
  if (route.reject) {
    problems.emplace_back(
        "on_bad_rows: reject cannot be where rows go through a plug-in (transform)");
  }
  if (route.then_sql.empty()) return problems;
  if (const Status checked = engine::CheckThenSql(route.then_sql); !checked) {
    problems.push_back("then_sql: " + checked.error().message);
  }
  return problems;
}

}  // namespace

JsonLine JsonOf(const routes::Route& route) {
  const codec::Json json = routes::ToJson(route);
  JsonLine line = JsonLine::object();
  for (const std::string_view name : routes::kAttributes) {
    if (const auto value = json.find(name); value != json.end()) {
      line[std::string(name)] = *value;
    } else if (name == routes::kCreateTable) {
      line[std::string(name)] = false;  // always there, as it was from the beginning
    }
  }
  return line;
}

void PrintProblems(Session& session, std::span<const routes::RouteProblem> problems) {
  for (const auto& problem : problems) Print(session, problem, "problem", Color::kRed);
}

void PrintErrors(Session& session, std::span<const routes::RouteProblem> problems) {
  if (session.is_json) return PrintProblems(session, problems);
  for (const auto& problem : problems) {
    PrintError(session.console,
               fmt::format("{}: {}{}", problem.location, KeyText(problem), problem.message));
  }
}

int RefuseToWrite(Session& session, std::span<const routes::RouteProblem> problems) {
  PrintErrors(session, problems);
  PrintError(session.console,
             fmt::format("{}, nothing written", Counted(problems.size(), "problem")));
  return kExitFailed;
}

void Append(std::vector<routes::RouteProblem>& problems,
            std::span<const routes::RouteProblem> further) {
  problems.insert(problems.end(), further.begin(), further.end());
}

void PrintNotes(Session& session, std::span<const routes::RouteProblem> notes) {
  for (const auto& note : notes) Print(session, note, "note", Color::kYellow);
}

Result<std::vector<routes::RouteProblem>> CheckSql(Session& session,
                                                   std::span<const routes::Route> routes,
                                                   const std::string& location) {
  std::vector<routes::RouteProblem> problems;
  std::unordered_map<std::string_view, CheckedSql> seen;  // many routes have the same
  for (const routes::Route& route : routes) {
    if (!route.same_as.empty()) continue;
    const auto [known, is_new] = seen.try_emplace(route.query_sql);
    if (is_new) {
      EIDER_ASSIGN(engine::SqlEngine* const engine, session.program.Engine());
      known->second = Checked(*engine, route.query_sql);
    }
    const auto add = [&](const std::string& problem) {
      problems.push_back({route.partition_key, location, "query_sql: " + problem});
    };
    if (!known->second.problem.empty()) add(known->second.problem);
    for (std::string& problem : TransformProblems(session, route)) {
      problems.push_back({route.partition_key, location, std::move(problem)});
    }
    const std::vector<std::string> declared = TablesIn(route.inputs);
    for (const std::string& table : known->second.tables) {
      if (const auto found = engine::FindDeclared(table, declared); !found) {
        add(found.error().message);
      }
    }
  }
  return problems;
}

}  // namespace eider::app
