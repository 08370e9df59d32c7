// Changes in memory, over what the catalog says.
#include "eider/catalog/dry_run_catalog.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/catalog/metadata_file.h"
#include "eider/catalog/pointer_error.h"
#include "eider/catalog/warehouse_location.h"
#include "eider/iceberg/locations.h"
#include "eider/iceberg/table_change.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::catalog {

using iceberg::TableMetadata;
using iceberg::TableName;

DryRunCatalog::DryRunCatalog(std::unique_ptr<Catalog> catalog, std::optional<Uri> warehouse,
                             Deps deps)
    : catalog_(std::move(catalog)), warehouse_(std::move(warehouse)), deps_(deps) {}

Result<LoadedTable> DryRunCatalog::Load(const TableName& table) {
  const std::lock_guard lock(mutex_);
  return LoadLocked(table);
}

Result<LoadedTable> DryRunCatalog::LoadLocked(const TableName& table) {
  const auto changed = changed_.find(table);
  if (changed == changed_.end()) return catalog_->Load(table);
  if (!changed->second) return std::unexpected(NoSuchTable(table));
  return *changed->second;
}

std::optional<LoadedTable> DryRunCatalog::Known(const TableName& table) {
  const std::lock_guard lock(mutex_);
  const auto changed = changed_.find(table);
  return changed == changed_.end() ? catalog_->Known(table) : changed->second;
}

// A place of its own for every state, as if its file had been written.
LoadedTable DryRunCatalog::NewState(TableMetadata metadata) {
  const std::string name =
      NewMetadataFileName(metadata, std::ssize(metadata.metadata_log), deps_.random);
  const auto folder = iceberg::MetadataFolder(metadata);
  std::string location = folder ? folder->Child(name).ToString() : name;
  return {std::make_shared<const TableMetadata>(std::move(metadata)), std::move(location)};
}

Result<LoadedTable> DryRunCatalog::Create(const CreateTableRequest& request) {
  const Uri nowhere{"file", "", "/dry-run"};
  EIDER_ASSIGN(const std::string location, LocationOf(request, warehouse_ ? *warehouse_ : nowhere));
  auto metadata = iceberg::MakeTableMetadata({.schema = request.schema,
                                              .spec = request.spec,
                                              .sort_order = request.sort_order,
                                              .location = location,
                                              .table_uuid = NewUuid(deps_.random),
                                              .properties = request.properties,
                                              .created_ms = UnixMillis(deps_.clock.Now())});
  if (!metadata) {
    return Fail(fmt::format("cannot create table {}", request.name.ToString()),
                std::move(metadata).error());
  }
  const std::lock_guard lock(mutex_);
  const auto present = LoadLocked(request.name);
  if (present) return std::unexpected(TableExists(request.name));
  if (present.error().code != Code::kNotFound) return std::unexpected(present.error());
  LoadedTable state = NewState(*std::move(metadata));
  changed_.insert_or_assign(request.name, state);
  return state;
}

Result<LoadedTable> DryRunCatalog::Commit(const TableName& table, const LoadedTable& base,
                                          const iceberg::TableChange& change) {
  const TableCommit commit{table, base, change};
  EIDER_ASSIGN(auto states, CommitAll({&commit, 1}));
  return std::move(states.front());
}

Result<std::vector<LoadedTable>> DryRunCatalog::CommitAll(std::span<const TableCommit> commits) {
  if (commits.size() > 1 && !commits_together()) {
    return Fail(
        Code::kUnsupported,
        fmt::format("this catalog commits to one table at a time, not to {}", commits.size()));
  }
  const std::lock_guard lock(mutex_);
  std::vector<LoadedTable> states;
  for (const TableCommit& commit : commits) {
    EIDER_ASSIGN(const LoadedTable present, LoadLocked(commit.table));
    const std::string& expected = commit.base.metadata_location;
    if (present.metadata_location != expected) {
      return std::unexpected(TableMoved(commit.table, expected, present.metadata_location));
    }
    auto next = iceberg::ApplyChange(*commit.base.metadata, commit.change,
                                     {expected, UnixMillis(deps_.clock.Now())});
    if (!next) {
      return Fail(fmt::format("cannot commit to table {}", commit.table.ToString()),
                  std::move(next).error());
    }
    states.push_back(NewState(*std::move(next)));
  }
  for (std::size_t i = 0; i < commits.size(); ++i) {
    changed_.insert_or_assign(commits[i].table, states[i]);
  }
  return states;
}

Status DryRunCatalog::Drop(const TableName& table, const LoadedTable& base) {
  const std::lock_guard lock(mutex_);
  EIDER_ASSIGN(const LoadedTable present, LoadLocked(table));
  if (present.metadata_location != base.metadata_location) {
    return std::unexpected(TableMoved(table, base.metadata_location, present.metadata_location));
  }
  changed_.insert_or_assign(table, std::nullopt);
  return {};
}

Result<std::vector<TableName>> DryRunCatalog::List() {
  const std::lock_guard lock(mutex_);
  EIDER_ASSIGN(auto tables, catalog_->List());
  for (const auto& [table, state] : changed_) {
    if (state) {
      tables.push_back(table);
    } else {
      std::erase(tables, table);
    }
  }
  std::ranges::sort(tables);
  const auto repeated = std::ranges::unique(tables);
  tables.erase(repeated.begin(), repeated.end());
  return tables;
}

}  // namespace eider::catalog
