// What every catalog promises, over each kind.
#include <barrier>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog_fixture.h"

namespace eider::catalog {
namespace {

using iceberg::TableName;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::UnorderedElementsAre;

TEST_P(CatalogContract, CreatedTableIsLoadedAndListed) {
  const LoadedTable created = MustCreate();
  EXPECT_EQ(created.metadata->location, At("bronze/eu/orders"));
  EXPECT_THAT(created.metadata_location,
              testing::StartsWith(At("bronze/eu/orders/metadata/00000-")));
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
  request.location = At("else/where/");
  request.properties = {{"write.metadata.path", At("meta")},
                        {"write.metadata.compression-codec", "gzip"}};
  const LoadedTable created = MustCreate(request);
  EXPECT_EQ(created.metadata->location, At("else/where"));
  EXPECT_THAT(created.metadata_location, testing::StartsWith(At("meta/00000-")));
  EXPECT_THAT(created.metadata_location, testing::EndsWith(".gz.metadata.json"));
  EXPECT_EQ(*Client()->Load(kOrders)->metadata, *created.metadata);
}

TEST_P(CatalogContract, PartitionsAndSortOrderAsAsked) {
  CreateTableRequest request = Request();
  request.schema.fields.push_back({2, "ts", false, {.kind = iceberg::TypeKind::kTimestamp}, {}});
  request.spec.fields = {{2, 1000, "ts_day", "day"}, {1, 1001, "id_bucket", "bucket[16]"}};
  request.sort_order = {.order_id = 1,
                        .fields = {{.source_id = 2,
                                    .transform = "identity",
                                    .direction = iceberg::SortDirection::kDescending,
                                    .null_order = iceberg::NullOrder::kLast},
                                   {.source_id = 1, .transform = "bucket[4]"}}};
  const LoadedTable created = MustCreate(request);
  const auto loaded = Client()->Load(kOrders);
  ASSERT_TRUE(loaded) << loaded.error().message;
  for (const auto* const table : {created.metadata.get(), loaded->metadata.get()}) {
    EXPECT_EQ(table->DefaultSpec(), request.spec);
    EXPECT_EQ(table->last_partition_id, 1001);
    EXPECT_EQ(table->DefaultSortOrder().fields, request.sort_order.fields);
    EXPECT_NE(table->default_sort_order_id, 0);
  }
}

TEST_P(CatalogContract, AnImpossiblePartitionCreatesNothing) {
  CreateTableRequest request = Request();
  request.spec.fields = {{1, 1000, "id_day", "day"}};
  const auto created = catalog_->Create(request);
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, Code::kInvalid);
  EXPECT_THAT(created.error().message, HasSubstr("bronze.eu.orders"));
  EXPECT_THAT(Files(), SizeIs(0));
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

TEST_P(CatalogContract, DropForgetsTheTableOnlyAsItWasSeen) {
  const LoadedTable base = MustCreate();
  const LoadedTable current = MustCommit(base, 101);
  const Status stale = Client()->Drop(kOrders, base);
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code, Code::kConflict);
  EXPECT_EQ(catalog_->Load(kOrders)->metadata_location, current.metadata_location);
  const Status dropped = Client()->Drop(kOrders, current);
  ASSERT_TRUE(dropped) << dropped.error().message;
  EXPECT_EQ(catalog_->Load(kOrders).error().code, Code::kNotFound);
  EXPECT_THAT(*catalog_->List(), SizeIs(0));
  EXPECT_THAT(Files(), SizeIs(2));
  EXPECT_EQ(Client()->Drop(kOrders, current).error().code, Code::kNotFound);
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
  fault_ = Fault::kUnknownButDone;
  const auto result = catalog_->Commit(kOrders, base, AddSnapshot(base, 101));
  fault_ = Fault::kNone;
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kOutcomeUnknown);
  EXPECT_THAT(result.error().message, HasSubstr("bronze.eu.orders"));
  if (place_->writes_metadata()) {
    EXPECT_THAT(result.error().message, HasSubstr("bronze/eu/orders/metadata/00001-"));
  }
  EXPECT_EQ(catalog_->Load(kOrders)->metadata->current_snapshot_id, 101);
}

TEST_P(CatalogContract, UnknownOutcomeThatDidNotHappenKeepsTheFile) {
  const LoadedTable base = MustCreate();
  fault_ = Fault::kUnknownAndNotDone;
  const auto result = catalog_->Commit(kOrders, base, AddSnapshot(base, 101));
  fault_ = Fault::kNone;
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kOutcomeUnknown);
  EXPECT_THAT(Files(), SizeIs(place_->writes_metadata() ? 2 : 1));
  EXPECT_EQ(catalog_->Load(kOrders)->metadata_location, base.metadata_location);
  MustCommit(base, 101);
}

TEST_P(CatalogContract, UnknownCreationKeepsTheFile) {
  fault_ = Fault::kUnknownButDone;
  EXPECT_EQ(catalog_->Create(Request()).error().code, Code::kOutcomeUnknown);
  fault_ = Fault::kNone;
  EXPECT_TRUE(catalog_->Load(kOrders));
}

TEST_P(CatalogContract, SureFailureRemovesTheFile) {
  const LoadedTable base = MustCreate();
  fault_ = Fault::kUnavailable;
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
  EXPECT_THAT(Files(), UnorderedElementsAre(log[0].metadata_file, log[1].metadata_file,
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

TEST_P(CatalogContract, KnowsWhatItHasSeenWhileOthersAreNotSeenToChangeTheTable) {
  const auto known = [&] {
    const auto state = catalog_->Known(kOrders);
    return state ? state->metadata_location : "nothing";
  };
  EXPECT_EQ(known(), "nothing");
  const LoadedTable created = MustCreate();
  EXPECT_EQ(known(), created.metadata_location);
  const LoadedTable first = MustCommit(created, 101);
  EXPECT_EQ(known(), first.metadata_location);

  const auto other = Client();
  const LoadedTable theirs = other->Commit(kOrders, first, AddSnapshot(first, 7)).value();
  EXPECT_EQ(known(), first.metadata_location) << "it asks nobody";
  EXPECT_EQ(catalog_->Commit(kOrders, first, AddSnapshot(first, 102)).error().code,
            Code::kConflict);
  EXPECT_EQ(known(), "nothing");
  EXPECT_EQ(catalog_->Load(kOrders)->metadata_location, theirs.metadata_location);
  EXPECT_EQ(known(), "nothing") << "others have changed it since it was seen before";
  ASSERT_TRUE(catalog_->Load(kOrders));
  EXPECT_EQ(known(), theirs.metadata_location);
}

// Waits for the files of a change, or says that they did not arrive.
class StoreOfLostFiles final : public store::MemoryStore {
 public:
  Status Sync(std::span<const Uri> objects) override {
    synced.assign(objects.begin(), objects.end());
    if (is_lost) return Fail(Code::kOutcomeUnknown, "the answer got lost");
    return {};
  }

  bool is_lost = false;
  std::vector<Uri> synced;
};

TEST(CommitOfFilesOnTheirWay, IsMadeWhenAllHaveArrivedOnly) {
  StoreOfLostFiles store;
  SystemClock clock;
  SeededRandom random{3};
  PointerCatalog catalog{std::make_unique<MemoryTablePointer>(), *Uri::Parse("s3://wh/"),
                         PointerCatalog::Deps{store, clock, random}};
  iceberg::Schema schema;
  schema.fields = {{1, "id", false, {.kind = iceberg::TypeKind::kLong}, {}}};
  const LoadedTable base = catalog.Create({kOrders, schema, {}, {}}).value();
  iceberg::TableChange change;
  change.new_files = {"s3://wh/data/a.parquet", "s3://wh/metadata/m0.avro"};
  store.is_lost = true;
  const auto lost = catalog.Commit(kOrders, base, change);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::kUnavailable) << "nothing points at them: surely not done";
  EXPECT_EQ(catalog.Load(kOrders)->metadata_location, base.metadata_location);
  store.is_lost = false;
  const LoadedTable next = catalog.Commit(kOrders, base, change).value();
  EXPECT_THAT(store.synced, UnorderedElementsAre(*Uri::Parse("s3://wh/data/a.parquet"),
                                                 *Uri::Parse("s3://wh/metadata/m0.avro"),
                                                 *Uri::Parse(next.metadata_location)));
}

TEST_P(CatalogContract, DamagedOrMissingMetadataIsCorruptAndNamed) {
  if (!place_->writes_metadata()) GTEST_SKIP() << "a server reads it";
  const LoadedTable created = MustCreate();
  const Uri file = *Uri::Parse(created.metadata_location);
  ASSERT_TRUE(place_->store().Put(file, "{\"format-version\": 2", store::PutMode::kReplace));
  const auto damaged = Client()->Load(kOrders);
  EXPECT_EQ(damaged.error().code, Code::kCorrupt);
  EXPECT_THAT(damaged.error().message, HasSubstr(created.metadata_location));
  ASSERT_TRUE(place_->store().Remove(file));
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
    EXPECT_THAT(both, UnorderedElementsAre(std::nullopt, Code::kConflict)) << round;
  }
  EXPECT_THAT(catalog_->Load(kOrders)->metadata->snapshots, SizeIs(kRounds));
  // What a server leaves of the commits that it refuses is its own affair.
  if (place_->writes_metadata()) {
    EXPECT_THAT(Files(), SizeIs(kRounds + 1));
  }
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
  if (place_->writes_metadata()) {
    EXPECT_THAT(Files(), SizeIs(kThreads * kCommits + 1));
  }
}

INSTANTIATE_TEST_SUITE_P(All, CatalogContract, kEveryCatalog, CatalogName);

}  // namespace
}  // namespace eider::catalog
