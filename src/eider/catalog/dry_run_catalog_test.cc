// A dry run changes nothing but what it sees itself.
#include "eider/catalog/dry_run_catalog.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/catalog/memory_table_pointer.h"
#include "eider/catalog/pointer_catalog.h"
#include "eider/store/memory_store.h"

namespace eider::catalog {
namespace {

using iceberg::TableName;
using testing::ElementsAre;
using testing::IsEmpty;

const TableName kOld{{"a"}, "old"};
const TableName kNew{{"a"}, "new"};

class DryRunCatalogTest : public testing::Test {
 protected:
  DryRunCatalogTest() {
    const Uri warehouse = *Uri::Parse("s3://wh/");
    auto inner = std::make_unique<PointerCatalog>(std::make_unique<MemoryTablePointer>(), warehouse,
                                                  PointerCatalog::Deps{store_, clock_, random_});
    real_ = inner.get();
    old_ = real_->Create(Request(kOld)).value();
    files_ = Files();
    dry_.emplace(std::move(inner), warehouse, DryRunCatalog::Deps{clock_, random_});
  }

  static CreateTableRequest Request(const TableName& name) {
    iceberg::Schema schema;
    schema.fields = {{1, "id", false, {.kind = iceberg::TypeKind::kLong}, {}}};
    return {.name = name, .schema = schema, .location = {}, .properties = {}};
  }

  static iceberg::TableChange AddSnapshot(const LoadedTable& base, std::int64_t snapshot_id) {
    iceberg::Snapshot snapshot;
    snapshot.snapshot_id = snapshot_id;
    snapshot.parent_snapshot_id = base.metadata->current_snapshot_id;
    snapshot.sequence_number = base.metadata->last_sequence_number + 1;
    snapshot.manifest_list = "s3://wh/snap.avro";
    snapshot.operation = "append";
    snapshot.schema_id = 0;
    return {
        {iceberg::AssertRefSnapshotId{"main", base.metadata->current_snapshot_id}},
        {iceberg::AddSnapshot{snapshot}, iceberg::MoveBranch(*base.metadata, "main", snapshot_id)},
        {}};
  }

  std::vector<std::string> Files() {
    std::vector<std::string> keys;
    EXPECT_TRUE(store_.List({"s3", "wh", ""}, [&](const store::ObjectInfo& object) {
      keys.push_back(object.uri.key);
      return true;
    }));
    return keys;
  }

  store::MemoryStore store_;
  SystemClock clock_;
  SeededRandom random_{5};
  PointerCatalog* real_ = nullptr;
  LoadedTable old_;
  std::vector<std::string> files_;
  std::optional<DryRunCatalog> dry_;
};

TEST_F(DryRunCatalogTest, ChangesAreSeenHereAndNowhereElse) {
  const LoadedTable made = dry_->Create(Request(kNew)).value();
  EXPECT_EQ(made.metadata->location, "s3://wh/a/new");
  EXPECT_EQ(dry_->Create(Request(kNew)).error().code, Code::kAlreadyExists);
  const LoadedTable next = dry_->Commit(kOld, old_, AddSnapshot(old_, 7)).value();
  EXPECT_NE(next.metadata_location, old_.metadata_location);
  EXPECT_EQ(dry_->Load(kOld)->metadata->current_snapshot_id, 7);
  EXPECT_EQ(dry_->Known(kOld)->metadata_location, next.metadata_location);
  EXPECT_THAT(*dry_->List(), ElementsAre(kNew, kOld));

  EXPECT_EQ(real_->Load(kOld)->metadata_location, old_.metadata_location);
  EXPECT_EQ(real_->Load(kNew).error().code, Code::kNotFound);
  EXPECT_EQ(Files(), files_);

  dry_->Forget();
  EXPECT_EQ(dry_->Load(kOld)->metadata_location, old_.metadata_location);
  EXPECT_THAT(*dry_->List(), ElementsAre(kOld));
}

TEST_F(DryRunCatalogTest, AStaleBaseIsAConflict) {
  const LoadedTable next = dry_->Commit(kOld, old_, AddSnapshot(old_, 7)).value();
  EXPECT_EQ(dry_->Commit(kOld, old_, AddSnapshot(old_, 8)).error().code, Code::kConflict);
  EXPECT_EQ(dry_->Drop(kOld, old_).error().code, Code::kConflict);
  ASSERT_TRUE(dry_->Drop(kOld, next));
  EXPECT_EQ(dry_->Load(kOld).error().code, Code::kNotFound);
  EXPECT_THAT(*dry_->List(), IsEmpty());
  EXPECT_TRUE(real_->Load(kOld));
}

TEST_F(DryRunCatalogTest, AllOfSeveralChangesOrNone) {
  const LoadedTable made = dry_->Create(Request(kNew)).value();
  const std::vector<TableCommit> commits = {{kNew, made, AddSnapshot(made, 1)},
                                            {kOld, old_, AddSnapshot(old_, 2)}};
  ASSERT_TRUE(real_->commits_together());
  ASSERT_TRUE(dry_->Commit(kOld, old_, AddSnapshot(old_, 7)));
  EXPECT_EQ(dry_->CommitAll(commits).error().code, Code::kConflict);
  EXPECT_EQ(dry_->Load(kNew)->metadata->current_snapshot_id, std::nullopt);
}

}  // namespace
}  // namespace eider::catalog
