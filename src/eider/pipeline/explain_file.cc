// The way of one file without its last steps.
#include "eider/pipeline/explain_file.h"

#include <algorithm>
#include <cstddef>
#include <stop_token>
#include <string>
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
#include "eider/pipeline/step_times.h"
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

void ExplainParts(const Rooms& rooms, FileLoad& load, const store::Prefetch& opening,
                  const LookInto& look, FileExplanation& explained) {
  for (const PartLoad& part : load.parts) {
    explained.parts.push_back(Explained(rooms, part, opening, look.sample_rows));
  }
}

// What a run does with the parts, told by doing it.
void RunAll(const Rooms& rooms, FileLoad& load, const store::Prefetch& opening,
            FileExplanation& explained, const std::stop_token& stop) {
  StepTimer timer(rooms.clock, load.steps.table);
  const Status run = PrepareParts(rooms, load, opening, timer, stop);
  if (!run) explained.run_error = run.error();
  for (std::size_t i = 0; i < explained.parts.size(); ++i) {
    explained.parts[i].rows = load.parts[i].rows;
    explained.parts[i].counts = load.parts[i].counts;
  }
  // Rows that are put aside are a part of their own, beside the only one.
  if (load.parts.size() > explained.parts.size()) {
    explained.parts.front().counts = ResultOf(load).counts;
  }
}

}  // namespace

FileExplanation ExplainFile(const Rooms& rooms, const FileRef& file, const LookInto& look,
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
  ExplainParts(rooms, load, opening, look, explained);
  if (look.all_rows) RunAll(rooms, load, opening, explained, stop);
  return explained;
}

std::vector<std::string> ProblemsOf(const FileExplanation& explained) {
  std::vector<std::string> problems;
  const auto add = [&](const std::string& problem) {
    if (std::ranges::find(problems, problem) == problems.end()) problems.push_back(problem);
  };
  if (explained.error) add(explained.error->message);
  for (const PartExplanation& part : explained.parts) {
    if (part.error) add(part.error->message);
    if (!part.query) continue;
    for (const std::string& problem : part.query->problems) add(problem);
  }
  if (explained.run_error) add(explained.run_error->message);
  return problems;
}

FileExplanation ExplainRoute(const Rooms& rooms, const routing::Route& route, const FileRef& file,
                             const LookInto& look) {
  FileExplanation explained;
  explained.file = file;
  FileLoad load;
  load.claim.file = file;
  PartLoad& part = load.parts.emplace_back();
  part.file = &load;
  part.route = route;
  part.route.enabled = true;  // tried before it is
  const store::Prefetch opening(rooms.store, file, {});
  ExplainParts(rooms, load, opening, look, explained);
  if (look.all_rows) RunAll(rooms, load, opening, explained, {});
  return explained;
}

}  // namespace eider::pipeline
