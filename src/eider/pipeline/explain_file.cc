// The way of one file without its last steps.
#include "eider/pipeline/explain_file.h"

#include <stop_token>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/engine/sql_engine.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/commit_tokens.h"
#include "eider/pipeline/file_load.h"
#include "eider/pipeline/plan_parts.h"
#include "eider/pipeline/read_facts.h"
#include "eider/pipeline/route_query.h"
#include "eider/pipeline/target_tables.h"
#include "eider/store/prefetch.h"

namespace eider::pipeline {
namespace {

// The part's table as it is, or nothing where it would be created.
Result<std::optional<catalog::LoadedTable>> FindTable(const Rooms& rooms,
                                                      const routing::Route& route) {
  auto table = rooms.catalog.Load(route.target_table);
  if (table) return *std::move(table);
  if (table.error().code == Code::kNotFound && route.create_table) return std::nullopt;
  if (table.error().code == Code::kNotFound) {
    return std::unexpected(MissingTable(route));
  }
  return Fail(fmt::format("cannot load table {}", route.target_table.ToString()),
              std::move(table).error());
}

Status ExplainPart(const Rooms& rooms, const PartLoad& part, const store::Prefetch& opening,
                   int sample_rows, PartExplanation& explained) {
  EIDER_ASSIGN(const engine::Query query, RouteQuery(rooms, part, opening));
  EIDER_ASSIGN(const auto table, FindTable(rooms, part.route));
  explained.table_exists = table.has_value();
  const iceberg::Schema* schema = nullptr;
  if (table) {
    const iceberg::TableMetadata& metadata = *table->metadata;
    schema = &metadata.CurrentSchema();
    explained.target_file_size_bytes = TargetFileSize(metadata);
    explained.is_in_already = FindToken(metadata, part.commit_token).has_value();
    EIDER_CHECK(CheckAppendable(metadata, part.table()));
  }
  EIDER_ASSIGN(explained.query, rooms.engine.Explain(query, schema, part.table().ToString()));
  if (sample_rows > 0 && explained.query->problems.empty()) {
    EIDER_ASSIGN(explained.sample, rooms.engine.Sample(query, sample_rows));
  }
  return {};
}

PartExplanation Explained(const Rooms& rooms, const PartLoad& part, const store::Prefetch& opening,
                          int sample_rows) {
  PartExplanation explained;
  explained.route = part.route;
  explained.values = part.values;
  const Status looked = ExplainPart(rooms, part, opening, sample_rows, explained);
  if (!looked) explained.error = looked.error();
  return explained;
}

Status Explain(const Rooms& rooms, FileLoad& load, const store::Prefetch& opening,
               FileExplanation& explained, const std::stop_token& stop) {
  ReadFacts facts(rooms, load.claim.file, opening, stop);
  EIDER_ASSIGN(explained.routed, rooms.router.FindRoutes(facts));
  return PlanParts(explained.routed, load);
}

}  // namespace

FileExplanation ExplainFile(const Rooms& rooms, const FileRef& file, int sample_rows,
                            const std::stop_token& stop) {
  FileExplanation explained;
  explained.file = file;
  FileLoad load;
  load.claim.file = file;
  load.claim.commit_token = ledger::CommitToken(file, 0);
  const store::Prefetch opening(rooms.store, file, stop);
  if (const Status planned = Explain(rooms, load, opening, explained, stop); !planned) {
    explained.error = planned.error();
    return explained;
  }
  for (const PartLoad& part : load.parts) {
    explained.parts.push_back(Explained(rooms, part, opening, sample_rows));
  }
  return explained;
}

PartExplanation ExplainRoute(const Rooms& rooms, const routing::Route& route, const FileRef& file,
                             int sample_rows) {
  FileLoad load;
  load.claim.file = file;
  PartLoad part;
  part.file = &load;
  part.route = route;
  const store::Prefetch opening(rooms.store, file, {});
  return Explained(rooms, part, opening, sample_rows);
}

}  // namespace eider::pipeline
