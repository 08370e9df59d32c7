// Inputs of a route: objects and prefixes as they are, tables as the data files they have now.
#include "eider/pipeline/route_query.h"

#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/catalog/catalog.h"
#include "eider/config/plugin_program.h"
#include "eider/iceberg/live_files.h"
#include "eider/iceberg/table_name.h"
#include "eider/routes/route.h"

namespace eider::pipeline {
namespace {

Result<engine::InputTable> ReadInputTable(const Services& services,
                                          const iceberg::TableName& name) {
  EIDER_ASSIGN(const catalog::LoadedTable table, services.catalog.Load(name));
  EIDER_ASSIGN(auto files, iceberg::ReadLiveFiles(services.store, *table.metadata));
  return engine::InputTable{name, table.metadata->CurrentSchema(), std::move(files)};
}

// What cannot be put together again of pieces.
Status CheckPiece(const Plan& plan, const routes::Route& route) {
  const std::string_view why = plan.is_fan_out()          ? "its rows go to several routes"
                               : route.reject             ? "its route puts bad rows aside"
                               : !route.transform.empty() ? "its rows go through a plug-in"
                                                          : "";
  if (why.empty()) return {};
  return Fail(Code::kUnsupported,
              fmt::format("the file is not prepared in pieces: {}; prepare it whole", why));
}

}  // namespace

Result<engine::Query> RouteQuery(const Services& services, const FileRef& file, const Plan& plan,
                                 const PlannedPart& part, const store::Prefetch* opening) {
  const routes::Route& route = part.route;
  engine::Query query;
  query.sql = route.query_sql;
  query.input = file;
  query.opening = opening;
  query.limits = {route.engine.memory_limit_bytes, route.engine.threads, route.engine.timeout};
  query.types = route.types;
  query.encoding = route.encoding;
  query.reject = route.reject;
  query.rescue = route.rescue;
  if (!route.transform.empty()) {
    static const config::PluginPrograms kNone;
    EIDER_ASSIGN(const config::PluginProgram program,
                 config::FindPlugin(services.plugins ? *services.plugins : kNone, route.transform));
    query.transform = engine::Transform{program, route.then_sql};
  }
  if (route.lineage) query.lineage = engine::Lineage{plan.planned_at};
  query.piece = plan.piece;
  if (plan.piece) EIDER_CHECK(CheckPiece(plan, route));
  if (!part.values.empty()) query.part = engine::RowFilter{plan.column, part.values};
  for (const routes::RouteInput& input : route.inputs) {
    if (const auto* uri = std::get_if<Uri>(&input)) {
      query.inputs.push_back(*uri);
      continue;
    }
    const auto& name = std::get<iceberg::TableName>(input);
    auto table = ReadInputTable(services, name);
    if (!table) {
      return Fail(fmt::format("cannot read table {}, an input of route '{}'", name.ToString(),
                              route.partition_key),
                  std::move(table).error());
    }
    query.tables.push_back(*std::move(table));
  }
  return query;
}

Result<engine::Query> RouteQuery(const Services& services, const FileRef& file,
                                 const routes::Route& route) {
  Plan plan;
  plan.planned_at = services.clock.Now();
  return RouteQuery(services, file, plan, {route, {}, {}}, nullptr);
}

}  // namespace eider::pipeline
