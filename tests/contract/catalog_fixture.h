// One catalog of each kind, for the suites of what every catalog promises.
#pragma once

#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "catalog_place.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/catalog/memory_table_pointer.h"
#include "eider/catalog/pointer_catalog.h"
#include "eider/catalog/postgres_table_pointer.h"
#include "eider/catalog/sqlite_table_pointer.h"
#include "eider/catalog/testing/forwarding_table_pointer.h"
#include "eider/store/memory_store.h"
#include "glue_database.h"
#include "postgres_schema.h"
#include "rest_place.h"

namespace eider::catalog {

inline const iceberg::TableName kOrders{{"bronze", "eu"}, "orders"};

// Over a pointer that it does not own: fails the next change on demand.
class SwitchedPointer final : public ForwardingTablePointer {
 public:
  SwitchedPointer(TablePointer& inner, const Fault* fault)
      : ForwardingTablePointer(inner), fault_(fault) {}

  Status Create(const iceberg::TableName& table, const std::string& location,
                const iceberg::TableMetadata& metadata) override {
    return Faulty<void>(fault_, [&] { return inner().Create(table, location, metadata); });
  }

  Status Swap(const PointerMove& move) override {
    return Faulty<void>(fault_, [&] { return inner().Swap(move); });
  }

  bool swaps_together() const override { return inner().swaps_together(); }

  Status SwapAll(std::span<const PointerMove> moves) override {
    return Faulty<void>(fault_, [&] { return inner().SwapAll(moves); });
  }

 private:
  const Fault* fault_;
};

// Clients over pointers, with their metadata files in memory.
class Pointers : public CatalogPlace {
 public:
  std::unique_ptr<Catalog> Client(const Fault* fault) override {
    return std::make_unique<PointerCatalog>(std::make_unique<SwitchedPointer>(Pointer(), fault),
                                            *Uri::Parse(root()),
                                            PointerCatalog::Deps{store_, clock_, random_});
  }

  store::ObjectStore& store() override { return store_; }

 protected:
  // Lives as long as the place.
  virtual TablePointer& Pointer() = 0;

  SystemClock clock_;
  SeededRandom random_{11};

 private:
  store::MemoryStore store_;
};

class MemoryPointers final : public Pointers {
  TablePointer& Pointer() override { return pointer_; }

  MemoryTablePointer pointer_;
};

class SqlitePointers final : public Pointers {
 public:
  SqlitePointers() {
    std::string pattern = std::filesystem::temp_directory_path() / "eider-catalog-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }

  ~SqlitePointers() override {
    pointers_.clear();
    std::filesystem::remove_all(folder_);
  }

 private:
  TablePointer& Pointer() override {
    auto pointer = OpenSqliteTablePointer({.path = folder_ / "catalog.db", .catalog_name = "lake"},
                                          clock_, random_);
    EXPECT_TRUE(pointer) << pointer.error().message;
    pointers_.push_back(*std::move(pointer));
    return *pointers_.back();
  }

  std::filesystem::path folder_;
  std::vector<std::unique_ptr<TablePointer>> pointers_;
};

class PostgresPointers final : public Pointers {
 public:
  std::string missing() const override { return schema_.missing(); }

 private:
  TablePointer& Pointer() override {
    auto pointer =
        OpenPostgresTablePointer({.uri = schema_.uri(), .catalog_name = "lake"}, clock_, random_);
    EXPECT_TRUE(pointer) << pointer.error().message;
    pointers_.push_back(*std::move(pointer));
    return *pointers_.back();
  }

  postgres::TestSchema schema_;
  std::vector<std::unique_ptr<TablePointer>> pointers_;
};

class GluePointers final : public Pointers {
 public:
  std::string missing() const override {
    return glue_.is_there() ? "" : "EIDER_TEST_GLUE_ENDPOINT is not set";
  }

 private:
  TablePointer& Pointer() override {
    pointers_.push_back(std::make_unique<PointerInDatabase>(glue_));
    return *pointers_.back();
  }

  GlueDatabase glue_;
  std::vector<std::unique_ptr<TablePointer>> pointers_;
};

struct Implementation {
  std::string name;
  std::function<std::unique_ptr<CatalogPlace>()> make;
};

class CatalogContract : public testing::TestWithParam<Implementation> {
 protected:
  void SetUp() override {
    if (const std::string missing = place_->missing(); !missing.empty()) GTEST_SKIP() << missing;
    catalog_ = Client();
  }

  std::unique_ptr<Catalog> Client() { return place_->Client(&fault_); }

  // A location below the place's root.
  std::string At(const std::string& below) const { return place_->root() + below; }

  static CreateTableRequest Request(const iceberg::TableName& name = kOrders) {
    iceberg::Schema schema;
    schema.fields = {{1, "id", false, {.kind = iceberg::TypeKind::kLong}, {}}};
    return {.name = name, .schema = schema, .location = {}, .properties = {}};
  }

  LoadedTable MustCreate(const CreateTableRequest& request = Request()) {
    auto created = catalog_->Create(request);
    EXPECT_TRUE(created) << created.error().message;
    return *std::move(created);
  }

  static iceberg::TableChange AddSnapshot(const LoadedTable& base, std::int64_t snapshot_id) {
    const iceberg::TableMetadata& table = *base.metadata;
    iceberg::Snapshot snapshot;
    snapshot.snapshot_id = snapshot_id;
    snapshot.parent_snapshot_id = table.current_snapshot_id;
    snapshot.sequence_number = table.last_sequence_number + 1;
    snapshot.timestamp_ms = table.last_updated_ms;
    snapshot.manifest_list = "s3://wh/snap-" + std::to_string(snapshot_id) + ".avro";
    snapshot.operation = "append";
    snapshot.schema_id = table.current_schema_id;
    return {{iceberg::AssertTableUuid{table.table_uuid},
             iceberg::AssertRefSnapshotId{"main", table.current_snapshot_id}},
            {iceberg::AddSnapshot{snapshot}, iceberg::MoveBranch(table, "main", snapshot_id)},
            {}};
  }

  LoadedTable MustCommit(const LoadedTable& base, std::int64_t snapshot_id) {
    auto next = catalog_->Commit(kOrders, base, AddSnapshot(base, snapshot_id));
    EXPECT_TRUE(next) << next.error().message;
    return *std::move(next);
  }

  // The URIs of all objects below the root.
  std::vector<std::string> Files() {
    std::vector<std::string> uris;
    EXPECT_TRUE(place_->store().List(*Uri::Parse(place_->root()), [&](const auto& object) {
      uris.push_back(object.uri.ToString());
      return true;
    }));
    return uris;
  }

  Fault fault_ = Fault::kNone;
  std::unique_ptr<CatalogPlace> place_ = GetParam().make();
  std::unique_ptr<Catalog> catalog_;
};

inline const auto kEveryCatalog =
    testing::Values(Implementation{"Memory", [] { return std::make_unique<MemoryPointers>(); }},
                    Implementation{"Sqlite", [] { return std::make_unique<SqlitePointers>(); }},
                    Implementation{"Postgres", [] { return std::make_unique<PostgresPointers>(); }},
                    Implementation{"Glue", [] { return std::make_unique<GluePointers>(); }},
                    Implementation{"Rest", [] { return std::make_unique<RestPlace>(); }});

inline std::string CatalogName(const testing::TestParamInfo<Implementation>& tested) {
  return tested.param.name;
}

}  // namespace eider::catalog
