// One catalog over each kind of pointer, for the suites of what every catalog promises.
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

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/catalog/dry_run_pointer.h"
#include "eider/catalog/memory_table_pointer.h"
#include "eider/catalog/pointer_catalog.h"
#include "eider/catalog/sql_table_pointer.h"
#include "eider/store/memory_store.h"
#include "glue_database.h"

namespace eider::catalog {

inline const iceberg::TableName kOrders{{"bronze", "eu"}, "orders"};

// Hands every call on to a pointer that it does not own; fails the next swap on demand.
class SwitchedPointer final : public TablePointer {
 public:
  enum class Fault { kNone, kUnknownButDone, kUnknownAndNotDone, kUnavailable };

  SwitchedPointer(TablePointer& inner, const Fault* fault) : inner_(inner), fault_(fault) {}

  Result<std::string> Read(const iceberg::TableName& table) override { return inner_.Read(table); }

  Status Create(const iceberg::TableName& table, const std::string& location,
                const iceberg::TableMetadata& metadata) override {
    return Faulty([&] { return inner_.Create(table, location, metadata); });
  }

  Status Swap(const iceberg::TableName& table, const std::string& expected,
              const std::string& next) override {
    return Faulty([&] { return inner_.Swap(table, expected, next); });
  }

  Status LookBeforeSwap(const iceberg::TableName& table, const std::string& expected) override {
    return inner_.LookBeforeSwap(table, expected);
  }

  bool swaps_together() const override { return inner_.swaps_together(); }

  Status SwapAll(std::span<const PointerMove> moves) override {
    return Faulty([&] { return inner_.SwapAll(moves); });
  }

  Status Drop(const iceberg::TableName& table, const std::string& expected) override {
    return inner_.Drop(table, expected);
  }

  Result<std::vector<iceberg::TableName>> List() override { return inner_.List(); }

 private:
  Status Faulty(const std::function<Status()>& call) {
    switch (fault_ == nullptr ? Fault::kNone : *fault_) {
      case Fault::kNone:
        return call();
      case Fault::kUnknownButDone:
        EXPECT_TRUE(call());
        return Fail(Code::kOutcomeUnknown, "connection lost");
      case Fault::kUnknownAndNotDone:
        return Fail(Code::kOutcomeUnknown, "connection lost");
      case Fault::kUnavailable:
        return Fail(Code::kUnavailable, "busy");
    }
    return call();
  }

  TablePointer& inner_;
  const Fault* fault_;
};

// One place of pointers, as many clients of it as a test wants.
class Pointers {
 public:
  virtual ~Pointers() = default;
  virtual TablePointer& Client() = 0;

  virtual bool is_there() const { return true; }
};

class MemoryPointers final : public Pointers {
 public:
  TablePointer& Client() override { return pointer_; }

 private:
  MemoryTablePointer pointer_;
};

class SqlitePointers final : public Pointers {
 public:
  SqlitePointers() {
    std::string pattern = std::filesystem::temp_directory_path() / "eider-catalog-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }

  ~SqlitePointers() override {
    clients_.clear();
    std::filesystem::remove_all(folder_);
  }

  TablePointer& Client() override {
    auto pointer = OpenSqliteTablePointer({.path = folder_ / "catalog.db", .catalog_name = "lake"},
                                          clock_, random_);
    EXPECT_TRUE(pointer) << pointer.error().message;
    clients_.push_back(*std::move(pointer));
    return *clients_.back();
  }

 private:
  SystemClock clock_;
  SystemRandom random_;
  std::filesystem::path folder_;
  std::vector<std::unique_ptr<TablePointer>> clients_;
};

// What a dry run moves is moved for its own process alone.
class DryRunPointers final : public Pointers {
 public:
  TablePointer& Client() override { return pointer_; }

 private:
  DryRunPointer pointer_{std::make_unique<MemoryTablePointer>()};
};

class GluePointers final : public Pointers {
 public:
  TablePointer& Client() override {
    clients_.push_back(std::make_unique<PointerInDatabase>(glue_));
    return *clients_.back();
  }

  bool is_there() const override { return glue_.is_there(); }

 private:
  GlueDatabase glue_;
  std::vector<std::unique_ptr<TablePointer>> clients_;
};

struct Implementation {
  std::string name;
  std::function<std::unique_ptr<Pointers>()> make;
};

class CatalogContract : public testing::TestWithParam<Implementation> {
 protected:
  void SetUp() override {
    if (!pointers_->is_there()) GTEST_SKIP() << "EIDER_TEST_GLUE_ENDPOINT is not set";
    catalog_ = Client();
  }

  std::unique_ptr<PointerCatalog> Client() {
    return std::make_unique<PointerCatalog>(
        std::make_unique<SwitchedPointer>(pointers_->Client(), &fault_), *Uri::Parse("s3://wh/"),
        PointerCatalog::Deps{store_, clock_, random_});
  }

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

  // The keys of all objects below s3://wh/.
  std::vector<std::string> Files() {
    std::vector<std::string> keys;
    EXPECT_TRUE(store_.List({"s3", "wh", ""}, [&](const store::ObjectInfo& object) {
      keys.push_back(object.uri.key);
      return true;
    }));
    return keys;
  }

  SwitchedPointer::Fault fault_ = SwitchedPointer::Fault::kNone;
  store::MemoryStore store_;
  SystemClock clock_;
  SeededRandom random_{11};
  std::unique_ptr<Pointers> pointers_ = GetParam().make();
  std::unique_ptr<PointerCatalog> catalog_;
};

inline const auto kEveryCatalog =
    testing::Values(Implementation{"Memory", [] { return std::make_unique<MemoryPointers>(); }},
                    Implementation{"Sqlite", [] { return std::make_unique<SqlitePointers>(); }},
                    Implementation{"DryRun", [] { return std::make_unique<DryRunPointers>(); }},
                    Implementation{"Glue", [] { return std::make_unique<GluePointers>(); }});

inline std::string CatalogName(const testing::TestParamInfo<Implementation>& tested) {
  return tested.param.name;
}

}  // namespace eider::catalog
