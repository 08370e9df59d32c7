#include "eider/pipeline/target_tables.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/catalog/catalog.h"
#include "eider/engine/sql_engine.h"
#include "eider/iceberg/locations.h"
#include "eider/iceberg/partition.h"
#include "eider/iceberg/partition_term.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/sort_term.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/ledger/ledger.h"
#include "eider/ledger/loaded_files.h"
#include "eider/pipeline/commit_tokens.h"
#include "eider/pipeline/route_query.h"
#include "eider/routes/attribute_types.h"
#include "eider/routes/route.h"
#include "eider/routing/rejects_route.h"
#include "eider/store/prefetch.h"

namespace eider::pipeline {
namespace {

// Behind the name of a table in the log; empty: it has all columns.
std::string LeftOutText(const std::vector<std::string>& columns, const FileRef& file) {
  if (columns.empty()) return "";
  return fmt::format(" without {}: no value in {}", NamesOfLeftOut(columns), file.uri.ToString());
}

// Somebody may have been faster, or it may have been us: either way the table tells.
Result<catalog::LoadedTable> CreateTable(const Services& services,
                                         const catalog::CreateTableRequest& request,
                                         bool& is_ours) {
  const iceberg::TableName& name = request.name;
  auto created = services.catalog.Create(request);
  is_ours = created.has_value();
  if (created) return created;
  const Code code = created.error().code;
  if (code == Code::kAlreadyExists || code == Code::kOutcomeUnknown) {
    auto table = services.catalog.Load(name);
    if (table) return table;
    // That the table cannot be read just now may pass; that it is there already does not.
    const Code load_code = table.error().code;
    if (load_code != Code::kNotFound && load_code != Code::kUnsupported) {
      return Fail(fmt::format("cannot load table {}", name.ToString()), std::move(table).error());
    }
  }
  return Fail(fmt::format("cannot create table {}", name.ToString()), std::move(created).error());
}

// A table as a query makes it.
struct MadeTable {
  catalog::CreateTableRequest request;
  std::vector<std::string> left_out;  // as TargetTable has it
};

// Of the query's rows; nothing where it gives none: neither a failure nor a file without rows
// decides what a table is.
Result<std::optional<MadeTable>> MakeOfRows(const Services& services, const routes::Route& route,
                                            const engine::Query& query,
                                            const std::stop_token& stop) {
  EIDER_ASSIGN(auto made, services.engine.DescribeRows(query, stop));
  if (!made) return std::optional<MadeTable>();
  auto request = NewTableRequest(route, made->schema);
  if (!request) {
    Error error = std::move(request).error();
    if (const std::string left_out = LeftOutText(made->left_out, query.input); !left_out.empty()) {
      error.message += fmt::format("; the table would be made{}", left_out);
    }
    return std::unexpected(std::move(error));
  }
  return MadeTable{*std::move(request), std::move(made->left_out)};
}

// A table that is not there, of which files are LOADED: it was dropped or renamed, and a new one
// would hold the new files only. Errors: kNotFound, those of Ledger::Query.
Status CheckNeverLoaded(const Services& services, const iceberg::TableName& name) {
  const std::string table = name.ToString();
  auto loaded = ledger::FilesLoadedInto(services.ledger, table, 1);
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

// The same for a part that an earlier claim planned; a table that is gone has no rows.
Result<std::optional<std::int64_t>> FindPlannedPart(const Services& services,
                                                    const ledger::PartRecord& part,
                                                    const ledger::Claim& claim) {
  EIDER_ASSIGN(const auto name, iceberg::TableName::Parse(part.target_table));
  EIDER_ASSIGN(const auto table, LoadTable(services, name));
  if (!table) return std::optional<std::int64_t>();
  return FindRows(*table->metadata, name, part.commit_token, claim);
}

}  // namespace

Error MissingTable(const routes::Route& route) {
  return {Code::kNotFound,
          fmt::format("table {} does not exist; create it, or set create_table: true in route '{}'",
                      route.target_table.ToString(), route.partition_key)};
}

Result<catalog::CreateTableRequest> NewTableRequest(const routes::Route& route,
                                                    const iceberg::Schema& schema) {
  const routes::TableLayout& layout = route.layout;
  const auto wrong = [&](std::string_view attribute, Error error) {
    const std::string of_route =
        route.partition_key.empty() ? "" : fmt::format(" of route '{}'", route.partition_key);
    return Fail(fmt::format("cannot create table {}: {}{}", route.target_table.ToString(),
                            attribute, of_route),
                std::move(error));
  };
  catalog::CreateTableRequest request{.name = route.target_table,
                                      .schema = iceberg::AssignFreshIds(schema),
                                      .location = {},
                                      .properties = layout.properties};
  if (layout.location) request.location = layout.location->ToString();
  auto spec = iceberg::MakePartitionSpec(request.schema, layout.partition_by);
  if (!spec) return wrong(routes::kPartitionBy, std::move(spec).error());
  request.spec = *std::move(spec);
  auto order = iceberg::MakeSortOrder(request.schema, layout.sort_by);
  if (!order) return wrong(routes::kSortBy, std::move(order).error());
  request.sort_order = *std::move(order);
  return request;
}

Status CheckAppendable(const iceberg::TableMetadata& table, const iceberg::TableName& name) {
  auto columns = iceberg::PartitionColumns(table.CurrentSchema(), table.DefaultSpec());
  if (!columns) {
    return Fail(fmt::format("cannot append to table {}", name.ToString()),
                std::move(columns).error());
  }
  return {};
}

std::int64_t TargetFileSize(const iceberg::TableMetadata& table) {
  constexpr std::int64_t kTargetFileSizeDefault = 512LL << 20U;
  return std::max<std::int64_t>(
      table.PropertyAsInt("write.target-file-size-bytes", kTargetFileSizeDefault), 1);
}

Result<std::optional<catalog::LoadedTable>> LoadTable(const Services& services,
                                                      const iceberg::TableName& name) {
  auto table = services.catalog.Load(name);
  if (table) return table;
  if (table.error().code == Code::kNotFound) return std::optional<catalog::LoadedTable>();
  return Fail(fmt::format("cannot load table {}", name.ToString()), std::move(table).error());
}

Result<std::optional<TargetTable>> LoadOrCreate(const Services& services,
                                                const routes::Route& route,
                                                const engine::Query& query,
                                                const TableMaking& making,
                                                const std::stop_token& stop) {
  const iceberg::TableName& name = route.target_table;
  EIDER_ASSIGN(auto table, LoadTable(services, name));
  if (table) return TargetTable{*std::move(table)};
  if (!route.create_table) return std::unexpected(MissingTable(route));
  // Of several files that have no table yet the first one in the list makes it.
  if (making.in_work != nullptr) {
    making.in_work->AwaitEarlier(making.place, name, making.wait, stop);
  }
  const Status is_new = making.may_remake ? Status() : CheckNeverLoaded(services, name);
  // Only now: another may have made it, and loaded a file, meanwhile.
  EIDER_ASSIGN(table, LoadTable(services, name));
  if (table) return TargetTable{*std::move(table)};
  EIDER_CHECK(is_new);
  EIDER_ASSIGN(auto made, MakeOfRows(services, route, query, stop));
  if (!made) return std::optional<TargetTable>();
  bool is_ours = false;
  EIDER_ASSIGN(auto state, CreateTable(services, made->request, is_ours));
  if (!is_ours) return TargetTable{std::move(state)};
  services.log.info("created table {}{}", name.ToString(),
                    LeftOutText(made->left_out, query.input));
  return TargetTable{std::move(state), std::move(made->left_out)};
}

Result<TargetTable> CreateOfSample(const Services& services, const routes::Route& route,
                                   const FileRef& file, const std::stop_token& stop) {
  Plan plan;
  plan.planned_at = services.clock.Now();
  plan.parts.push_back({route, {}, {}});
  const store::Prefetch opening(services.store, file, stop);
  EIDER_ASSIGN(const engine::Query query,
               RouteQuery(services, file, plan, plan.parts.front(), &opening));
  EIDER_ASSIGN(auto made, MakeOfRows(services, route, query, stop));
  if (!made) {
    return Fail(Code::kInvalid,
                fmt::format("cannot create table {}: the query gives no rows of {}, and a table "
                            "is made of rows",
                            route.target_table.ToString(), file.uri.ToString()));
  }
  EIDER_ASSIGN(auto state, services.catalog.Create(made->request));
  return TargetTable{std::move(state), std::move(made->left_out)};
}

Result<catalog::LoadedTable> LoadOrCreateRejects(const Services& services,
                                                 const routes::Route& route) {
  const iceberg::TableName& name = route.target_table;
  EIDER_ASSIGN(auto table, LoadTable(services, name));
  if (table) return *std::move(table);
  bool is_ours = false;
  const catalog::CreateTableRequest request{
      .name = name, .schema = routing::RejectsSchema(), .location = {}, .properties = {}};
  EIDER_ASSIGN(auto created, CreateTable(services, request, is_ours));
  if (is_ours) services.log.info("created table {}", name.ToString());
  return created;
}

Result<std::optional<std::int64_t>> FindRows(const iceberg::TableMetadata& table,
                                             const iceberg::TableName& name,
                                             const std::string& token, const ledger::Claim& claim) {
  if (const auto snapshot_id = FindToken(table, token)) return snapshot_id;
  const auto& since = claim.interrupted_since;
  if (!since || KeepsSnapshotsSince(table, *since)) return std::optional<std::int64_t>();
  return Fail(
      Code::kOutcomeUnknown,
      fmt::format("an earlier load broke off and table {} has expired snapshots since, so it "
                  "cannot be told whether the rows are in; look for them, and load again "
                  "with --force if they are not",
                  name.ToString()));
}

Result<std::vector<ledger::PartRecord>> FindEarlierParts(const Services& services,
                                                         const ledger::Claim& claim) {
  std::vector<ledger::PartRecord> earlier;
  for (ledger::PartRecord part : claim.parts) {
    if (!part.is_loaded) {
      EIDER_ASSIGN(part.snapshot_id, FindPlannedPart(services, part, claim));
      part.is_loaded = part.snapshot_id.has_value();
    }
    if (part.is_loaded) earlier.push_back(std::move(part));
  }
  return earlier;
}

Result<engine::WriteTarget> WriteTargetOf(const Services& services, const iceberg::TableName& name,
                                          const catalog::LoadedTable& table) {
  const iceberg::TableMetadata& metadata = *table.metadata;
  const std::string prefix = NewUuid(services.random);
  EIDER_ASSIGN(Uri folder, iceberg::DataFolder(metadata, prefix));
  return engine::WriteTarget{
      .table_name = name.ToString(),
      .schema = metadata.CurrentSchema(),
      .data_location = std::move(folder),
      .file_prefix = prefix,
      .spec = metadata.DefaultSpec(),
      .sort_order = metadata.DefaultSortOrder(),
      .target_file_size_bytes = static_cast<std::uint64_t>(TargetFileSize(metadata)),
      .compression_codec = metadata.Property("write.parquet.compression-codec", "zstd"),
      .metrics_modes = iceberg::MetricsModes(metadata),
  };
}

}  // namespace eider::pipeline
