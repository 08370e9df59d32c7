// `eider routes put`, `remove` and `import`: they check first, and write only what is right.
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/app/route_output.h"
#include "eider/base/result.h"
#include "eider/config/yaml_document.h"
#include "eider/routing/route.h"
#include "eider/routing/route_attributes.h"
#include "eider/routing/route_store.h"
#include "eider/routing/yaml_route_store.h"

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

// Writes all routes, in order. A store takes them one by one: a failure in the middle says how far
// it came, and the same command may be given again.
Status PutAll(Session& session, routing::RouteStore& store,
              const std::vector<routing::Route>& routes) {
  for (std::size_t i = 0; i < routes.size(); ++i) {
    if (auto put = store.Put(routes[i]); !put) {
      if (i == 0) return put;
      return Fail(fmt::format("{} of {} are written; give the command again for the others, "
                              "beginning with '{}'",
                              i, Counted(routes.size(), "route"), routes[i].partition_key),
                  std::move(put).error());
    }
    if (session.is_json) PrintJson(session.console, JsonOf(routes[i]));
  }
  return {};
}

// Writes what is right in `listing` if nothing is wrong in it.
Result<int> WriteIfRight(Session& session, routing::RouteListing listing,
                         const std::string& location) {
  EIDER_ASSIGN(const auto wrong_sql, CheckSql(session, listing.routes, location));
  listing.problems.insert(listing.problems.end(), wrong_sql.begin(), wrong_sql.end());
  if (!listing.problems.empty()) {
    PrintErrors(session, listing.problems);
    PrintError(session.console,
               fmt::format("{}, nothing written", Counted(listing.problems.size(), "problem")));
    return kExitFailed;
  }
  EIDER_ASSIGN(routing::RouteStore* const store, session.rooms.Routes());
  EIDER_CHECK(PutAll(session, *store, listing.routes));
  if (!session.is_json) {
    session.console.out << fmt::format(
        "{} written to {}\n", Counted(listing.routes.size(), "route"), Printable(store->Name()));
  }
  return kExitDone;
}

}  // namespace

Result<int> RoutesPutCommand(Session& session, const RoutePutOptions& options) {
  using routing::RouteAttribute;
  EIDER_ASSIGN(std::string sql, ReadSql(session, options));
  const std::vector<RouteAttribute> attributes = {
      {.name = std::string(routing::kPartitionKey), .text = options.key, .kind_name = {}},
      {.name = std::string(routing::kTargetTable), .text = options.table, .kind_name = {}},
      {.name = std::string(routing::kQuerySql), .text = std::move(sql), .kind_name = {}},
      {.name = std::string(routing::kCreateTable),
       .kind = RouteAttribute::Kind::kBoolean,
       .boolean = options.create_table,
       .kind_name = {}}};
  const std::string location = "eider routes put";
  routing::RouteListing listing;
  routing::AddToListing(attributes, location, listing);
  return WriteIfRight(session, std::move(listing), location);
}

Result<int> RoutesImportCommand(Session& session, const std::string& file) {
  EIDER_ASSIGN(const auto routes, routing::OpenYamlRoutes(PathOf(session, file)));
  EIDER_ASSIGN(routing::RouteListing listing, routes->List());
  return WriteIfRight(session, std::move(listing), routes->Name());
}

Result<int> RoutesRemoveCommand(Session& session, const std::string& key) {
  EIDER_ASSIGN(routing::RouteStore* const store, session.rooms.Routes());
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
