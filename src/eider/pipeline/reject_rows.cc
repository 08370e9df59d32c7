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
#include "eider/pipeline/target_tables.h"
#include "eider/routing/rejects_route.h"

namespace eider::pipeline {
namespace {

Status WritePart(const Rooms& rooms, PartLoad& part, const engine::PartQuery& ran,
                 std::uint64_t rows, const std::stop_token& stop) {
  EIDER_ASSIGN(const auto table, FindRejectsTable(rooms, part));
  part.rows = static_cast<std::int64_t>(rows);
  part.counts = {.read = part.rows, .filtered = 0, .rejected = part.rows};
  if (part.was_in) return {};
  EIDER_ASSIGN(const engine::WriteTarget target, WriteTargetOf(rooms, part, table));
  EIDER_ASSIGN(engine::Written written, rooms.engine.RunRejects(ran, target, stop));
  part.data_files = std::move(written.files);
  part.has_run = true;
  std::int64_t rows_written = 0;
  for (const iceberg::DataFile& file : part.data_files) rows_written += file.record_count;
  if (rows_written == part.rows) return {};
  RemoveDataFiles(rooms, part);
  return Fail(Code::kInternal,
              fmt::format("{} rows were set aside, and {} were written", part.rows, rows_written));
}

}  // namespace

Status AddRejects(const Rooms& rooms, FileLoad& load, const engine::PartQuery& ran,
                  std::uint64_t rows, const std::stop_token& stop) {
  PartLoad part;
  part.file = &load;
  part.route = routing::BadRowsRoute(load.parts.front().route);
  part.commit_token =
      ledger::PartToken(load.claim.commit_token, part.route.partition_key, part.values);
  if (Status written = WritePart(rooms, part, ran, rows, stop); !written) {
    return Fail(fmt::format("cannot put {} bad rows into table {}", rows, part.table().ToString()),
                std::move(written).error());
  }
  load.parts.push_back(std::move(part));
  return {};
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
