// The three outcomes of a commit, and what is kept and removed after each.

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/commit/commit_loop.h"
#include "eider/commit/table_work.h"
#include "eider/pipeline/commit_tokens.h"
#include "eider/pipeline/load_files.h"
#include "fault_lake.h"
#include "scripted_pointer.h"

namespace eider::fault {
namespace {

// Changes nothing, once.
class NoWork final : public commit::TableWork {
 public:
  explicit NoWork(iceberg::TableName name) : name_(std::move(name)) {}

  const iceberg::TableName& table() const override { return name_; }

  Status LookAt(const iceberg::TableMetadata& /*base*/) override { return {}; }

  bool is_done() const override { return is_done_; }

  Result<iceberg::TableChange> Prepare(const iceberg::TableMetadata& /*base*/) override {
    ++prepared;
    return iceberg::TableChange();
  }

  void Taken() override { is_done_ = true; }

  void DiscardAttempt() override {}

  void DiscardAll() override {}

  int prepared = 0;

 private:
  iceberg::TableName name_;
  bool is_done_ = false;
};

class CommitOutcomeTest : public testing::Test {
 protected:
  CommitOutcomeTest() : lake(NewFolder()), ledger(lake.OpenLedger()), engine(lake.OpenEngine()) {
    options.retry = {.num_retries = 3, .min_wait = Milliseconds(1), .max_wait = Milliseconds(2)};
    options.workers = 1;
  }

  ~CommitOutcomeTest() override { std::filesystem::remove_all(lake.folder); }

  // Loads every file of the lake in one call while swaps follow the script.
  std::vector<pipeline::Outcome> LoadWith(std::deque<SwapFault> script) {
    const auto catalog =
        lake.CatalogOver(std::make_unique<ScriptedPointer>(lake.OpenPointer(), script));
    const pipeline::Services services{lake.router, *ledger,    *catalog,    *engine,
                                      lake.store,  lake.clock, lake.random, *lake.log};
    std::vector<pipeline::Outcome> outcomes;
    pipeline::LoadFiles(
        services, lake.AllFiles(), options,
        [&](const pipeline::Outcome& outcome) { outcomes.push_back(outcome); }, std::stop_token());
    return outcomes;
  }

  int CountFiles(const std::string& extension) const {
    int count = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(lake.folder + "/warehouse")) {
      count += entry.path().extension() == extension ? 1 : 0;
    }
    return count;
  }

  FaultLake lake;
  std::unique_ptr<ledger::Ledger> ledger;
  std::unique_ptr<engine::SqlEngine> engine;
  pipeline::LoadOptions options;
};

TEST_F(CommitOutcomeTest, AConflictIsRetriedAndLeavesNoFiles) {
  lake.PutCsv("one.csv", 10);
  const auto outcomes = LoadWith({SwapFault::kConflict, SwapFault::kConflict});
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].fate, pipeline::Fate::kLoaded);
  EXPECT_EQ(lake.CountRows(), 10);
  EXPECT_EQ(CountFiles(".avro"), 2);  // the manifest, written once, and the winning list
  EXPECT_EQ(CountFiles(".json"), 2);  // the table's first metadata and the commit's
  EXPECT_EQ(CountFiles(".parquet"), 1);
}

TEST_F(CommitOutcomeTest, RetriesEndAndTheLostCommitLeavesNothing) {
  lake.PutCsv("one.csv", 10);
  const auto outcomes = LoadWith(std::deque<SwapFault>(4, SwapFault::kConflict));
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].fate, pipeline::Fate::kFailed);
  EXPECT_EQ(outcomes[0].error->code, Code::kConflict);
  EXPECT_EQ(CountFiles(".avro"), 0);
  EXPECT_EQ(CountFiles(".parquet"), 0);
  EXPECT_EQ(ledger->Query({}).value()[0].state, ledger::State::kFailed);

  EXPECT_EQ(LoadWith({})[0].fate, pipeline::Fate::kLoaded);  // a FAILED file is tried again
  EXPECT_EQ(lake.CountRows(), 10);
}

// What the catalog knows of a table is tried first; that another has changed it meanwhile is seen
// by the swap, costs no wait and is no retry.
TEST_F(CommitOutcomeTest, AStateThatIsTooOldIsNoRetry) {
  lake.PutCsv("one.csv", 10);
  ASSERT_EQ(LoadWith({})[0].fate, pipeline::Fate::kLoaded);
  const auto catalog = lake.CatalogOver(lake.OpenPointer());
  const catalog::LoadedTable state = catalog->Load(kOrders).value();
  NoWork looked(kOrders);
  {
    const auto other = lake.CatalogOver(lake.OpenPointer());
    ASSERT_TRUE(other->Commit(kOrders, state, {}));
  }
  ASSERT_EQ(catalog->Known(kOrders)->metadata_location, state.metadata_location);
  commit::TableWork* const work = &looked;
  const auto committed = commit::CommitWork({*catalog, lake.clock, lake.random, *lake.log},
                                            {&work, 1}, options.retry, std::stop_token());
  EXPECT_TRUE(committed.status);
  EXPECT_EQ(committed.retries, 0);
  EXPECT_EQ(looked.prepared, 2);
  EXPECT_EQ(catalog->Load(kOrders)->metadata->metadata_log.size(),
            state.metadata->metadata_log.size() + 2);
}

TEST_F(CommitOutcomeTest, AnOutageIsRetried) {
  lake.PutCsv("one.csv", 10);
  EXPECT_EQ(LoadWith({SwapFault::kUnavailable})[0].fate, pipeline::Fate::kLoaded);
  EXPECT_EQ(lake.CountRows(), 10);
}

TEST_F(CommitOutcomeTest, AnUnknownOutcomeThatHappenedIsFoundAndNotRepeated) {
  lake.PutCsv("one.csv", 10);
  lake.PutCsv("two.csv", 20);
  const auto outcomes = LoadWith({SwapFault::kUnknownApplied});
  ASSERT_EQ(outcomes.size(), 2U);
  for (const auto& outcome : outcomes) EXPECT_EQ(outcome.fate, pipeline::Fate::kLoaded);
  EXPECT_EQ(lake.CountRows(), 30);
  EXPECT_EQ(lake.CatalogOver(lake.OpenPointer())->Load(kOrders)->metadata->snapshots.size(), 1U);
}

TEST_F(CommitOutcomeTest, AnUnknownOutcomeThatDidNotHappenIsRepeated) {
  lake.PutCsv("one.csv", 10);
  const auto outcomes = LoadWith({SwapFault::kUnknownLost, SwapFault::kUnknownLost});
  EXPECT_EQ(outcomes[0].fate, pipeline::Fate::kLoaded);
  EXPECT_EQ(lake.CountRows(), 10);
}

TEST_F(CommitOutcomeTest, WhileTheOutcomeIsUnknownNothingIsDeletedAndTheNextRunLooks) {
  lake.PutCsv("one.csv", 10);
  const auto outcomes = LoadWith(std::deque<SwapFault>(4, SwapFault::kUnknownLost));
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].fate, pipeline::Fate::kFailed);
  EXPECT_EQ(outcomes[0].error->code, Code::kOutcomeUnknown);
  EXPECT_EQ(CountFiles(".parquet"), 1);
  EXPECT_GE(CountFiles(".avro"), 2);
}

TEST_F(CommitOutcomeTest, AForcedLoadIsInTwiceUnderAnotherToken) {
  lake.PutCsv("one.csv", 10);
  LoadWith({});
  EXPECT_EQ(LoadWith({})[0].fate, pipeline::Fate::kSkipped);
  options.force = true;
  EXPECT_EQ(LoadWith({})[0].fate, pipeline::Fate::kLoaded);
  EXPECT_EQ(lake.CountRows(), 20);

  const auto table = lake.CatalogOver(lake.OpenPointer())->Load(kOrders).value().metadata;
  ASSERT_EQ(table->snapshots.size(), 2U);
  const std::string key(pipeline::kCommitTokensKey);
  EXPECT_NE(table->snapshots[0]->summary.at(key), table->snapshots[1]->summary.at(key));
}

TEST_F(CommitOutcomeTest, TheTableAloneKeepsAFileFromBeingLoadedTwice) {
  lake.PutCsv("one.csv", 10);
  LoadWith({});
  ledger.reset();
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::remove(lake.folder + "/ledger.db" + suffix);
  }
  ledger = lake.OpenLedger();
  const auto outcomes = LoadWith({});
  EXPECT_EQ(outcomes[0].fate, pipeline::Fate::kSkipped);
  EXPECT_THAT(outcomes[0].note, testing::HasSubstr("loaded before"));
  EXPECT_EQ(lake.CountRows(), 10);
}

TEST_F(CommitOutcomeTest, FilesOfOneCallShareCommitsUpToTheLimit) {
  for (int i = 0; i < 10; ++i) lake.PutCsv("file" + std::to_string(i) + ".csv", 1);
  options.files_per_commit = 4;
  const auto outcomes = LoadWith({});
  EXPECT_EQ(outcomes.size(), 10U);
  EXPECT_EQ(lake.CountRows(), 10);
  EXPECT_EQ(lake.CatalogOver(lake.OpenPointer())->Load(kOrders)->metadata->snapshots.size(), 3U);
}

TEST_F(CommitOutcomeTest, ABadFileDoesNotTakeTheOthersAlong) {
  lake.PutCsv("good.csv", 3);
  LoadWith({});
  lake.PutCsv("also-good.csv", 4);
  std::ofstream(lake.folder + "/src-a/bad.csv") << "id,other\n1,2\n";
  const auto outcomes = LoadWith({});
  const auto bad = std::ranges::find_if(
      outcomes, [](const auto& outcome) { return outcome.file.uri.key == "bad.csv"; });
  ASSERT_NE(bad, outcomes.end());
  EXPECT_EQ(bad->fate, pipeline::Fate::kFailed);
  EXPECT_THAT(bad->error->message, testing::HasSubstr("other"));
  EXPECT_EQ(lake.CountRows(), 7);
}

}  // namespace
}  // namespace eider::fault
