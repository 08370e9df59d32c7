// Commits to several tables at once, over every catalog that has them.
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog_fixture.h"

namespace eider::catalog {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

const iceberg::TableName kVisits{{"bronze", "eu"}, "visits"};

class CatalogTogether : public CatalogContract {
 protected:
  void SetUp() override {
    CatalogContract::SetUp();
    if (IsSkipped()) return;
    orders_ = MustCreate();
    visits_ = MustCreate(Request(kVisits));
  }

  Result<std::vector<LoadedTable>> CommitBoth() {
    const std::vector<TableCommit> commits = {{kOrders, orders_, AddSnapshot(orders_, 1)},
                                              {kVisits, visits_, AddSnapshot(visits_, 2)}};
    return catalog_->CommitAll(commits);
  }

  std::vector<iceberg::TableSnapshot> SnapshotsOf(const iceberg::TableName& table) {
    return catalog_->Load(table)->metadata->snapshots;
  }

  LoadedTable orders_;
  LoadedTable visits_;
};

TEST_P(CatalogTogether, AllAreIn) {
  if (!catalog_->commits_together()) {
    const auto refused = CommitBoth();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kUnsupported);
    EXPECT_THAT(SnapshotsOf(kOrders), IsEmpty());
    return;
  }
  const auto committed = CommitBoth();
  ASSERT_TRUE(committed) << committed.error().message;
  ASSERT_THAT(*committed, SizeIs(2));
  EXPECT_EQ((*committed)[0].metadata->current_snapshot_id, 1);
  EXPECT_EQ((*committed)[1].metadata->current_snapshot_id, 2);
  EXPECT_THAT(SnapshotsOf(kOrders), SizeIs(1));
  EXPECT_THAT(SnapshotsOf(kVisits), SizeIs(1));
}

TEST_P(CatalogTogether, NoneIsInWhenOneHasMoved) {
  if (!catalog_->commits_together()) GTEST_SKIP() << "commits to one table at a time";
  auto moved = catalog_->Commit(kVisits, visits_, AddSnapshot(visits_, 7));
  ASSERT_TRUE(moved) << moved.error().message;
  const auto files_before = Files();

  const auto committed = CommitBoth();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, Code::kConflict);
  EXPECT_THAT(SnapshotsOf(kOrders), IsEmpty());
  EXPECT_EQ(catalog_->Load(kVisits)->metadata->current_snapshot_id, 7);
  EXPECT_EQ(Files(), files_before);
}

TEST_P(CatalogTogether, UnknownOutcomeKeepsEveryFile) {
  if (!catalog_->commits_together()) GTEST_SKIP() << "commits to one table at a time";
  const auto files_before = Files();
  fault_ = Fault::kUnknownAndNotDone;
  const auto committed = CommitBoth();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, Code::kOutcomeUnknown);
  EXPECT_THAT(Files(), SizeIs(files_before.size() + (place_->writes_metadata() ? 2 : 0)));
  EXPECT_THAT(SnapshotsOf(kOrders), IsEmpty());
  EXPECT_THAT(SnapshotsOf(kVisits), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(All, CatalogTogether, kEveryCatalog, CatalogName);

}  // namespace
}  // namespace eider::catalog
