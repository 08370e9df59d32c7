// What every catalog over a table pointer promises, over each pointer.
#include <stdlib.h>

#include <algorithm>
#include <barrier>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/catalog/memory_table_pointer.h"
#include "eider/catalog/pointer_catalog.h"
#include "eider/catalog/sql_table_pointer.h"
#include "eider/store/memory_store.h"
#include "glue_database.h"

namespace eider::catalog {
namespace {

using iceberg::TableName;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

const TableName kOrders{{"bronze", "eu"}, "orders"};

// Hands every call on to a pointer that it does not own; fails the next swap on demand.
class SwitchedPointer final : public TablePointer {
 public:
  enum class Fault { kNone, kUnknownButDone, kUnknownAndNotDone, kUnavailable };

  SwitchedPointer(TablePointer& inner, const Fault* fault) : inner_(inner), fault_(fault) {}

  Result<std::string> Read(const TableName& table) override { return inner_.Read(table); }

  Status Create(const TableName& table, const std::string& location,
                const iceberg::TableMetadata& metadata) override {
    return Faulty([&] { return inner_.Create(table, location, metadata); });
  }

  Status Swap(const TableName& table, const std::string& expected,
              const std::string& next) override {
    return Faulty([&] { return inner_.Swap(table, expected, next); });
  }

  Result<std::vector<TableName>> List() override { return inner_.List(); }

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
    auto pointer = OpenSqliteTablePointer(folder_ / "catalog.db", "lake");
    EXPECT_TRUE(pointer) << pointer.error().message;
    clients_.push_back(*std::move(pointer));
    return *clients_.back();
  }

 private:
  std::filesystem::path folder_;
  std::vector<std::unique_ptr<TablePointer>> clients_;
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
        PointerCatalog::Rooms{store_, clock_, random_});
  }

  static CreateTableRequest Request(const TableName& name = kOrders) {
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
            {iceberg::AddSnapshot{snapshot}, iceberg::MoveBranch(table, "main", snapshot_id)}};
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

TEST_P(CatalogContract, CreatedTableIsLoadedAndListed) {
  const LoadedTable created = MustCreate();
  EXPECT_EQ(created.metadata->location, "s3://wh/bronze/eu/orders");
  EXPECT_THAT(created.metadata_location,
              testing::StartsWith("s3://wh/bronze/eu/orders/metadata/00000-"));
  MustCreate(Request({{"a"}, "t"}));
  const auto other = Client();
  const auto loaded = other->Load(kOrders);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->metadata_location, created.metadata_location);
  EXPECT_EQ(*loaded->metadata, *created.metadata);
  EXPECT_THAT(*other->List(), ElementsAre(TableName{{"a"}, "t"}, kOrders));
}

TEST_P(CatalogContract, LocationAndPropertiesAsAsked) {
  CreateTableRequest request = Request();
  request.location = "s3://wh/else/where/";
  request.properties = {{"write.metadata.path", "s3://wh/meta"},
                        {"write.metadata.compression-codec", "gzip"}};
  const LoadedTable created = MustCreate(request);
  EXPECT_EQ(created.metadata->location, "s3://wh/else/where");
  EXPECT_THAT(created.metadata_location, testing::StartsWith("s3://wh/meta/00000-"));
  EXPECT_THAT(created.metadata_location, testing::EndsWith(".gz.metadata.json"));
  EXPECT_EQ(*Client()->Load(kOrders)->metadata, *created.metadata);
}

TEST_P(CatalogContract, CreateTwiceKeepsTheFirst) {
  const LoadedTable first = MustCreate();
  const auto second = Client()->Create(Request());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kAlreadyExists);
  EXPECT_THAT(Files(), SizeIs(1));
  EXPECT_EQ(catalog_->Load(kOrders)->metadata_location, first.metadata_location);
}

TEST_P(CatalogContract, InvalidSchemaCreatesNothing) {
  CreateTableRequest request = Request();
  request.schema.fields.push_back(request.schema.fields.front());
  const auto created = catalog_->Create(request);
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, Code::kInvalid);
  EXPECT_THAT(created.error().message, HasSubstr("bronze.eu.orders"));
  EXPECT_THAT(Files(), SizeIs(0));
}

TEST_P(CatalogContract, MissingTableIsNotFound) {
  EXPECT_EQ(catalog_->Load(kOrders).error().code, Code::kNotFound);
  const LoadedTable other = MustCreate(Request({{"a"}, "t"}));
  const auto committed = catalog_->Commit(kOrders, other, AddSnapshot(other, 1));
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, Code::kNotFound);
  EXPECT_THAT(Files(), SizeIs(1));
}

TEST_P(CatalogContract, CommitMovesTheTable) {
  const LoadedTable created = MustCreate();
  const LoadedTable first = MustCommit(created, 101);
  const LoadedTable second = MustCommit(first, 102);
  EXPECT_THAT(second.metadata_location, HasSubstr("/metadata/00002-"));
  const auto loaded = Client()->Load(kOrders);
  EXPECT_EQ(loaded->metadata_location, second.metadata_location);
  EXPECT_EQ(loaded->metadata->current_snapshot_id, 102);
  EXPECT_THAT(loaded->metadata->snapshots, SizeIs(2));
  ASSERT_THAT(loaded->metadata->metadata_log, SizeIs(2));
  EXPECT_EQ(loaded->metadata->metadata_log[0].metadata_file, created.metadata_location);
  EXPECT_EQ(loaded->metadata->metadata_log[1].metadata_file, first.metadata_location);
}

TEST_P(CatalogContract, StaleBaseConflictsAndLeavesNoFile) {
  const LoadedTable base = MustCreate();
  const LoadedTable winner = MustCommit(base, 101);
  const auto lost = Client()->Commit(kOrders, base, AddSnapshot(base, 102));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::kConflict);
  EXPECT_THAT(Files(), SizeIs(2));
  EXPECT_EQ(catalog_->Load(kOrders)->metadata_location, winner.metadata_location);
}

TEST_P(CatalogContract, UnmetRequirementConflictsAndWritesNothing) {
  const LoadedTable base = MustCreate();
  iceberg::TableChange change = AddSnapshot(base, 101);
  change.requirements.push_back(iceberg::AssertTableUuid{"00000000-0000-4000-8000-000000000000"});
  EXPECT_EQ(catalog_->Commit(kOrders, base, change).error().code, Code::kConflict);
  change = AddSnapshot(base, 101);
  change.requirements.push_back(iceberg::AssertRefSnapshotId{"main", 7});
  EXPECT_EQ(catalog_->Commit(kOrders, base, change).error().code, Code::kConflict);
  EXPECT_EQ(catalog_->Load(kOrders)->metadata_location, base.metadata_location);
  EXPECT_THAT(Files(), SizeIs(1));
}

TEST_P(CatalogContract, UnknownOutcomeThatHappenedIsFoundByLoading) {
  const LoadedTable base = MustCreate();
  fault_ = SwitchedPointer::Fault::kUnknownButDone;
  const auto result = catalog_->Commit(kOrders, base, AddSnapshot(base, 101));
  fault_ = SwitchedPointer::Fault::kNone;
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kOutcomeUnknown);
  EXPECT_THAT(result.error().message, HasSubstr("bronze/eu/orders/metadata/00001-"));
  EXPECT_EQ(catalog_->Load(kOrders)->metadata->current_snapshot_id, 101);
}

TEST_P(CatalogContract, UnknownOutcomeThatDidNotHappenKeepsTheFile) {
  const LoadedTable base = MustCreate();
  fault_ = SwitchedPointer::Fault::kUnknownAndNotDone;
  const auto result = catalog_->Commit(kOrders, base, AddSnapshot(base, 101));
  fault_ = SwitchedPointer::Fault::kNone;
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kOutcomeUnknown);
  EXPECT_THAT(Files(), SizeIs(2));
  EXPECT_EQ(catalog_->Load(kOrders)->metadata_location, base.metadata_location);
  MustCommit(base, 101);
}

TEST_P(CatalogContract, UnknownCreationKeepsTheFile) {
  fault_ = SwitchedPointer::Fault::kUnknownButDone;
  EXPECT_EQ(catalog_->Create(Request()).error().code, Code::kOutcomeUnknown);
  fault_ = SwitchedPointer::Fault::kNone;
  EXPECT_TRUE(catalog_->Load(kOrders));
}

TEST_P(CatalogContract, SureFailureRemovesTheFile) {
  const LoadedTable base = MustCreate();
  fault_ = SwitchedPointer::Fault::kUnavailable;
  EXPECT_EQ(catalog_->Commit(kOrders, base, AddSnapshot(base, 1)).error().code, Code::kUnavailable);
  EXPECT_EQ(catalog_->Create(Request({{"a"}, "t"})).error().code, Code::kUnavailable);
  EXPECT_THAT(Files(), SizeIs(1));
}

TEST_P(CatalogContract, DeletesOldMetadataWhenTheTableSaysSo) {
  CreateTableRequest request = Request();
  request.properties = {{"write.metadata.delete-after-commit.enabled", "true"},
                        {"write.metadata.previous-versions-max", "2"}};
  LoadedTable state = MustCreate(request);
  for (int i = 1; i <= 5; ++i) state = MustCommit(state, i);
  const auto& log = state.metadata->metadata_log;
  ASSERT_THAT(log, SizeIs(2));
  std::vector<std::string> kept;
  for (const std::string& key : Files()) kept.push_back("s3://wh/" + key);
  EXPECT_THAT(kept, testing::UnorderedElementsAre(log[0].metadata_file, log[1].metadata_file,
                                                  state.metadata_location));
}

TEST_P(CatalogContract, KeepsOldMetadataOtherwise) {
  CreateTableRequest request = Request();
  request.properties = {{"write.metadata.previous-versions-max", "1"}};
  LoadedTable state = MustCreate(request);
  for (int i = 1; i <= 4; ++i) state = MustCommit(state, i);
  EXPECT_THAT(state.metadata->metadata_log, SizeIs(1));
  EXPECT_THAT(Files(), SizeIs(5));
}

TEST_P(CatalogContract, ServesTheKeptStateUntilThePointerMoves) {
  const LoadedTable created = MustCreate();
  EXPECT_EQ(catalog_->Load(kOrders)->metadata.get(), created.metadata.get());
  const auto other = Client();
  const LoadedTable base = *other->Load(kOrders);
  ASSERT_TRUE(other->Commit(kOrders, base, AddSnapshot(base, 7)));
  EXPECT_EQ(catalog_->Load(kOrders)->metadata->current_snapshot_id, 7);
  EXPECT_EQ(created.metadata->current_snapshot_id, std::nullopt);
}

TEST_P(CatalogContract, DamagedOrMissingMetadataIsCorruptAndNamed) {
  const LoadedTable created = MustCreate();
  const Uri file = *Uri::Parse(created.metadata_location);
  ASSERT_TRUE(store_.Put(file, "{\"format-version\": 2", store::PutMode::kReplace));
  const auto damaged = Client()->Load(kOrders);
  EXPECT_EQ(damaged.error().code, Code::kCorrupt);
  EXPECT_THAT(damaged.error().message, HasSubstr(created.metadata_location));
  ASSERT_TRUE(store_.Remove(file));
  const auto missing = Client()->Load(kOrders);
  EXPECT_EQ(missing.error().code, Code::kCorrupt);
  EXPECT_THAT(missing.error().message, HasSubstr(created.metadata_location));
}

TEST_P(CatalogContract, OneOfTwoRacingCommittersWinsEachRound) {
  constexpr int kRounds = 25;
  MustCreate();
  std::barrier gate(2);
  std::vector<std::vector<std::optional<Code>>> outcomes(2);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < 2; ++i) {
      threads.emplace_back([&, i, client = Client()] {
        for (int round = 0; round < kRounds; ++round) {
          gate.arrive_and_wait();
          const auto base = client->Load(kOrders);
          gate.arrive_and_wait();
          if (!base) {
            outcomes[i].push_back(base.error().code);
            continue;
          }
          const std::int64_t snapshot_id = round * 2 + static_cast<std::int64_t>(i) + 1;
          const auto next = client->Commit(kOrders, *base, AddSnapshot(*base, snapshot_id));
          outcomes[i].push_back(next ? std::nullopt : std::optional(next.error().code));
        }
      });
    }
  }
  for (std::size_t round = 0; round < kRounds; ++round) {
    const std::vector<std::optional<Code>> both = {outcomes[0][round], outcomes[1][round]};
    EXPECT_THAT(both, testing::UnorderedElementsAre(std::nullopt, Code::kConflict)) << round;
  }
  EXPECT_THAT(catalog_->Load(kOrders)->metadata->snapshots, SizeIs(kRounds));
  EXPECT_THAT(Files(), SizeIs(kRounds + 1));
}

TEST_P(CatalogContract, NoCommitOfEightThreadsIsLost) {
  constexpr int kThreads = 8;
  constexpr int kCommits = 6;
  MustCreate();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i, client = Client()] {
        for (int done = 0; done < kCommits;) {
          const auto base = client->Load(kOrders);
          ASSERT_TRUE(base) << base.error().message;
          const auto next =
              client->Commit(kOrders, *base, AddSnapshot(*base, i * kCommits + done + 1));
          if (next) {
            ++done;
          } else {
            ASSERT_EQ(next.error().code, Code::kConflict) << next.error().message;
          }
        }
      });
    }
  }
  const LoadedTable last = *catalog_->Load(kOrders);
  EXPECT_THAT(last.metadata->snapshots, SizeIs(kThreads * kCommits));
  EXPECT_EQ(last.metadata->last_sequence_number, kThreads * kCommits);
  EXPECT_THAT(Files(), SizeIs(kThreads * kCommits + 1));
}

INSTANTIATE_TEST_SUITE_P(
    All, CatalogContract,
    testing::Values(Implementation{"Memory", [] { return std::make_unique<MemoryPointers>(); }},
                    Implementation{"Sqlite", [] { return std::make_unique<SqlitePointers>(); }},
                    Implementation{"Glue", [] { return std::make_unique<GluePointers>(); }}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace eider::catalog
