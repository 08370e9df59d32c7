// A file whose rows may be in the table already has no share: what it is, is found out apart.
#include "eider/pipeline/prepare_group.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <stop_token>
#include <utility>
#include <vector>

#include "eider/base/result.h"
#include "eider/engine/sql_engine.h"
#include "eider/pipeline/commit_tokens.h"
#include "eider/pipeline/file_records.h"
#include "eider/pipeline/prepare_file.h"
#include "eider/pipeline/route_query.h"
#include "eider/pipeline/step_times.h"
#include "eider/pipeline/target_tables.h"

namespace eider::pipeline {
namespace {

// A query that takes longer hangs, perhaps, on one of the files: apart, the others are loaded.
constexpr Milliseconds kTimeMax{60'000};

PreparedPart PartOf(const PlannedPart& plan, const engine::GroupWritten::Share& share,
                    const std::string& readers) {
  PreparedPart part{plan, RecordOf(plan)};
  part.record.rows = share.rows;
  part.record.is_loaded = share.rows == 0;
  if (share.rows_read) {
    part.record.counts.read = static_cast<std::int64_t>(*share.rows_read);
    part.record.counts.filtered = *part.record.counts.read - share.rows;
  }
  part.readers = readers;
  return part;
}

Result<engine::GroupWritten> Run(const Services& services, PlannedFile& first,
                                 std::span<const engine::InputFile> inputs,
                                 const catalog::LoadedTable& table, const std::stop_token& stop) {
  const PlannedPart& plan = first.plan.parts.front();
  EIDER_CHECK(CheckAppendable(*table.metadata, plan.table()));
  EIDER_ASSIGN(const engine::Query query,
               RouteQuery(services, first.file.claim.file, first.plan, plan, first.opening.get()));
  EIDER_ASSIGN(const engine::WriteTarget target, WriteTargetOf(services, plan.table(), table));
  return services.engine.RunGroup(query, inputs, target, stop);
}

}  // namespace

bool MayShare(const PlannedFile& file) {
  if (file.plan.is_fan_out() || file.plan.parts.size() != 1) return false;
  const routing::Route& route = file.plan.parts.front().route;
  return route.enabled && !route.reject && route.inputs.empty() &&
         !file.file.claim.interrupted_since;
}

Result<PreparedGroup> PrepareGroup(const Services& services, std::span<PlannedFile> files,
                                   const catalog::LoadedTable& table,
                                   const std::stop_token& stop) try {
  Milliseconds taken{0};
  const TokenIndex tokens(*table.metadata);
  std::vector<std::size_t> sharing;
  std::vector<engine::InputFile> inputs;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (tokens.Find(files[i].plan.parts.front().commit_token)) continue;
    sharing.push_back(i);
    inputs.push_back({files[i].file.claim.file, files[i].opening.get()});
  }
  PreparedGroup group;
  group.parts.resize(files.size());
  if (inputs.size() < 2) return group;
  auto written = [&] {
    const StepTimer timer(services.clock, taken);
    return Run(services, files[sharing.front()], inputs, table, stop);
  }();
  if (!written) return std::unexpected(std::move(written).error());
  for (std::size_t i = 0; i < sharing.size(); ++i) {
    if (!written->shares[i]) continue;
    PlannedFile& file = files[sharing[i]];
    file.file.steps.query += taken;
    group.parts[sharing[i]] =
        PartOf(file.plan.parts.front(), *written->shares[i], written->readers);
  }
  group.written = {table.metadata->table_uuid, std::move(written->files)};
  return group;

} catch (const std::exception& error) {  // bad_alloc, system_error: too much for all at once

  return Fail(Code::kOutOfMemory, error.what());
}

}  // namespace eider::pipeline
