// Each line hands a value to the next; a failure leaves by the first line that meets it.
#include "eider/pipeline/prepare_file.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "eider/base/advice.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/engine/sql_engine.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/schema_evolution.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/table_name.h"
#include "eider/pipeline/commit_tokens.h"
#include "eider/pipeline/file_errands.h"
#include "eider/pipeline/file_records.h"
#include "eider/pipeline/part_queries.h"
#include "eider/pipeline/plan_parts.h"
#include "eider/pipeline/read_facts.h"
#include "eider/pipeline/reject_rows.h"
#include "eider/pipeline/route_query.h"
#include "eider/pipeline/schema_change.h"
#include "eider/pipeline/superseded.h"
#include "eider/routes/route.h"
#include "eider/routing/rejects_route.h"
#include "eider/routing/router.h"

namespace eider::pipeline {
namespace {

// What the parts of one file share while they are prepared. Borrowed.
struct Preparation {
  const Services& services;
  const ledger::Claim& claim;
  const Plan& plan;
  const TableMaking& making;
  const store::Prefetch& opening;
  const std::stop_token& stop;
};

using TablesByName = std::map<iceberg::TableName, TargetTable>;

// Nothing is to be committed of the part; its rows, if there are any, are in that snapshot.
void SetDone(PreparedPart& part, std::optional<std::int64_t> snapshot_id) {
  part.record.is_loaded = true;
  part.record.snapshot_id = snapshot_id;
}

// Adds the query of one part, unless its rows are in already or it has no table and no rows.
Status AddQuery(const Preparation& of, PreparedPart& part, TablesByName& tables,
                PartQueries& found) {
  const iceberg::TableName& name = part.plan.table();
  EIDER_ASSIGN(engine::Query query,
               RouteQuery(of.services, of.claim.file, of.plan, part.plan, &of.opening));
  auto table = tables.find(name);
  if (table == tables.end()) {
    EIDER_ASSIGN(auto loaded,
                 LoadOrCreate(of.services, part.plan.route, query, of.making, of.stop));
    if (!loaded) {
      SetDone(part, std::nullopt);
      return {};
    }
    part.left_out = loaded->left_out;
    table = tables.emplace(name, *std::move(loaded)).first;
  }
  const catalog::LoadedTable& state = table->second.state;
  std::optional<std::int64_t> snapshot_id;
  if (of.plan.is_fan_out()) {  // a part of several was looked for by its plan, if it ever had one
    snapshot_id = FindToken(*state.metadata, part.plan.commit_token);
  } else {
    EIDER_ASSIGN(snapshot_id, FindRows(*state.metadata, name, part.plan.commit_token, of.claim));
  }
  if (snapshot_id) {
    SetDone(part, snapshot_id);
    part.was_in = true;
    return {};
  }
  EIDER_CHECK(CheckAppendable(*state.metadata, name));
  EIDER_ASSIGN(engine::WriteTarget target, WriteTargetOf(of.services, name, state));
  if (part.plan.route.partition_key == routing::kRejectsKey) FitRejects(target.schema, query);
  part.written.emplace().table_uuid = state.metadata->table_uuid;
  found.parts.push_back(&part);
  found.queries.push_back({std::move(query), std::move(target)});
  found.tables.push_back(state);
  return {};
}

Result<PartQueries> FindQueries(const Preparation& of, PreparedParts& parts, TablesByName& tables) {
  PartQueries found;
  for (PreparedPart& part : parts) {
    if (!part.plan.route.enabled) continue;
    const Status status = AddQuery(of, part, tables, found);
    if (status) continue;
    if (!of.plan.is_fan_out()) return std::unexpected(OfTable(part.plan, status.error()));
    return Fail(fmt::format("the part of route '{}'", part.plan.route.partition_key),
                status.error());
  }
  return found;
}

// What the query did, for the part's record. The built-in route for rejects counts its rows there.
void TakeWritten(engine::Written written, PreparedPart& part) {
  ledger::PartRecord& record = part.record;
  part.rescued = std::move(written.rescued);
  part.transformed = std::move(written.transformed);
  for (const iceberg::DataFile& file : written.files) record.rows += file.record_count;
  if (written.files.empty()) {
    part.written.reset();
    SetDone(part, std::nullopt);
  } else {
    part.written->data_files = std::move(written.files);
  }
  if (part.plan.route.partition_key == routing::kRejectsKey) record.counts.rejected = record.rows;
  part.readers = std::move(written.readers);
  if (!written.rows_read) return;
  record.counts.read = static_cast<std::int64_t>(*written.rows_read - written.rows_rejected);
  if (written.is_row_by_row) record.counts.filtered = *record.counts.read - record.rows;
}

// The part behind the others that has the rejects of one; nothing where an earlier load, which
// broke off before the part's rows were in, has committed and recorded them.
Status AddRejects(const Preparation& of, std::size_t of_part, const engine::PartQuery& query,
                  std::uint64_t rows, PreparedParts& parts) {
  EIDER_ASSIGN(auto rejects,
               PrepareRejects(of.services, of.claim, parts[of_part].plan, query, rows, of.stop));
  const bool is_known = std::ranges::any_of(of.plan.parts_before, [&](const auto& before) {
    return before.commit_token == rejects.record.commit_token;
  });
  if (is_known) return {};
  rejects.rejects_of = of_part;
  parts.push_back(std::move(rejects));
  return {};
}

// What was written fits tables as they would have to be. Where a route holds its files until they
// are, it shows that the file would fit then, and goes.
std::optional<HeldBack> HoldBack(const Preparation& of, const PartQueries& work,
                                 const std::vector<engine::Written>& written) {
  std::vector<SchemaChange> changes;
  std::vector<ChangedTable> tables;
  for (std::size_t i = 0; i < work.parts.size(); ++i) {
    const PreparedPart& part = *work.parts[i];
    const auto& evolution = part.written->evolution;
    if (!evolution || part.plan.route.schema != routes::SchemaContract::kHold) continue;
    const iceberg::Schema& schema = work.tables[i].metadata->CurrentSchema();
    const std::string table = part.plan.table().ToString();
    changes.push_back({.table = table,
                       .route = part.plan.route.partition_key,
                       .demand = iceberg::DemandBetween(schema, evolution->schema)});
    tables.push_back({.table = table, .steps = evolution->steps});
  }
  if (changes.empty()) return std::nullopt;
  for (const engine::Written& one : written) RemoveDataFiles(of.services, one.files);
  return HeldBack{.why = HeldReason(tables), .schema_change = SchemaChangeText(changes)};
}

// Whatever fails here, none of the rows are in a table yet.
Status TakeAll(const Preparation& of, PartQueries& work, std::vector<engine::Written> written,
               PreparedParts& parts) {
  std::vector<std::pair<std::size_t, std::uint64_t>> rejected;  // by part, in its order
  for (std::size_t i = 0; i < work.parts.size(); ++i) {
    rejected.emplace_back(work.parts[i] - parts.data(), written[i].rows_rejected);
    TakeWritten(std::move(written[i]), *work.parts[i]);
  }
  for (std::size_t i = 0; i < rejected.size(); ++i) {
    const auto [part, rows] = rejected[i];
    if (rows == 0) continue;
    Status added = AddRejects(of, part, work.queries[i], rows, parts);
    if (added) continue;
    for (const PreparedPart& one : parts) {
      if (one.written) RemoveDataFiles(of.services, one.written->data_files);
    }
    return added;
  }
  return {};
}

// What a reader crashed on is not read again by itself: by the same program for the same SQL, or
// for routing where it came no further.
Status CheckNotCrashed(const ledger::Claim& claim, const std::string& program,
                       const std::string& sql_hash) {
  const auto& crash = claim.crash;
  if (!crash || crash->program != program || crash->sql_hash != sql_hash) return {};
  return Fail(Code::kReaderCrashed, crash->message);
}

Result<std::variant<Plan, Skipped>> RouteAndPlan(const Services& services, Claimed& file,
                                                 std::unique_ptr<const store::Prefetch>& opening,
                                                 const std::stop_token& stop) {
  StepTimer timer(services.clock, file.steps, Step::kRoute);
  ReadFacts facts(services, file.claim.file, opening, stop);
  EIDER_ASSIGN(const routing::RoutedFile routed, services.router.FindRoutes(facts));
  timer.Enter(Step::kTable);
  EIDER_ASSIGN(auto earlier, FindEarlierParts(services, file.claim));
  return PlanParts(routed, file.claim.commit_token, std::move(earlier));
}

}  // namespace

std::variant<PlannedFile, Skipped, Failed> PlanFile(const Services& services, Claimed& file,
                                                    const std::string& program,
                                                    const TableMaking& making, Opened opened,
                                                    const std::stop_token& stop) {
  try {
    if (const Status crashed = CheckNotCrashed(file.claim, program, ""); !crashed) {
      return Failed{std::nullopt, crashed.error()};
    }
    const auto is_of_none = IsOfNoVersion(services.store, file.claim.file);
    if (!is_of_none) return Failed{std::nullopt, is_of_none.error()};
    if (*is_of_none) {
      return Skipped{
          "its event told no version, and it was gone when that came; what is there now is another "
          "file to the ledger, which its own event, `eider reconcile` or `eider run` loads"};
    }
    std::unique_ptr<const store::Prefetch> opening;
    if (opened == Opened::kAtOnce) {
      opening = std::make_unique<const store::Prefetch>(services.store, file.claim.file, stop);
    }
    auto planned = RouteAndPlan(services, file, opening, stop);
    if (!planned) return Failed{std::nullopt, std::move(planned).error()};
    if (auto* skipped = std::get_if<Skipped>(&*planned)) return std::move(*skipped);
    Plan plan = std::get<Plan>(*std::move(planned));
    plan.planned_at = services.clock.Now();
    if (Status crashed = CheckNotCrashed(file.claim, program, SqlHashOf(plan)); !crashed) {
      return Failed{std::move(plan), std::move(crashed).error()};
    }
    if (auto here = SkipMovedHere(services, plan, file.claim.file)) return *std::move(here);
    TellTables(plan, making);
    return PlannedFile{std::move(file), std::move(plan), std::move(opening)};
  } catch (const std::exception& error) {
    return Failed{std::nullopt, OutOfMemory(error)};
  }
}

Result<Prepared> PrepareParts(const Services& services, const ledger::Claim& claim,
                              const Plan& plan, const TableMaking& making,
                              const store::Prefetch& opening, StepTimes& steps,
                              const std::stop_token& stop) {
  const Preparation of{services, claim, plan, making, opening, stop};
  StepTimer timer(services.clock, steps, Step::kTable);
  PreparedParts parts;
  for (const PlannedPart& part : plan.parts) parts.push_back({part, RecordOf(part)});
  TablesByName tables;
  EIDER_ASSIGN(PartQueries work, FindQueries(of, parts, tables));
  if (making.in_work != nullptr) making.in_work->HasTables(making.place);

  timer.Enter(Step::kQuery);
  if (work.parts.empty()) return parts;
  EIDER_ASSIGN(auto written, RunQueries(services, work, stop));
  if (auto held = HoldBack(of, work, written)) return *std::move(held);
  EIDER_CHECK(TakeAll(of, work, std::move(written), parts));
  return parts;
}

Result<Prepared> PrepareParts(const Services& services, PlannedFile& file,
                              const TableMaking& making, const std::stop_token& stop) {
  try {
    if (!file.opening) {
      file.opening =
          std::make_unique<const store::Prefetch>(services.store, file.file.claim.file, stop);
    }
    return PrepareParts(services, file.file.claim, file.plan, making, *file.opening,
                        file.file.steps, stop);
  } catch (const std::exception& error) {
    return std::unexpected(OutOfMemory(error));
  }
}

void TellTables(const Plan& plan, const TableMaking& making) {
  if (making.in_work == nullptr) return;
  std::set<iceberg::TableName> names;
  for (const PlannedPart& part : plan.parts) names.insert(part.table());
  making.in_work->GoesTo(making.place, std::move(names));
}

Error OutOfMemory(const std::exception& error) {
  return {Code::kOutOfMemory,
          fmt::format("this process has too little memory for the file ({}): {}", error.what(),
                      kRaiseProcessMemory)};
}

}  // namespace eider::pipeline
