// A load in two halves: prepared here, committed there, again, side by side and too late.
#include "eider/pipeline/commit_prepared.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/prepared_record.h"
#include "eider/pipeline/testing/prepared_lake.h"

namespace eider::pipeline {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(PreparedCommit, WhatIsPreparedIsInNoTableUntilItIsCommitted) {
  PreparedLake lake;
  lake.Prepare(Files(100));
  EXPECT_THAT(lake.outcomes,
              AllOf(SizeIs(100), Each(testing::Field(&Outcome::fate, Fate::kPrepared))));
  EXPECT_EQ(lake.RowsOfAll(), 0);
  EXPECT_LT(lake.texts.size(), 100);  // small files share records
  const auto held = lake.InState(ledger::State::kHeld);
  ASSERT_THAT(held, SizeIs(100));
  EXPECT_THAT(held[0].error, HasSubstr("for `eider commit`"));

  EXPECT_THAT(lake.Commit(lake.texts),
              AllOf(SizeIs(100), Each(testing::Field(&Outcome::fate, Fate::kLoaded))));
  EXPECT_EQ(lake.RowsOfAll(), 300);
  EXPECT_EQ(lake.CountTokens("b0"), 20);
  EXPECT_THAT(lake.InState(ledger::State::kLoaded), SizeIs(100));
  EXPECT_EQ(lake.catalog.Load(TableOf("b0"))->metadata->snapshots.size(), 1);
}

TEST(PreparedCommit, CommittedAgainItAddsNothing) {
  PreparedLake lake;
  lake.Prepare(Files(50));
  lake.Commit(lake.texts);
  const auto again = lake.Commit(lake.texts);
  EXPECT_THAT(again, AllOf(SizeIs(50), Each(testing::Field(&Outcome::fate, Fate::kSkipped))));
  EXPECT_EQ(lake.RowsOfAll(), 150);
}

TEST(PreparedCommit, ACommitWhoseLedgerWasLostLeavesTheDataFilesThatItsTableHas) {
  PreparedLake lake;
  lake.Prepare({File(0, "a")});
  lake.Commit(lake.texts);
  lake.ledger = ledger::NewMemoryLedger(lake.clock, lake.random);
  const Services others{lake.router, *lake.ledger, lake.catalog, lake.engine,
                        lake.store,  lake.clock,   lake.random,  *lake.log};
  std::vector<Outcome> told;
  std::vector<PreparedRecord> records;
  records.push_back(ParsePrepared(lake.texts[0], "").value());
  const auto data_file = Uri::Parse(records[0].rows[0].data_files[0].file_path).value();
  PreparedCommit(others, lake.options, {}).Commit(std::move(records), [&](const Outcome& outcome) {
    told.push_back(outcome);
  });
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].fate, Fate::kLoaded);
  EXPECT_EQ(lake.CountRows("b0"), 3);
  EXPECT_TRUE(lake.store.Stat(data_file));
}

TEST(PreparedCommit, PreparedTwiceAFileComesInOnce) {
  PreparedLake lake;
  lake.Prepare({File(0, "a"), File(1, "b")});
  lake.clock.SleepFor(Milliseconds(2), {});
  lake.Prepare({File(0, "a"), File(1, "b")});
  EXPECT_THAT(lake.Commit(lake.texts),
              AllOf(SizeIs(2), Each(testing::Field(&Outcome::fate, Fate::kLoaded))));
  EXPECT_EQ(lake.RowsOfAll(), 6);
}

TEST(PreparedCommit, OfTwoAtOnceWithTheSameRecordsEachFileIsInOnce) {
  for (int round = 0; round < 20; ++round) {
    PreparedLake lake;
    lake.Prepare(Files(40));
    std::vector<Outcome> others;
    std::jthread other([&] { others = lake.Commit(lake.texts); });
    const auto ours = lake.Commit(lake.texts);
    other.join();
    const auto loaded = std::ranges::count(ours, Fate::kLoaded, &Outcome::fate) +
                        std::ranges::count(others, Fate::kLoaded, &Outcome::fate);
    EXPECT_LE(loaded, 40);
    lake.Commit(lake.texts);  // what one left to the other that could not have it
    EXPECT_LE(lake.RowsOfAll(), 120);
    for (const ledger::LoadRecord& file : lake.InState(ledger::State::kFailed)) {
      lake.Load({file.file});
    }
    EXPECT_EQ(lake.RowsOfAll(), 120);
  }
}

TEST(PreparedCommit, WhatWasLoadedMeanwhileIsLeftAlone) {
  PreparedLake lake;
  lake.Prepare({File(0, "a")});
  lake.Load({File(0, "a")});
  EXPECT_EQ(lake.outcomes[0].fate, Fate::kLoaded);
  const auto told = lake.Commit(lake.texts);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].fate, Fate::kSkipped);
  EXPECT_EQ(lake.CountRows("b0"), 3);
}

TEST(PreparedCommit, AFileOfAGroupThatWasLoadedMeanwhileSendsTheOthersBack) {
  PreparedLake lake;
  lake.Load({File(0, "first", 1)});  // makes the table
  std::vector<FileRef> files;
  for (int i = 0; i < 10; ++i) files.push_back(lake.Stored(0, fmt::format("{:02}", i)));
  lake.Prepare(files);
  ASSERT_THAT(lake.texts, SizeIs(1));
  lake.Load({files[4]});
  const auto told = lake.Commit(lake.texts);
  ASSERT_THAT(told, SizeIs(10));
  for (const Outcome& outcome : told) {
    const bool is_the_one = outcome.file.uri.key == "04";
    EXPECT_EQ(outcome.fate, is_the_one ? Fate::kSkipped : Fate::kFailed);
    if (outcome.error) {
      EXPECT_THAT(outcome.error->message, HasSubstr("eider prepare --again"));
    }
  }
  EXPECT_EQ(lake.CountRows("b0"), 4);
  lake.texts.clear();
  lake.Prepare(files);
  lake.Commit(lake.texts);
  EXPECT_EQ(lake.CountRows("b0"), 31);
}

TEST(PreparedCommit, ATableThatWasMadeAgainRefusesItsOwnFilesOnly) {
  PreparedLake lake;
  lake.Prepare({File(0, "old")});
  ASSERT_TRUE(lake.catalog.Drop(TableOf("b0"), lake.catalog.Load(TableOf("b0")).value()));
  lake.options.remake_tables = true;
  lake.Prepare({File(0, "new"), File(1, "other")});
  const auto told = lake.Commit(lake.texts);
  ASSERT_THAT(told, SizeIs(3));
  for (const Outcome& outcome : told) {
    EXPECT_EQ(outcome.fate, outcome.file.uri.key == "old" ? Fate::kFailed : Fate::kLoaded);
    if (outcome.error) {
      EXPECT_THAT(outcome.error->message, HasSubstr("dropped and made again"));
    }
  }
  EXPECT_EQ(lake.RowsOfAll(), 6);
}

TEST(PreparedCommit, DataFilesThatAreGoneOrOthersAreNotAdded) {
  PreparedLake lake;
  lake.options.group_files = 1;
  lake.Prepare({File(0, "a"), File(0, "b"), File(0, "c")});
  const auto first = ParsePrepared(lake.texts[0], "").value();
  const auto second = ParsePrepared(lake.texts[1], "").value();
  const auto path = [](const PreparedRecord& record) {
    return Uri::Parse(record.rows[0].data_files[0].file_path).value();
  };
  ASSERT_TRUE(lake.store.Remove(path(first)));
  ASSERT_TRUE(lake.store.Put(path(second), "short", store::PutMode::kReplace));
  int loaded = 0;
  for (const Outcome& outcome : lake.Commit(lake.texts)) {
    if (outcome.fate == Fate::kLoaded) {
      ++loaded;
    } else {
      EXPECT_THAT(outcome.error->message, HasSubstr("its data file"));
    }
  }
  EXPECT_EQ(loaded, 1);
  EXPECT_EQ(lake.CountRows("b0"), 3);
}

TEST(PreparedCommit, WhatWasForgottenSinceIsPreparedAgain) {
  PreparedLake lake;
  const FileRef file = lake.Stored(0, "a");
  lake.Prepare({file});
  ASSERT_TRUE(lake.ledger->Forget({&file, 1}, "a test"));
  const auto told = lake.Commit(lake.texts);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].fate, Fate::kFailed);
  EXPECT_THAT(told[0].error->message, HasSubstr("forgotten"));
  EXPECT_EQ(lake.CountRows("b0"), 0);
}

TEST(PreparedCommit, NoRecordsAreNothing) {
  PreparedLake lake;
  EXPECT_THAT(lake.Commit({}), IsEmpty());
}

TEST(PreparedCommit, ARecordThatCannotBeKeptFailsItsFilesAndLeavesNoDataFile) {
  PretendLake lake;
  lake.options.keep_record = [](const PreparedRecord&) -> Result<std::string> {
    return Fail(Code::kDenied, "no right to write there");
  };
  lake.Load(Files(10));
  EXPECT_THAT(lake.outcomes,
              AllOf(SizeIs(10), Each(testing::Field(&Outcome::fate, Fate::kFailed))));
  EXPECT_THAT(lake.outcomes[0].error->message, HasSubstr("no right to write there"));
}

}  // namespace
}  // namespace eider::pipeline
