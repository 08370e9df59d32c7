// `eider routes put`, `enable`, `disable`, `remove` and `import`: they check first, and write only
// what is right.
#include <cstddef>
#include <filesystem>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/app/layout_options.h"
#include "eider/app/map_option.h"
#include "eider/app/route_output.h"
#include "eider/app/route_stamp.h"
#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/config/regular_file.h"
#include "eider/routes/attribute_types.h"
#include "eider/routes/route.h"
#include "eider/routes/route_attributes.h"
#include "eider/routes/route_checks.h"
#include "eider/routes/route_json_lines.h"
#include "eider/routes/route_schema.h"
#include "eider/routes/route_store.h"

namespace eider::app {
namespace {

constexpr std::size_t kSqlBytesMax = 300U << 10U;  // a DynamoDB item holds 400 KB

std::string PathOf(const Session& session, const std::string& path) {
  return std::filesystem::path(session.working_directory) / path;
}

Result<std::string> ReadSql(const Session& session, const RoutePutOptions& options) {
  if (options.sql_file.empty()) return options.sql;
  auto text = config::ReadTextFile(PathOf(session, options.sql_file), kSqlBytesMax);
  if (!text) return Fail("--sql-file", std::move(text).error());
  return *std::move(text);
}

constexpr MapOption kTypeOption = {"--type", "COLUMN=TYPE, as amount='DECIMAL(12,2)'"};

// The item that the flags describe; what is not given is not set.
Result<codec::Json> ItemOf(const RoutePutOptions& options, std::string sql) {
  codec::Json item = {{routes::kPartitionKey, options.key}};
  const auto set_text = [&item](std::string_view name, std::string text) {
    if (!text.empty()) item[name] = std::move(text);
  };
  set_text(routes::kTargetTable, options.table);
  set_text(routes::kQuerySql, std::move(sql));
  set_text(routes::kTransform, options.transform);
  set_text(routes::kThenSql, options.then_sql);
  set_text(routes::kSameAs, options.same_as);
  set_text(routes::kEncoding, options.encoding);
  set_text(routes::kOnBadRows, options.on_bad_rows);
  set_text(routes::kRejectMax, options.reject_max);
  set_text(routes::kSchemaContract, options.schema);
  set_text(routes::kRescue, options.rescue);
  set_text(routes::kAfterLoad, options.after_load);
  set_text(routes::kAfterFailure, options.after_failure);
  set_text(routes::kDescription, options.description);
  set_text(routes::kOwner, options.owner);
  if (options.create_table) item[routes::kCreateTable] = true;
  if (options.disabled) item[routes::kEnabled] = false;
  if (options.lineage) item[routes::kLineage] = true;
  if (!options.inputs.empty()) item[routes::kInputs] = options.inputs;
  if (!options.types.empty()) {
    EIDER_ASSIGN(item[routes::kTypes], MapOf(kTypeOption, options.types));
  }
  EIDER_CHECK(SetLayout(options.layout, item));
  if (options.priority) item[routes::kPriority] = *options.priority;
  codec::Json engine = codec::Json::object();
  if (!options.memory_limit.empty()) engine[routes::kMemoryLimit] = options.memory_limit;
  if (options.threads) engine[routes::kThreads] = *options.threads;
  if (options.group_files) engine[routes::kGroupFiles] = *options.group_files;
  if (options.timeout_ms) engine[routes::kTimeoutMs] = *options.timeout_ms;
  if (!engine.empty()) item[routes::kEngine] = std::move(engine);
  if (options.commit_lag_ms) {
    item[routes::kCommit] = {{routes::kLagMs, *options.commit_lag_ms}};
  }
  return item;
}

// What a new route of that key meets in the store: the patterns, and the routes that its same_as
// leads to. A large routing table is not read for one route.
Result<routes::RouteListing> SurroundingsOf(routes::RouteReader& store,
                                            const routes::Route& route) {
  routes::RouteListing listing;
  if (routes::IsPattern(route.partition_key)) {
    EIDER_ASSIGN(listing, store.Patterns());
  }
  std::set<std::string> keys = {route.partition_key};
  for (const routes::Route& pattern : listing.routes) keys.insert(pattern.partition_key);
  std::string next = route.same_as;
  while (!next.empty() && keys.insert(next).second) {
    auto found = store.Find(next);
    if (!found && found.error().code == Code::kInvalid) {
      listing.problems.push_back({next, store.Name(), found.error().message});
      break;
    }
    if (!found) return std::unexpected(std::move(found).error());
    if (!*found) break;
    next = (*found)->same_as;
    listing.routes.push_back(**std::move(found));
  }
  return listing;
}

// The present route of that key, and whether a write may be bound to it: a wrong one is what a
// write repairs.
Result<routes::RouteCondition> Seen(routes::RouteReader& store, const std::string& key) {
  auto found = store.Find(key);
  if (found) return routes::RouteCondition{true, *std::move(found)};
  if (found.error().code == Code::kInvalid) return routes::RouteCondition{};
  return std::unexpected(std::move(found).error());
}

Result<int> WriteOne(Session& session, routes::RouteStore& store, const routes::Route& route,
                     const routes::RouteCondition& condition) {
  const Status put = store.Put(route, condition);
  if (!put && put.error().code == Code::kConflict) {
    PrintError(session.console, put.error().message);
    return kExitFailed;
  }
  if (!put) return std::unexpected(put.error());
  if (session.is_json) PrintJson(session.console, JsonOf(route));
  return kExitDone;
}

void TellWritten(Session& session, std::size_t count, const routes::RouteStore& store) {
  if (session.is_json) return;
  session.console.out << fmt::format("{} written to {}\n", Counted(count, "route"),
                                     Printable(store.Name()));
}

}  // namespace

Result<int> RoutesPutCommand(Session& session, const RoutePutOptions& options) {
  const bool has_sql = !options.sql.empty() || !options.sql_file.empty();
  if (options.same_as.empty() && (options.table.empty() || !has_sql)) {
    return Fail(Code::kInvalid,
                "a route needs --table and one of --sql and --sql-file, or --same-as KEY");
  }
  const std::string location = "eider routes put";
  EIDER_ASSIGN(std::string sql, ReadSql(session, options));
  EIDER_ASSIGN(codec::Json item, ItemOf(options, std::move(sql)));
  routes::RouteListing listing;
  routes::AddToListing(routes::DecodeChecked(std::move(item), routes::RouteSchema()), location,
                       listing);
  EIDER_ASSIGN(const auto wrong_sql, CheckSql(session, listing.routes, location));
  Append(listing.problems, wrong_sql);
  if (!listing.problems.empty()) return RefuseToWrite(session, listing.problems);

  routes::Route route = std::move(listing.routes.front());
  EIDER_ASSIGN(routes::RouteStore* const store, session.program.Routes(routes::IfMissing::kCreate));
  EIDER_ASSIGN(const routes::RouteListing surroundings, SurroundingsOf(*store, route));
  const auto together = routes::FindNewProblems(surroundings, {.put = {&route, 1}}, location);
  if (!together.empty()) return RefuseToWrite(session, together);
  EIDER_ASSIGN(const routes::RouteCondition condition, Seen(*store, route.partition_key));
  Stamp(route, condition.seen, session.program.clock().Now());
  EIDER_ASSIGN(const int exit_code, WriteOne(session, *store, route, condition));
  if (exit_code == kExitDone) TellWritten(session, 1, *store);
  return exit_code;
}

Result<int> RoutesEnableCommand(Session& session, const std::string& key, bool enabled) {
  EIDER_ASSIGN(routes::RouteStore* const store, session.program.Routes());
  const auto found = store->Find(key);
  if (!found && found.error().code != Code::kInvalid) return std::unexpected(found.error());
  if (!found || !*found) {
    PrintError(session.console, found ? fmt::format("no route with this PartitionKey in {}: '{}'",
                                                    store->Name(), key)
                                      : found.error().message);
    return kExitFailed;
  }
  routes::Route route = **found;
  const std::string_view state = enabled ? "enabled" : "disabled";
  if (route.enabled == enabled) {
    if (session.is_json) {
      PrintJson(session.console, JsonOf(route));
    } else {
      session.console.out << fmt::format("route '{}' is {} already\n", Printable(key), state);
    }
    return kExitDone;
  }
  route.enabled = enabled;
  Stamp(route, *found, session.program.clock().Now());
  EIDER_ASSIGN(const int exit_code, WriteOne(session, *store, route, {true, *found}));
  if (exit_code == kExitDone && !session.is_json) {
    session.console.out << fmt::format(
        "route '{}' {} in {}{}\n", Printable(key), state, Printable(store->Name()),
        enabled ? "; `eider run --held` loads the files it held" : "");
  }
  return exit_code;
}

Result<int> RoutesImportCommand(Session& session, const std::string& file) {
  const std::string path = PathOf(session, file);
  auto read = routes::ReadRoutesFile(path);
  if (!read) return Fail("routes file", std::move(read).error());
  routes::RouteListing& listing = *read;
  EIDER_ASSIGN(const auto wrong_sql, CheckSql(session, listing.routes, path));
  Append(listing.problems, wrong_sql);
  if (!listing.problems.empty()) return RefuseToWrite(session, listing.problems);

  EIDER_ASSIGN(routes::RouteStore* const store, session.program.Routes(routes::IfMissing::kCreate));
  EIDER_ASSIGN(const routes::RouteListing present, store->List());
  const auto together = routes::FindNewProblems(present, {.put = listing.routes}, path);
  if (!together.empty()) return RefuseToWrite(session, together);
  StampAll(listing.routes, present, session.program.clock().Now());
  EIDER_CHECK(store->PutAll(listing.routes));
  if (session.is_json) {
    for (const routes::Route& route : listing.routes) PrintJson(session.console, JsonOf(route));
  }
  TellWritten(session, listing.routes.size(), *store);
  return kExitDone;
}

Result<int> RoutesRemoveCommand(Session& session, const std::string& key) {
  EIDER_ASSIGN(routes::RouteStore* const store, session.program.Routes());
  EIDER_ASSIGN(const bool was_there, store->Remove(key));
  if (!was_there) {
    PrintError(session.console,
               fmt::format("no route with this PartitionKey in {}: '{}'", store->Name(), key));
    return kExitFailed;
  }
  if (session.is_json) {
    PrintJson(session.console, {{"PartitionKey", key}, {"removed", true}});
  } else {
    session.console.out << fmt::format("route '{}' removed from {}\n", Printable(key),
                                       Printable(store->Name()));
  }
  return kExitDone;
}

}  // namespace eider::app
