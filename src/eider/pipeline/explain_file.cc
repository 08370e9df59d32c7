#include "eider/pipeline/explain_file.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/engine/sql_engine.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/partition_spec.h"
#include "eider/iceberg/partition_term.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/schema_evolution.h"
#include "eider/iceberg/sort_order.h"
#include "eider/iceberg/sort_term.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/commit_tokens.h"
#include "eider/pipeline/file_phases.h"
#include "eider/pipeline/grown_schema.h"
#include "eider/pipeline/kept_whole.h"
#include "eider/pipeline/plan_parts.h"
#include "eider/pipeline/prepare_file.h"
#include "eider/pipeline/read_facts.h"
#include "eider/pipeline/route_query.h"
#include "eider/pipeline/schema_change.h"
#include "eider/pipeline/step_times.h"
#include "eider/pipeline/target_tables.h"
#include "eider/routes/route.h"
#include "eider/store/prefetch.h"

namespace eider::pipeline {
namespace {

// The part's table as it is, or nothing where it would be created.
Result<std::optional<catalog::LoadedTable>> FindTable(const Services& services,
                                                      const routes::Route& route) {
  auto table = LoadTable(services, route.target_table);
  if (table && !*table && !route.create_table) return std::unexpected(MissingTable(route));
  return table;
}

void TellLayout(const iceberg::Schema& schema, const iceberg::PartitionSpec& spec,
                const iceberg::SortOrder& order, PartExplanation& explained) {
  explained.partitions = iceberg::SpecText(schema, spec);
  explained.sort_order = iceberg::SortText(schema, order);
}

// How the table would be made. What is wrong with that is a problem of the query's result.
Status ExplainNewTable(const Services& services, const routes::Route& route,
                       const engine::Query& query, PartExplanation& explained) {
  engine::NewTable made;
  if (!route.layout.partition_by.empty() || !route.layout.sort_by.empty()) {
    EIDER_ASSIGN(made, services.engine.Describe(query));
  }
  auto request = NewTableRequest(route, made.schema);
  if (!request) {
    explained.query->problems.push_back(std::move(request).error().message);
    return {};
  }
  TellLayout(request->schema, request->spec, request->sort_order, explained);
  return {};
}

Status ExplainPart(const Services& services, const FileRef& file, const Plan& plan,
                   const PlannedPart& part, const store::Prefetch& opening, int sample_rows,
                   PartExplanation& explained) {
  EIDER_ASSIGN(const engine::Query query, RouteQuery(services, file, plan, part, &opening));
  EIDER_ASSIGN(const auto table, FindTable(services, part.route));
  explained.table_exists = table.has_value();
  const iceberg::Schema* schema = nullptr;
  std::optional<iceberg::SchemaEvolution> grown;
  if (table) {
    const iceberg::TableMetadata& metadata = *table->metadata;
    schema = &metadata.CurrentSchema();
    explained.target_file_size_bytes = TargetFileSize(metadata);
    explained.is_in_already = FindToken(metadata, part.commit_token).has_value();
    EIDER_CHECK(CheckAppendable(metadata, part.table()));
    TellLayout(metadata.CurrentSchema(), metadata.DefaultSpec(), metadata.DefaultSortOrder(),
               explained);
    EIDER_ASSIGN(grown, GrownSchema(services, {.part = part, .query = query, .table = metadata}));
    if (grown) {
      schema = &grown->schema;
      explained.schema_steps = grown->steps;
    }
  }
  EIDER_ASSIGN(explained.query, services.engine.Explain(query, schema, part.table().ToString()));
  explained.kept_whole = WhyKeptWhole(services, file, plan);
  if (!table && explained.query->problems.empty()) {
    EIDER_CHECK(ExplainNewTable(services, part.route, query, explained));
  }
  if (sample_rows > 0 && explained.query->problems.empty()) {
    EIDER_ASSIGN(explained.sample, services.engine.Sample(query, sample_rows));
  }
  return {};
}

void TellFiles(const PreparedPart& part, PartExplanation& explained) {
  if (!part.written) return;
  std::set<iceberg::PartitionTuple> partitions;
  for (const iceberg::DataFile& file : part.written->data_files) {
    partitions.insert(file.partition);
  }
  // Values may ask for more than the plan knew.
  if (part.written->evolution) explained.schema_steps = part.written->evolution->steps;
  explained.data_files = std::ssize(part.written->data_files);
  explained.partitions_touched = std::ssize(partitions);
}

// What a run does with the parts, told by doing it.
void RunAll(const Services& services, const ledger::Claim& claim, const Plan& plan,
            const store::Prefetch& opening, FileExplanation& explained,
            const std::stop_token& stop) {
  StepTimes steps;
  const auto prepared = PrepareParts(services, claim, plan, {}, opening, steps, stop);
  explained.held.clear();  // the run knows better than the plan
  if (!prepared) {
    explained.run_error = prepared.error();
    return;
  }
  if (const auto* const held = std::get_if<HeldBack>(&*prepared)) {
    explained.held = held->why;
    return;
  }
  const auto* const parts = &std::get<PreparedParts>(*prepared);
  for (std::size_t i = 0; i < explained.parts.size(); ++i) {
    explained.parts[i].rows = (*parts)[i].record.rows;
    explained.parts[i].counts = (*parts)[i].record.counts;
    explained.parts[i].rescued = (*parts)[i].rescued;
    TellFiles((*parts)[i], explained.parts[i]);
  }
  // Rows that are put aside are a part of their own.
  for (const PreparedPart& part : *parts) {
    if (!part.rejects_of) continue;
    ledger::RowCounts& counts = explained.parts[*part.rejects_of].counts;
    counts = ledger::Sum(std::array{counts, part.record.counts});
  }
}

// Why the file would be held, as far as its queries' plans tell. One that fails is not.
std::string HeldByPlan(const FileExplanation& explained) {
  std::vector<ChangedTable> tables;
  for (const PartExplanation& part : explained.parts) {
    const bool holds = part.route.enabled && part.route.schema == routes::SchemaContract::kHold;
    if (!holds || part.is_in_already || part.schema_steps.empty()) continue;
    tables.push_back({part.route.target_table.ToString(), part.schema_steps});
  }
  return tables.empty() || !ProblemsOf(explained).empty() ? "" : HeldReason(tables);
}

void ExplainPlan(const Services& services, const ledger::Claim& claim, const Plan& plan,
                 const store::Prefetch& opening, const LookInto& look, FileExplanation& explained,
                 const std::stop_token& stop) {
  for (const PlannedPart& planned : plan.parts) {
    PartExplanation& part = explained.parts.emplace_back();
    part.route = planned.route;
    part.values = planned.values;
    const Status looked =
        ExplainPart(services, claim.file, plan, planned, opening, look.sample_rows, part);
    if (!looked) part.error = looked.error();
  }
  explained.held = HeldByPlan(explained);
  if (look.all_rows) RunAll(services, claim, plan, opening, explained, stop);
}

Result<std::variant<Plan, Skipped>> PlanOf(const Services& services, const ledger::Claim& claim,
                                           std::unique_ptr<const store::Prefetch>& opening,
                                           FileExplanation& explained,
                                           const std::stop_token& stop) {
  ReadFacts facts(services, claim.file, opening, stop);
  EIDER_ASSIGN(explained.routed, services.router.FindRoutes(facts));
  EIDER_ASSIGN(auto planned, PlanParts(explained.routed, claim.commit_token, {}));
  if (auto* const plan = std::get_if<Plan>(&planned)) plan->planned_at = services.clock.Now();
  return planned;
}

}  // namespace

FileExplanation ExplainFile(const Services& services, const FileRef& file, const LookInto& look,
                            const std::stop_token& stop) {
  FileExplanation explained;
  explained.file = file;
  ledger::Claim claim;
  claim.file = file;
  claim.commit_token = ledger::CommitToken(file, 0);
  auto opening = std::make_unique<const store::Prefetch>(services.store, file, stop);
  const auto planned = PlanOf(services, claim, opening, explained, stop);
  if (!planned) {
    explained.error = planned.error();
  } else if (const auto* plan = std::get_if<Plan>(&*planned)) {
    ExplainPlan(services, claim, *plan, *opening, look, explained, stop);
  }
  return explained;
}

FileExplanation ExplainRoute(const Services& services, const routes::Route& route,
                             const FileRef& file, const LookInto& look) {
  FileExplanation explained;
  explained.file = file;
  ledger::Claim claim;
  claim.file = file;
  Plan plan;
  plan.planned_at = services.clock.Now();
  plan.parts.push_back({route, {}, {}});
  plan.parts.front().route.enabled = true;  // tried before it is
  const store::Prefetch opening(services.store, file, {});
  ExplainPlan(services, claim, plan, opening, look, explained, {});
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

}  // namespace eider::pipeline
