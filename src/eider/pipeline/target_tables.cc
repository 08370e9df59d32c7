// Loading and creating of target tables, and the look for commit tokens in them.
#include "eider/pipeline/target_tables.h"

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
#include "eider/ledger/ledger.h"
#include "eider/pipeline/commit_tokens.h"
#include "eider/routing/rejects_route.h"

namespace eider::pipeline {
namespace {

// Behind the name of a table in the log; empty: it has all columns.
std::string LeftOutText(const std::vector<std::string>& columns, const FileRef& file) {
  if (columns.empty()) return "";
  return fmt::format(" without {}: no value in {}", NamesOfLeftOut(columns), file.uri.ToString());
}

Result<catalog::LoadedTable> CreateTable(const Rooms& rooms, PartLoad& part,
                                         engine::NewTable made) {
  const routing::Route& route = part.route;
  auto created = rooms.catalog.Create({.name = route.target_table,
                                       .schema = std::move(made.schema),
                                       .location = std::nullopt,
                                       .properties = {}});
  if (created) {
    part.left_out = std::move(made.left_out);
    rooms.log.info("created table {}{}", part.table().ToString(),
                   LeftOutText(part.left_out, part.file->claim.file));
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

// Nothing where there is no such table.
Result<std::optional<catalog::LoadedTable>> LoadTable(const Rooms& rooms,
                                                      const iceberg::TableName& name) {
  auto table = rooms.catalog.Load(name);
  if (table) return table;
  if (table.error().code == Code::kNotFound) return std::optional<catalog::LoadedTable>();
  return Fail(fmt::format("cannot load table {}", name.ToString()), std::move(table).error());
}

// A table that is not there, of which files are LOADED: it was dropped or renamed, and a new one
// would hold the new files only. Errors: kNotFound, those of Ledger::Query.
Status CheckNeverLoaded(const Rooms& rooms, const iceberg::TableName& name) {
  const std::string table = name.ToString();
  auto loaded = rooms.ledger.Query({.state = ledger::State::kLoaded,
                                    .uri_prefix = {},
                                    .target_table = table,
                                    .limit = 1,
                                    .only_with_rows = true});
  if (!loaded && loaded.error().code == Code::kUnsupported) return {};  // no ledger is kept
  if (!loaded) {
    return Fail(fmt::format("cannot ask the ledger for earlier files of table {}", table),
                std::move(loaded).error());
  }
  if (loaded->empty()) return {};
  return Fail(Code::kNotFound,
              fmt::format("table {} does not exist, but files were loaded into it, such as {}: a "
                          "new table would not hold them. Restore the table, or begin it anew by "
                          "`eider run --remake-tables`, which loads no earlier file again",
                          table, loaded->front().file.uri.ToString()));
}

// Nothing where the table is not there and the query gives no rows to make it of.
Result<std::optional<catalog::LoadedTable>> LoadOrCreateTable(const Rooms& rooms, PartLoad& part,
                                                              const engine::Query& query,
                                                              const std::stop_token& stop) {
  const FileLoad& load = *part.file;
  const routing::Route& route = part.route;
  EIDER_ASSIGN(auto table, LoadTable(rooms, route.target_table));
  if (table) return table;
  if (!route.create_table) return std::unexpected(MissingTable(route));
  // Of several files that have no table yet the first one in the list makes it.
  if (load.in_work != nullptr) {
    load.in_work->AwaitEarlier(load.place, route.target_table, load.table_wait, stop);
  }
  const Status is_new =
      load.may_remake_tables ? Status() : CheckNeverLoaded(rooms, route.target_table);
  // Only now: another may have made it, and loaded a file, meanwhile.
  EIDER_ASSIGN(table, LoadTable(rooms, route.target_table));
  if (table) return table;
  EIDER_CHECK(is_new);
  // A table is made of rows: neither a failure nor a file without any decides what it is.
  EIDER_ASSIGN(const std::uint64_t rows_given, rooms.engine.CountRows(query, stop));
  if (rows_given == 0) return std::optional<catalog::LoadedTable>();
  EIDER_ASSIGN(engine::NewTable made, rooms.engine.Describe(query));
  return CreateTable(rooms, part, std::move(made));
}

// Whether a load whose earlier attempt broke off has its rows in the table already.
Result<std::optional<std::int64_t>> FindCommit(const iceberg::TableMetadata& table,
                                               const std::string& table_name,
                                               const std::string& token,
                                               const ledger::Claim& claim) {
  if (const auto snapshot_id = FindToken(table, token)) return snapshot_id;
  const auto& since = claim.interrupted_since;
  if (!since || KeepsSnapshotsSince(table, *since)) return std::optional<std::int64_t>();
  return Fail(
      Code::kOutcomeUnknown,
      fmt::format("an earlier load broke off and table {} has expired snapshots since, so it "
                  "cannot be told whether the rows are in; look for them, and load again "
                  "with --force if they are not",
                  table_name));
}

// The same for a part that an earlier claim planned; a table that is gone has no rows.
Result<std::optional<std::int64_t>> FindPlannedPart(const Rooms& rooms,
                                                    const ledger::PartRecord& part,
                                                    const ledger::Claim& claim) {
  EIDER_ASSIGN(const auto name, iceberg::TableName::Parse(part.target_table));
  auto table = rooms.catalog.Load(name);
  if (!table && table.error().code == Code::kNotFound) return std::optional<std::int64_t>();
  if (!table) {
    return Fail(fmt::format("cannot load table {}", part.target_table), std::move(table).error());
  }
  return FindCommit(*table->metadata, part.target_table, part.commit_token, claim);
}

}  // namespace

Error MissingTable(const routing::Route& route) {
  return {Code::kNotFound,
          fmt::format("table {} does not exist; create it, or set create_table: true in route '{}'",
                      route.target_table.ToString(), route.partition_key)};
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

std::int64_t TargetFileSize(const iceberg::TableMetadata& table) {
  constexpr std::int64_t kTargetFileSizeDefault = 512LL << 20U;
  return std::max<std::int64_t>(
      table.PropertyAsInt("write.target-file-size-bytes", kTargetFileSizeDefault), 1);
}

Status FindEarlierParts(const Rooms& rooms, FileLoad& load) {
  for (ledger::PartRecord part : load.claim.parts) {
    if (!part.is_loaded) {
      EIDER_ASSIGN(part.snapshot_id, FindPlannedPart(rooms, part, load.claim));
      part.is_loaded = part.snapshot_id.has_value();
    }
    if (part.is_loaded) load.parts_before.push_back(std::move(part));
  }
  return {};
}

Status FindTargetTable(const Rooms& rooms, const engine::Query& query, TargetTables& tables,
                       PartLoad& part, const std::stop_token& stop) {
  auto found = tables.find(part.table());
  if (found == tables.end()) {
    EIDER_ASSIGN(auto table, LoadOrCreateTable(rooms, part, query, stop));
    part.has_run = !table.has_value();
    if (part.has_run) return {};
    found = tables.emplace(part.table(), *std::move(table)).first;
  }
  const iceberg::TableMetadata& table = *found->second.metadata;
  part.table_uuid = table.table_uuid;
  // A part of several was looked for by its plan, if it ever had one.
  if (part.file->is_fan_out()) {
    part.snapshot_id = FindToken(table, part.commit_token);
  } else {
    EIDER_ASSIGN(part.snapshot_id,
                 FindCommit(table, part.table().ToString(), part.commit_token, part.file->claim));
  }
  part.was_in = part.snapshot_id.has_value();
  if (part.was_in) return {};
  return CheckAppendable(table, part.table());
}

Result<catalog::LoadedTable> FindRejectsTable(const Rooms& rooms, PartLoad& part) {
  EIDER_ASSIGN(auto table, LoadTable(rooms, part.table()));
  if (!table) {
    EIDER_ASSIGN(table, CreateTable(rooms, part, {routing::RejectsSchema(), {}}));
  }
  part.table_uuid = table->metadata->table_uuid;
  EIDER_ASSIGN(part.snapshot_id, FindCommit(*table->metadata, part.table().ToString(),
                                            part.commit_token, part.file->claim));
  part.was_in = part.snapshot_id.has_value();
  if (!part.was_in) EIDER_CHECK(CheckAppendable(*table->metadata, part.table()));
  return *std::move(table);
}

Result<engine::WriteTarget> WriteTargetOf(const Rooms& rooms, const PartLoad& part,
                                          const catalog::LoadedTable& table) {
  const iceberg::TableMetadata& metadata = *table.metadata;
  const std::string prefix = NewUuid(rooms.random);
  EIDER_ASSIGN(Uri folder, iceberg::DataFolder(metadata, prefix));
  return engine::WriteTarget{
      .table_name = part.table().ToString(),
      .schema = metadata.CurrentSchema(),
      .data_location = std::move(folder),
      .file_prefix = prefix,
      .target_file_size_bytes = static_cast<std::uint64_t>(TargetFileSize(metadata)),
      .compression_codec = metadata.Property("write.parquet.compression-codec", "zstd"),
      .metrics_modes = iceberg::MetricsModes(metadata),
  };
}

}  // namespace eider::pipeline
