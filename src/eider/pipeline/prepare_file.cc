// The way of one file from claim to data files. Each line hands a value to the next; a failure
// leaves by the first line that meets it.

#include <cstddef>
#include <cstdint>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/sql_engine.h"
#include "eider/iceberg/table_name.h"
#include "eider/pipeline/file_load.h"
#include "eider/pipeline/plan_parts.h"
#include "eider/pipeline/read_facts.h"
#include "eider/pipeline/reject_rows.h"
#include "eider/pipeline/route_query.h"
#include "eider/pipeline/step_times.h"
#include "eider/pipeline/target_tables.h"
#include "eider/routing/rejects_route.h"
#include "eider/routing/router.h"
#include "eider/store/prefetch.h"

namespace eider::pipeline {
namespace {

// The queries of parts that have rows to give, and where those go. The tables outlive it.
struct PartQueries {
  std::vector<PartLoad*> parts;
  std::vector<engine::PartQuery> queries;
};

// Whose memory it is that does not do is seen by the table; other errors name what they are about.
Error OfTable(const PartLoad& part, Error error) {
  if (error.code != Code::kOutOfMemory) return error;
  return Annotate("table " + part.table().ToString(), std::move(error));
}

// Adds the query of one part, unless its rows are in already.
Status FindTable(const Rooms& rooms, PartLoad& part, const store::Prefetch& opening,
                 TargetTables& tables, PartQueries& found, const std::stop_token& stop) {
  EIDER_ASSIGN(engine::Query query, RouteQuery(rooms, part, opening));
  EIDER_CHECK(FindTargetTable(rooms, query, tables, part, stop));
  if (part.was_in || part.has_run) return {};
  EIDER_ASSIGN(engine::WriteTarget target,
               WriteTargetOf(rooms, part, tables.find(part.table())->second));
  if (part.route.partition_key == routing::kRejectsKey) FitRejects(target.schema, query);
  found.parts.push_back(&part);
  found.queries.push_back({std::move(query), std::move(target)});
  return {};
}

Result<PartQueries> FindTables(const Rooms& rooms, FileLoad& load, const store::Prefetch& opening,
                               TargetTables& tables, const std::stop_token& stop) {
  PartQueries found;
  for (PartLoad& part : load.parts) {
    if (!part.route.enabled) continue;
    const Status status = FindTable(rooms, part, opening, tables, found, stop);
    if (status) continue;
    if (!load.is_fan_out()) return std::unexpected(OfTable(part, status.error()));
    return Fail(fmt::format("the part of route '{}'", part.route.partition_key), status.error());
  }
  return found;
}

// Files behind this one need not wait for it to make others.
void TellTables(const FileLoad& load) {
  if (load.in_work == nullptr) return;
  std::set<iceberg::TableName> names;
  for (const PartLoad& part : load.parts) names.insert(part.table());
  load.in_work->GoesTo(load.place, std::move(names));
}

// What the query did, for the part's record. The built-in route for rejects counts its rows there.
void TakeWritten(engine::Written written, PartLoad& part) {
  part.data_files = std::move(written.files);
  part.has_run = true;
  for (const iceberg::DataFile& file : part.data_files) part.rows += file.record_count;
  if (part.route.partition_key == routing::kRejectsKey) part.counts.rejected = part.rows;
  part.readers = std::move(written.readers);
  if (!written.rows_read) return;
  part.counts.read = static_cast<std::int64_t>(*written.rows_read - written.rows_rejected);
  if (written.is_row_by_row) part.counts.filtered = *part.counts.read - part.rows;
}

// Whatever fails here, the file's own rows are in no table yet.
Status TakeRejects(const Rooms& rooms, FileLoad& load, const engine::PartQuery& ran,
                   std::uint64_t rows, const std::stop_token& stop) {
  if (rows == 0) return {};
  Status added = AddRejects(rooms, load, ran, rows, stop);
  if (!added) RemoveDataFiles(rooms, load.parts.front());
  return added;
}

Status RunQueries(const Rooms& rooms, FileLoad& load, const PartQueries& work,
                  const std::stop_token& stop) {
  if (work.parts.empty()) return {};
  if (work.parts.size() == 1) {
    const engine::PartQuery& only = work.queries.front();
    auto of_file = rooms.engine.Run(only.query, only.target, stop);
    if (!of_file) return std::unexpected(OfTable(*work.parts.front(), of_file.error()));
    const std::uint64_t rejected = of_file->rows_rejected;
    TakeWritten(*std::move(of_file), *work.parts.front());
    return TakeRejects(rooms, load, only, rejected, stop);
  }
  EIDER_ASSIGN(auto written, rooms.engine.RunParts(work.queries, stop));
  for (std::size_t i = 0; i < work.parts.size(); ++i) {
    TakeWritten(std::move(written[i]), *work.parts[i]);
  }
  return {};
}

// What a reader crashed on is not read again by itself: by the same program for the same SQL, or
// for routing where it came no further.
Status CheckNotCrashed(const FileLoad& load) {
  const auto& crash = load.claim.crash;
  if (!crash || crash->program != load.program || crash->sql_hash != SqlHashOf(load)) return {};
  return Fail(Code::kReaderCrashed, crash->message);
}

}  // namespace

Status PrepareFile(const Rooms& rooms, FileLoad& load, const std::stop_token& stop) {
  EIDER_CHECK(CheckNotCrashed(load));
  // The file comes while route and tables load.
  const store::Prefetch opening(rooms.store, load.claim.file, stop);
  StepTimer timer(rooms.clock, load.steps.route);
  ReadFacts facts(rooms, load.claim.file, opening, stop);
  EIDER_ASSIGN(const routing::RoutedFile routed, rooms.router.FindRoutes(facts));

  timer.Enter(load.steps.table);
  EIDER_CHECK(FindEarlierParts(rooms, load));
  EIDER_CHECK(PlanParts(routed, load));
  EIDER_CHECK(CheckNotCrashed(load));
  TellTables(load);
  return PrepareParts(rooms, load, opening, timer, stop);
}

Status PrepareParts(const Rooms& rooms, FileLoad& load, const store::Prefetch& opening,
                    StepTimer& timer, const std::stop_token& stop) {
  timer.Enter(load.steps.table);
  TargetTables tables;
  EIDER_ASSIGN(const PartQueries work, FindTables(rooms, load, opening, tables, stop));
  if (load.in_work != nullptr) load.in_work->HasTables(load.place);

  timer.Enter(load.steps.query);
  return RunQueries(rooms, load, work, stop);
}

}  // namespace eider::pipeline
