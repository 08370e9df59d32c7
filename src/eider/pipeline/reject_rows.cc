// A second part of a file that is one part, and what older tables of rejects can take.
#include "eider/pipeline/reject_rows.h"

#include <algorithm>
#include <cstdint>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/file_records.h"
#include "eider/pipeline/part_queries.h"
#include "eider/pipeline/target_tables.h"
#include "eider/routing/rejects_route.h"

namespace eider::pipeline {
namespace {

Status WriteRejects(const Services& services, const ledger::Claim& claim,
                    const engine::PartQuery& ran, PreparedPart& part, const std::stop_token& stop) {
  const iceberg::TableName& name = part.plan.table();
  EIDER_ASSIGN(const auto table, LoadOrCreateRejects(services, part.plan.route));
  EIDER_ASSIGN(part.record.snapshot_id,
               FindRows(*table.metadata, name, part.plan.commit_token, claim));
  part.was_in = part.record.snapshot_id.has_value();
  part.record.is_loaded = part.was_in;
  if (part.was_in) return {};
  EIDER_CHECK(CheckAppendable(*table.metadata, name));
  EIDER_ASSIGN(const engine::WriteTarget target, WriteTargetOf(services, name, table));
  EIDER_ASSIGN(engine::Written written, services.engine.RunRejects(ran, target, stop));
  std::int64_t rows_written = 0;
  for (const iceberg::DataFile& file : written.files) rows_written += file.record_count;
  if (rows_written != part.record.rows) {
    RemoveDataFiles(services, written.files);
    return Fail(Code::kInternal, fmt::format("{} rows were set aside, and {} were written",
                                             part.record.rows, rows_written));
  }
  part.written = Written{table.metadata->table_uuid, std::move(written.files)};
  return {};
}

}  // namespace

Result<PreparedPart> PrepareRejects(const Services& services, const ledger::Claim& claim,
                                    const PlannedPart& of_part, const engine::PartQuery& ran,
                                    std::uint64_t rows, const std::stop_token& stop) {
  // Its record names no values: those are the part's, whose rows may be in or not.
  PlannedPart plan{routing::BadRowsRoute(of_part.route), {}, {}};
  plan.commit_token =
      ledger::PartToken(claim.commit_token, plan.route.partition_key, of_part.values);
  PreparedPart part{plan, RecordOf(plan)};
  part.record.rows = static_cast<std::int64_t>(rows);
  part.record.counts = {.read = part.record.rows, .filtered = 0, .rejected = part.record.rows};
  if (Status written = WriteRejects(services, claim, ran, part, stop); !written) {
    return Fail(fmt::format("cannot put {} bad rows into table {}", rows, plan.table().ToString()),
                std::move(written).error());
  }
  return part;
}

void FitRejects(const iceberg::Schema& table, engine::Query& query) {
  std::vector<std::string> columns;
  const auto wanted = routing::RejectsSchema().fields;
  for (const iceberg::Field& field : wanted) {
    if (std::ranges::find(table.fields, field.name, &iceberg::Field::name) != table.fields.end()) {
      columns.push_back(fmt::format("\"{}\"", field.name));
    }
  }
  if (columns.size() == wanted.size()) return;
  query.sql = fmt::format("SELECT {} FROM ({})", fmt::join(columns, ", "), query.sql);
}

}  // namespace eider::pipeline
