// The way of one file from claim to data files. Each line hands a value to the next; a failure
// leaves by the first line that meets it.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/catalog/catalog.h"
#include "eider/engine/sql_engine.h"
#include "eider/iceberg/bounds.h"
#include "eider/iceberg/locations.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/pipeline/commit_tokens.h"
#include "eider/pipeline/file_load.h"
#include "eider/pipeline/step_times.h"
#include "eider/store/prefetch.h"

namespace eider::pipeline {
namespace {

Result<catalog::LoadedTable> CreateTable(const Rooms& rooms, const routing::Route& route,
                                         const engine::Query& query) {
  EIDER_ASSIGN(iceberg::Schema schema, rooms.engine.Describe(query));
  auto created = rooms.catalog.Create({.name = route.target_table,
                                       .schema = std::move(schema),
                                       .location = std::nullopt,
                                       .properties = {}});
  if (created) {
    rooms.log.info("created table {}", route.target_table.ToString());
    return created;
  }
  const Code code = created.error().code;
  // Somebody was faster, or it may have been us: either way the table tells.
  if (code == Code::kAlreadyExists || code == Code::kOutcomeUnknown) {
    if (auto table = rooms.catalog.Load(route.target_table)) return table;
  }
  return Fail(fmt::format("cannot create table {}", route.target_table.ToString()),
              std::move(created).error());
}

Result<catalog::LoadedTable> LoadOrCreateTable(const Rooms& rooms, const routing::Route& route,
                                               const engine::Query& query) {
  auto table = rooms.catalog.Load(route.target_table);
  if (table) return table;
  if (table.error().code != Code::kNotFound) {
    return Fail(fmt::format("cannot load table {}", route.target_table.ToString()),
                std::move(table).error());
  }
  if (route.create_table) return CreateTable(rooms, route, query);
  return Fail(
      Code::kNotFound,
      fmt::format("table {} does not exist; create it, or set create_table: true in route '{}'",
                  route.target_table.ToString(), route.partition_key));
}

Status CheckAppendable(const iceberg::TableMetadata& table, const iceberg::TableName& name) {
  if (table.format_version != 2) {
    return Fail(Code::kUnsupported,
                fmt::format("table {} has format version {}, Eider appends to version 2",
                            name.ToString(), table.format_version));
  }
  if (!table.DefaultSpec().fields.empty()) {
    return Fail(
        Code::kUnsupported,
        fmt::format("table {} is partitioned (by {}), Eider appends to unpartitioned tables",
                    name.ToString(), table.DefaultSpec().fields.front().name));
  }
  return {};
}

// Whether an earlier, broken load of the file has its rows in the table already.
Result<std::optional<std::int64_t>> FindEarlierCommit(const iceberg::TableMetadata& table,
                                                      const FileLoad& load) {
  if (const auto snapshot_id = FindToken(table, load.claim.commit_token)) return snapshot_id;
  const auto& since = load.claim.interrupted_since;
  if (!since || KeepsSnapshotsSince(table, *since)) return std::optional<std::int64_t>();
  return Fail(
      Code::kOutcomeUnknown,
      fmt::format("an earlier load broke off and table {} has expired snapshots since, so it "
                  "cannot be told whether the rows are in; look for them, and load again "
                  "with --force if they are not",
                  load.table.ToString()));
}

Result<engine::WriteTarget> MakeWriteTarget(const Rooms& rooms, const iceberg::TableMetadata& table,
                                            const iceberg::TableName& name) {
  constexpr std::int64_t kTargetFileSizeDefault = 512LL << 20U;
  const std::string prefix = NewUuid(rooms.random);
  EIDER_ASSIGN(Uri folder, iceberg::DataFolder(table, prefix));
  const std::int64_t file_size =
      table.PropertyAsInt("write.target-file-size-bytes", kTargetFileSizeDefault);
  return engine::WriteTarget{
      .table_name = name.ToString(),
      .schema = table.CurrentSchema(),
      .data_location = std::move(folder),
      .file_prefix = prefix,
      .target_file_size_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(file_size, 1)),
      .compression_codec = table.Property("write.parquet.compression-codec", "zstd"),
      .metrics_modes = iceberg::MetricsModes(table),
  };
}

}  // namespace

Status PrepareFile(const Rooms& rooms, FileLoad& load, const std::stop_token& stop) {
  // The file comes while route and table load.
  const store::Prefetch opening(rooms.store, load.claim.file, stop);
  StepTimer timer(rooms.clock, load.steps.route);
  EIDER_ASSIGN(const routing::Route route, rooms.router.FindRoute(load.claim.file));
  load.result.route = route.partition_key;
  load.result.target_table = route.target_table.ToString();
  load.table = route.target_table;

  const engine::Query query{.sql = route.query_sql, .input = load.claim.file, .opening = &opening};
  timer.Enter(load.steps.table);
  EIDER_ASSIGN(const catalog::LoadedTable table, LoadOrCreateTable(rooms, route, query));
  load.table_uuid = table.metadata->table_uuid;
  EIDER_ASSIGN(load.result.snapshot_id, FindEarlierCommit(*table.metadata, load));
  load.rows_are_in = load.result.snapshot_id.has_value();
  if (load.rows_are_in) return {};

  timer.Enter(load.steps.query);
  EIDER_CHECK(CheckAppendable(*table.metadata, route.target_table));
  EIDER_ASSIGN(const engine::WriteTarget target,
               MakeWriteTarget(rooms, *table.metadata, route.target_table));
  EIDER_ASSIGN(load.data_files, rooms.engine.Run(query, target, stop));
  for (const iceberg::DataFile& file : load.data_files) load.result.rows += file.record_count;
  return {};
}

void RemoveDataFiles(const Rooms& rooms, const FileLoad& load) {
  for (const iceberg::DataFile& file : load.data_files) {
    auto uri = Uri::Parse(file.file_path);
    const Status removed = uri ? rooms.store.Remove(*uri) : Status(std::unexpected(uri.error()));
    if (!removed) {
      rooms.log.warn("data file {} is in no snapshot and could not be removed: {}", file.file_path,
                     removed.error().message);
    }
  }
}

}  // namespace eider::pipeline
