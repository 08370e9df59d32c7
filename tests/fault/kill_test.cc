// A loader killed at any point of the way: the next run finishes, and every row is in exactly once.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/engine/testing/parquet_file.h"
#include "fault_lake.h"
#include "kill_point.h"
#include "killing.h"

namespace eider::fault {
namespace {

using KillTest = Killing;

TEST_P(KillTest, NextRunFinishesAndEveryRowIsInOnce) {
  FaultLake lake(folder);
  lake.PutCsv("one.csv", 10);
  lake.PutCsv("two.csv", 200);
  lake.PutCsv("three.csv", 3'000);

  const LoaderRun first = RunLoader(GetParam());
  EXPECT_EQ(first.killed, GetParam() != "never");

  const LoaderRun second = RunLoader("never");
  EXPECT_FALSE(second.killed);
  EXPECT_THAT(second.lines, testing::SizeIs(3));
  EXPECT_THAT(second.lines, testing::Each(testing::Not(testing::StartsWith("FAILED"))));
  EXPECT_EQ(lake.CountRows(), 3'210);

  const auto history = lake.OpenLedger()->Query({}).value();
  ASSERT_EQ(history.size(), 3U);
  for (const auto& record : history) {
    EXPECT_EQ(record.state, ledger::State::kLoaded) << record.file.uri.ToString();
    EXPECT_TRUE(record.result.snapshot_id.has_value());
  }

  const LoaderRun third = RunLoader("never");
  EXPECT_THAT(third.lines, testing::Each(testing::StartsWith("SKIPPED")));
  EXPECT_EQ(lake.CountRows(), 3'210);
}

TEST_P(KillTest, AFileThatArrivesAfterwardsIsLoadedToo) {
  FaultLake lake(folder);
  lake.PutCsv("one.csv", 10);
  RunLoader(GetParam());
  lake.PutCsv("late.csv", 5);
  RunLoader("never");
  EXPECT_EQ(lake.CountRows(), 15);
}

INSTANTIATE_TEST_SUITE_P(Points, KillTest, testing::ValuesIn(kKillPoints), NameOf);

// The first file makes the table, and those behind it are one group.
using GroupKillTest = Killing;

TEST_P(GroupKillTest, EachFileOfTheGroupIsInOnceWithItsRows) {
  constexpr int kFiles = 12;
  FaultLake lake(folder, Routing::kParquet);
  std::filesystem::create_directories(folder + "/src-a");
  std::int64_t rows = 0;
  for (int i = 1; i <= kFiles; ++i) {
    engine::WriteParquet(fmt::format("{}/src-a/{:02}.parquet", folder, i),
                         fmt::format("SELECT range AS id FROM range({})", i));
    rows += i;
  }
  const LoaderRun first = RunLoader(GetParam(), "parquet");
  EXPECT_EQ(first.killed, GetParam() != "never");

  const LoaderRun second = RunLoader("never", "parquet");
  EXPECT_FALSE(second.killed);
  EXPECT_THAT(second.lines, testing::SizeIs(kFiles));
  EXPECT_THAT(second.lines, testing::Each(testing::Not(testing::StartsWith("FAILED"))));
  EXPECT_EQ(lake.CountRows(), rows);

  const auto history = lake.OpenLedger()->Query({}).value();
  ASSERT_EQ(history.size(), kFiles);
  for (const auto& record : history) {
    EXPECT_EQ(record.state, ledger::State::kLoaded) << record.file.uri.ToString();
    EXPECT_TRUE(record.result.snapshot_id.has_value());
  }
}

INSTANTIATE_TEST_SUITE_P(Points, GroupKillTest, testing::ValuesIn(kKillPoints), NameOf);

// A change of a table that files wait for: wherever it is killed, once more makes it once, and
// loads each file once.
using ApplyKillTest = Killing;

TEST_P(ApplyKillTest, TheTableIsChangedOnceAndTheHeldFilesAreInOnce) {
  FaultLake lake(folder, Routing::kHolding);
  lake.PutCsv("one.csv", 10);
  RunLoader("never", "hold");
  const std::string header = "id,name,kind,country\n";
  for (const char* key : {"two.csv", "three.csv"}) {
    std::ofstream(folder + "/src-a/" + key) << header << "11,row 11,a,NL\n12,row 12,b,BE\n";
  }
  const LoaderRun held = RunLoader("never", "hold");
  EXPECT_THAT(held.lines, testing::Contains(testing::StartsWith("HELD two.csv")));
  EXPECT_EQ(lake.CountRows(), 10);

  const LoaderRun first = RunLoader(GetParam(), "apply");
  EXPECT_EQ(first.killed, GetParam() != "never");
  const LoaderRun second = RunLoader("never", "apply");
  EXPECT_FALSE(second.killed);
  EXPECT_THAT(second.lines, testing::Each(testing::Not(testing::StartsWith("FAILED"))));
  EXPECT_THAT(second.lines, testing::Each(testing::Not(testing::StartsWith("HELD"))));

  EXPECT_EQ(lake.CountRows(), 14);
  const auto table = lake.CatalogOver(lake.OpenPointer())->Load(kOrders).value();
  EXPECT_EQ(table.metadata->schemas.size(), 2U);
  EXPECT_EQ(table.metadata->CurrentSchema().fields.back().name, "country");
  const auto history = lake.OpenLedger()->Query({}).value();
  ASSERT_EQ(history.size(), 3U);
  for (const auto& record : history) {
    EXPECT_EQ(record.state, ledger::State::kLoaded) << record.file.uri.ToString();
    EXPECT_EQ(record.result.schema_change, "");
  }
  const LoaderRun third = RunLoader("never", "hold");
  EXPECT_THAT(third.lines, testing::Each(testing::StartsWith("SKIPPED")));
}

INSTANTIATE_TEST_SUITE_P(Points, ApplyKillTest, testing::ValuesIn(kApplyKillPoints), NameOf);

// How the tables of a file are committed, as the loader calls it.
class FanOutKilling : public Killing {
 protected:
  explicit FanOutKilling(std::string_view how) : how_(how) {}

  void LoadsWhatIsMissingAndRepeatsNothing();
  void SeveralFilesAreInOnce();

  void ExpectRowsOfEachKind(FaultLake& lake, std::int64_t rows) {
    for (const std::string& kind : kKinds) {
      EXPECT_EQ(lake.CountRows(TableOfKind(kind)), rows) << kind;
    }
  }

 private:
  std::string_view how_;
};

void FanOutKilling::LoadsWhatIsMissingAndRepeatsNothing() {
  FaultLake lake(folder, Routing::kByColumn);
  lake.PutCsv("one.csv", 300);

  const LoaderRun first = RunLoader(GetParam(), how_);
  EXPECT_EQ(first.killed, GetParam() != "never");

  const LoaderRun second = RunLoader("never", how_);
  EXPECT_FALSE(second.killed);
  EXPECT_THAT(second.lines, testing::ElementsAre(testing::Not(testing::StartsWith("FAILED"))));
  ExpectRowsOfEachKind(lake, 100);

  const auto history = lake.OpenLedger()->Query({}).value();
  ASSERT_EQ(history.size(), 1U);
  EXPECT_EQ(history[0].state, ledger::State::kLoaded);
  EXPECT_EQ(history[0].result.rows, 300);
  ASSERT_EQ(history[0].result.parts.size(), kKinds.size());
  for (const ledger::PartRecord& part : history[0].result.parts) {
    EXPECT_TRUE(part.is_loaded) << part.route;
    EXPECT_TRUE(part.snapshot_id.has_value()) << part.route;
    EXPECT_EQ(part.rows, 100) << part.route;
  }

  const LoaderRun third = RunLoader("never", how_);
  EXPECT_THAT(third.lines, testing::ElementsAre(testing::StartsWith("SKIPPED")));
  ExpectRowsOfEachKind(lake, 100);
}

void FanOutKilling::SeveralFilesAreInOnce() {
  FaultLake lake(folder, Routing::kByColumn);
  lake.PutCsv("one.csv", 30);
  lake.PutCsv("two.csv", 300);
  lake.PutCsv("three.csv", 3'000);
  RunLoader(GetParam(), how_);
  lake.PutCsv("late.csv", 3);
  RunLoader("never", how_);
  ExpectRowsOfEachKind(lake, 1'111);
}

class FanOutKillTest : public FanOutKilling {
 protected:
  FanOutKillTest() : FanOutKilling("column") {}
};

TEST_P(FanOutKillTest, NextRunLoadsWhatIsMissingAndRepeatsNothing) {
  LoadsWhatIsMissingAndRepeatsNothing();
}

TEST_P(FanOutKillTest, SeveralFilesShareCommitsAndAreInOnce) {
  SeveralFilesAreInOnce();
}

class TogetherKillTest : public FanOutKilling {
 protected:
  TogetherKillTest() : FanOutKilling("together") {}
};

TEST_P(TogetherKillTest, NextRunLoadsWhatIsMissingAndRepeatsNothing) {
  LoadsWhatIsMissingAndRepeatsNothing();
}

TEST_P(TogetherKillTest, SeveralFilesShareCommitsAndAreInOnce) {
  SeveralFilesAreInOnce();
}

// Bad rows in the one table, the others in the other, whatever comes between the two commits.
class RejectsKilling : public Killing {
 protected:
  explicit RejectsKilling(std::string_view how) : how_(how) {}

  void RowsAndRejectsAreInOnce() {
    FaultLake lake(folder, Routing::kRejecting);
    lake.PutCsv("one.csv", 300, 7);
    EXPECT_EQ(RunLoader(GetParam(), how_).killed, GetParam() != "never");

    const LoaderRun second = RunLoader("never", how_);
    EXPECT_THAT(second.lines, testing::ElementsAre(testing::Not(testing::StartsWith("FAILED"))));
    EXPECT_EQ(lake.CountRows(), 300);
    EXPECT_EQ(lake.CountRows(kRejects), 7);

    const auto history = lake.OpenLedger()->Query({}).value();
    ASSERT_EQ(history.size(), 1U);
    EXPECT_EQ(history[0].state, ledger::State::kLoaded);
    // Who finds all rows in does not read the file, and has nothing to count.
    const bool was_all_in = GetParam() == (how_ == "rejects" ? "after_swap#2" : "after_swap");
    EXPECT_EQ(history[0].result.counts.rejected, was_all_in ? 0 : 7);

    const LoaderRun third = RunLoader("never", how_);
    EXPECT_THAT(third.lines, testing::ElementsAre(testing::StartsWith("SKIPPED")));
    EXPECT_EQ(lake.CountRows(), 300);
    EXPECT_EQ(lake.CountRows(kRejects), 7);
  }

  void RowsAndRejectsOfParquetAreInOnce() {
    FaultLake lake(folder, Routing::kRejecting);
    std::filesystem::create_directories(folder + "/src-a");
    engine::WriteParquet(
        folder + "/src-a/one.parquet",
        "SELECT CASE WHEN range % 50 = 7 THEN 'none' ELSE range::VARCHAR END AS id "
        "FROM range(300)");
    RunLoader(GetParam(), how_);
    RunLoader("never", how_);
    EXPECT_EQ(lake.CountRows(), 294);
    EXPECT_EQ(lake.CountRows(kRejects), 6);
  }

  void SeveralFilesAreInOnce() {
    FaultLake lake(folder, Routing::kRejecting);
    lake.PutCsv("bad.csv", 30, 1);
    lake.PutCsv("good.csv", 300);
    lake.PutCsv("worse.csv", 3'000, 20);
    RunLoader(GetParam(), how_);
    lake.PutCsv("late.csv", 3, 4);
    RunLoader("never", how_);
    EXPECT_EQ(lake.CountRows(), 3'333);
    EXPECT_EQ(lake.CountRows(kRejects), 25);
  }

 private:
  std::string_view how_;
};

class RejectsKillTest : public RejectsKilling {
 protected:
  RejectsKillTest() : RejectsKilling("rejects") {}
};

TEST_P(RejectsKillTest, RowsAndRejectsAreInOnce) {
  RowsAndRejectsAreInOnce();
}

TEST_P(RejectsKillTest, SeveralFilesShareCommitsAndAreInOnce) {
  SeveralFilesAreInOnce();
}

TEST_P(RejectsKillTest, RowsAndRejectsOfParquetAreInOnce) {
  RowsAndRejectsOfParquetAreInOnce();
}

class RejectsTogetherKillTest : public RejectsKilling {
 protected:
  RejectsTogetherKillTest() : RejectsKilling("rejects-together") {}
};

TEST_P(RejectsTogetherKillTest, RowsAndRejectsAreInOnce) {
  RowsAndRejectsAreInOnce();
}

TEST_P(RejectsTogetherKillTest, SeveralFilesShareCommitsAndAreInOnce) {
  SeveralFilesAreInOnce();
}

TEST_P(RejectsTogetherKillTest, RowsAndRejectsOfParquetAreInOnce) {
  RowsAndRejectsOfParquetAreInOnce();
}

// Bad rows of one part of a file that is routed by a column.
class RejectsColumnKillTest : public Killing {
 protected:
  void RowsAndRejectsOfPartsAreInOnce(std::string_view how) {
    FaultLake lake(folder, Routing::kRejectingByColumn);
    lake.PutCsv("one.csv", 300, 7);
    RunLoader(GetParam(), how);
    const LoaderRun second = RunLoader("never", how);
    EXPECT_THAT(second.lines, testing::ElementsAre(testing::Not(testing::StartsWith("FAILED"))));
    for (const std::string& kind : kKinds) EXPECT_EQ(lake.CountRows(TableOfKind(kind)), 100);
    EXPECT_EQ(lake.CountRows(kRejectsOfA), 7);

    const auto history = lake.OpenLedger()->Query({}).value();
    ASSERT_EQ(history.size(), 1U);
    EXPECT_EQ(history[0].state, ledger::State::kLoaded);
    for (const ledger::PartRecord& part : history[0].result.parts) EXPECT_TRUE(part.is_loaded);
    EXPECT_EQ(history[0].result.parts.size(), kKinds.size() + 1);

    const LoaderRun third = RunLoader("never", how);
    EXPECT_THAT(third.lines, testing::ElementsAre(testing::StartsWith("SKIPPED")));
    EXPECT_EQ(lake.CountRows(kRejectsOfA), 7);
  }
};

TEST_P(RejectsColumnKillTest, RowsAndRejectsOfPartsAreInOnce) {
  RowsAndRejectsOfPartsAreInOnce("rejects-column");
}

TEST_P(RejectsColumnKillTest, RowsAndRejectsOfPartsAreInOnceWhereAllAreCommittedTogether) {
  RowsAndRejectsOfPartsAreInOnce("rejects-column-together");
}

INSTANTIATE_TEST_SUITE_P(Points, RejectsColumnKillTest, testing::ValuesIn(kRejectsColumnKillPoints),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(Points, RejectsKillTest, testing::ValuesIn(kRejectsKillPoints), NameOf);
INSTANTIATE_TEST_SUITE_P(Points, RejectsTogetherKillTest,
                         testing::ValuesIn(kRejectsTogetherKillPoints), NameOf);
INSTANTIATE_TEST_SUITE_P(Points, FanOutKillTest, testing::ValuesIn(kFanOutKillPoints), NameOf);
INSTANTIATE_TEST_SUITE_P(Points, TogetherKillTest, testing::ValuesIn(kTogetherKillPoints), NameOf);

}  // namespace
}  // namespace eider::fault
