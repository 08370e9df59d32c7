// A catalog over a TablePointer: metadata files are written here, the pointer decides.
//
// Commit writes the next metadata file first and then swaps the pointer; a lost race removes the
// file again, an unknown outcome leaves it. Metadata files never change, so the last state loaded
// of each table is kept and served while the pointer has not moved.
//
// Files are <metadata folder>/<version>-<uuid>.metadata.json; the version counts from 00000.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/uri.h"
#include "eider/catalog/catalog.h"
#include "eider/catalog/seen_tables.h"
#include "eider/catalog/table_pointer.h"
#include "eider/store/object_store.h"

namespace eider::catalog {

class PointerCatalog final : public Catalog {
 public:
  // What a catalog works with. Borrowed; all outlive it.
  struct Deps {
    store::ObjectStore& store;
    Clock& clock;
    Random& random;
  };

  // `warehouse`: where new tables go, as <warehouse>/<namespace>/<table>; without one, a table is
  // created only where the request names its location.
  PointerCatalog(std::unique_ptr<TablePointer> pointer, std::optional<Uri> warehouse, Deps deps);

  Result<LoadedTable> Load(const iceberg::TableName& table) override;

  std::optional<LoadedTable> Known(const iceberg::TableName& table) override {
    return seen_.Known(table);
  }

  Result<LoadedTable> Create(const CreateTableRequest& request) override;
  Result<LoadedTable> Commit(const iceberg::TableName& table, const LoadedTable& base,
                             const iceberg::TableChange& change) override;

  bool commits_together() const override { return pointer_->swaps_together(); }

  Result<std::vector<LoadedTable>> CommitAll(std::span<const TableCommit> commits) override;
  Status Drop(const iceberg::TableName& table, const LoadedTable& base) override;
  Result<std::vector<iceberg::TableName>> List() override;

 private:
  // The metadata of a table's next state, in a file that nothing points at yet.
  struct NextState {
    Uri file;
    iceberg::TableMetadata metadata;
  };

  // What was written before a failure is in `next`.
  Status WriteNextStates(std::span<const TableCommit> commits, std::vector<NextState>& next);
  Result<NextState> WriteNextState(const TableCommit& commit);
  Status SwapPointers(std::span<const TableCommit> commits, const std::vector<NextState>& next);
  Result<LoadedTable> ReadState(const iceberg::TableName& table, const std::string& location);
  // The file may be on its way yet.
  Result<Uri> WriteMetadata(const iceberg::TableMetadata& metadata, std::int64_t version);
  Error Unwritten(std::span<const Uri> files, Error error);
  Status AwaitFiles(std::span<const Uri> files);
  Status AwaitFilesOf(const TableCommit& commit, const NextState& next);
  Result<LoadedTable> Settle(const iceberg::TableName& table, const Uri& file,
                             iceberg::TableMetadata metadata, const Status& outcome);
  void RemoveExpiredMetadata(const iceberg::TableMetadata& base,
                             const iceberg::TableMetadata& next);

  std::unique_ptr<TablePointer> pointer_;
  std::optional<Uri> warehouse_;
  Deps deps_;
  SeenTables seen_;
};

}  // namespace eider::catalog
