// `eider routes diff` and `apply`: the routes of a file, kept in git, beside those of the store.
//
// Both read the file, check all of it and make the same plan. apply writes each change only if the
// route is still what the plan saw: two operators do not overwrite each other.
#include <cstddef>
#include <filesystem>
#include <istream>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/app/route_output.h"
#include "eider/app/route_stamp.h"
#include "eider/base/result.h"
#include "eider/codec/escaped_text.h"
#include "eider/codec/json.h"
#include "eider/routes/route.h"
#include "eider/routes/route_checks.h"
#include "eider/routes/route_json_lines.h"
#include "eider/routes/route_plan.h"
#include "eider/routes/route_store.h"

namespace eider::app {
namespace {

using routes::RouteChange;
using Kind = RouteChange::Kind;

struct Plan {
  std::vector<routes::RouteProblem> problems;  // of the file; then there is no plan
  std::vector<RouteChange> changes;
};

Result<Plan> MakePlan(Session& session, const RoutesApplyOptions& options,
                      routes::IfMissing if_missing) {
  const std::string path = std::filesystem::path(session.working_directory) / options.file;
  auto wanted = routes::ReadRoutesFile(path);
  if (!wanted) return Fail("routes file", std::move(wanted).error());
  Plan plan{std::move(wanted->problems), {}};
  EIDER_ASSIGN(const auto wrong_sql, CheckSql(session, wanted->routes, path));
  Append(plan.problems, wrong_sql);
  if (!plan.problems.empty()) return plan;
  EIDER_ASSIGN(routes::RouteStore* const store, session.program.Routes(if_missing));
  EIDER_ASSIGN(const routes::RouteListing present, store->List());
  plan.changes = routes::PlanRoutes(present, wanted->routes, options.prune);
  std::vector<std::string> removed;
  for (const RouteChange& change : plan.changes) {
    if (change.kind == Kind::kRemoved) removed.push_back(change.key);
  }
  plan.problems =
      routes::FindNewProblems(present, {.put = wanted->routes, .removed = removed}, path);
  return plan;
}

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kNew:
      return "new";
    case Kind::kChanged:
      return "changed";
    case Kind::kRemoved:
      return "removed";
  }
  return "changed";
}

JsonLine ChangeJson(const RouteChange& change) {
  JsonLine differences = JsonLine::array();
  for (const routes::AttributeChange& difference : change.differences) {
    differences.push_back({{"attribute", difference.name},
                           {"old", JsonLine(difference.before)},
                           {"new", JsonLine(difference.after)}});
  }
  return {{"change", KindName(change.kind)},
          {"PartitionKey", change.key},
          {"was_wrong", change.was_wrong},
          {"differences", std::move(differences)},
          {"route", change.after ? JsonOf(*change.after) : JsonLine(nullptr)}};
}

std::string ValueText(const codec::Json& value) {
  return value.is_null() ? "(not set)" : codec::ToJsonText(value);
}

void PrintForPeople(Console& console, const RouteChange& change) {
  const std::string key = Printable(change.key);
  switch (change.kind) {
    case Kind::kNew:
      console.out << Paint("+ " + key, Color::kGreen, console.colors_out) << ": "
                  << Printable(change.after->same_as.empty() ? change.after->target_table.ToString()
                                                             : "same as " + change.after->same_as)
                  << '\n';
      break;
    case Kind::kRemoved:
      console.out << Paint("- " + key, Color::kRed, console.colors_out) << '\n';
      break;
    case Kind::kChanged:
      console.out << Paint("~ " + key, Color::kYellow, console.colors_out)
                  << (change.was_wrong ? ": was wrong, and is written anew" : "") << '\n';
      for (const routes::AttributeChange& difference : change.differences) {
        console.out << fmt::format("    {}: {} -> {}\n", difference.name,
                                   codec::EscapeInJson(ValueText(difference.before)),
                                   codec::EscapeInJson(ValueText(difference.after)));
      }
      break;
  }
}

void PrintPlan(Session& session, const std::vector<RouteChange>& changes) {
  std::size_t counts[3] = {};
  for (const RouteChange& change : changes) {
    ++counts[static_cast<std::size_t>(change.kind)];
    if (session.is_json) {
      PrintJson(session.console, ChangeJson(change));
    } else {
      PrintForPeople(session.console, change);
    }
  }
  if (session.is_json) {
    PrintJson(session.console,
              {{"summary", {{"new", counts[0]}, {"changed", counts[1]}, {"removed", counts[2]}}}});
  } else if (changes.empty()) {
    session.console.out << "no difference\n";
  } else {
    session.console.out << fmt::format("{} new, {} changed, {} removed\n", counts[0], counts[1],
                                       counts[2]);
  }
}

Status Write(routes::RouteStore& store, const RouteChange& change, TimePoint now) {
  const routes::RouteCondition condition =
      change.was_wrong ? routes::RouteCondition{} : routes::RouteCondition{true, change.before};
  if (change.kind == Kind::kRemoved) {
    EIDER_CHECK(store.Remove(change.key, condition));
    return {};
  }
  routes::Route route = *change.after;
  Stamp(route, change.before, now);
  return store.Put(route, condition);
}

}  // namespace

Result<int> RoutesDiffCommand(Session& session, const RoutesApplyOptions& options) {
  EIDER_ASSIGN(const Plan plan, MakePlan(session, options, routes::IfMissing::kFail));
  if (!plan.problems.empty()) {
    PrintErrors(session, plan.problems);
    return kExitUsage;  // 1 says that there are differences
  }
  PrintPlan(session, plan.changes);
  return plan.changes.empty() ? kExitDone : kExitFailed;
}

Result<int> RoutesApplyCommand(Session& session, const RoutesApplyOptions& options) {
  EIDER_ASSIGN(const Plan plan, MakePlan(session, options, routes::IfMissing::kCreate));
  if (!plan.problems.empty()) return RefuseToWrite(session, plan.problems);
  PrintPlan(session, plan.changes);
  if (plan.changes.empty()) return kExitDone;
  EIDER_ASSIGN(routes::RouteStore* const store, session.program.Routes());
  EIDER_ASSIGN(const bool is_wanted,
               options.yes
                   ? Result<bool>(true)
                   : Confirm(session.console, session.is_json,
                             fmt::format("Write {} to {}?", Counted(plan.changes.size(), "change"),
                                         store->Name())));
  if (!is_wanted) {
    session.console.err << "nothing written\n";
    return kExitFailed;
  }
  const TimePoint now = session.program.clock().Now();
  for (std::size_t i = 0; i < plan.changes.size(); ++i) {
    const Status written = Write(*store, plan.changes[i], now);
    if (written) continue;
    const std::string so_far = fmt::format("{} of {} are written; see `eider routes diff`", i,
                                           Counted(plan.changes.size(), "change"));
    if (written.error().code != Code::kConflict) return Fail(so_far, written.error());
    PrintError(session.console, written.error().message);
    PrintError(session.console, so_far);
    return kExitFailed;
  }
  if (!session.is_json) {
    session.console.out << fmt::format("{} written to {}\n", Counted(plan.changes.size(), "change"),
                                       Printable(store->Name()));
  }
  return kExitDone;
}

}  // namespace eider::app
