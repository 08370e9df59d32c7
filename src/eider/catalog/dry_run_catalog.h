// The real catalog to read; what a dry run changes in tables is changed in this process alone.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/catalog/catalog.h"
#include "eider/iceberg/table_name.h"

namespace eider::catalog {

// Safe for concurrent calls from several threads.
class DryRunCatalog final : public Catalog {
 public:
  // What it works with. Borrowed; both outlive it.
  struct Deps {
    Clock& clock;
    Random& random;
  };

  // `warehouse`: as PointerCatalog has it. A table for which the catalog would choose a location
  // has one that nothing is written to.
  DryRunCatalog(std::unique_ptr<Catalog> catalog, std::optional<Uri> warehouse, Deps deps);

  Result<LoadedTable> Load(const iceberg::TableName& table) override;
  std::optional<LoadedTable> Known(const iceberg::TableName& table) override;
  Result<LoadedTable> Create(const CreateTableRequest& request) override;
  Result<LoadedTable> Commit(const iceberg::TableName& table, const LoadedTable& base,
                             const iceberg::TableChange& change) override;

  bool commits_together() const override { return catalog_->commits_together(); }

  Result<std::vector<LoadedTable>> CommitAll(std::span<const TableCommit> commits) override;
  Status Drop(const iceberg::TableName& table, const LoadedTable& base) override;
  Result<std::vector<iceberg::TableName>> List() override;

  // No table is changed any more.
  void Forget() {
    const std::lock_guard lock(mutex_);
    changed_.clear();
  }

 private:
  Result<LoadedTable> LoadLocked(const iceberg::TableName& table);
  LoadedTable NewState(iceberg::TableMetadata metadata);

  std::unique_ptr<Catalog> catalog_;
  std::optional<Uri> warehouse_;
  Deps deps_;
  std::mutex mutex_;                                                  // guards changed_
  std::map<iceberg::TableName, std::optional<LoadedTable>> changed_;  // nothing: dropped
};

}  // namespace eider::catalog
