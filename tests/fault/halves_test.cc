// A load in two halves, each killed at any point: begun again, every row is in exactly once.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/engine/testing/parquet_file.h"
#include "fault_lake.h"
#include "killing.h"

namespace eider::fault {
namespace {

// Of which half, and where: "commit:after_swap".
constexpr std::string_view kPoints[] = {
    "prepare:after_claim", "prepare:after_query", "prepare:after_record",  "commit:after_claim",
    "commit:before_swap",  "commit:after_swap",   "commit:before_swap#2",  "commit:after_swap#2",
    "commit:after_finish", "prepare:after_plan",  "prepare:after_rejects", "commit:after_plan",
};

class HalvesKillTest : public Killing {
 protected:
  // Killed, begun again and, where the commit had been reached, begun again from there; at last
  // the same files by a whole load, which finds them in.
  void RunHalves(std::string_view how) {
    const std::string_view half = GetParam().substr(0, GetParam().find(':'));
    const std::string_view point = GetParam().substr(half.size() + 1);
    if (half == "commit") RunLoader("never", how, "prepare");
    RunLoader(point, how, half);
    if (half == "prepare") RunLoader("never", how, "prepare");
    last_ = RunLoader("never", how, "commit");
    const LoaderRun whole = RunLoader("never", how);
    EXPECT_THAT(whole.lines, testing::Each(testing::StartsWith("SKIPPED")));
  }

  void ExpectAllLoaded(FaultLake& lake) {
    EXPECT_THAT(last_.lines, testing::Each(testing::Not(testing::StartsWith("FAILED"))));
    for (const auto& record : lake.OpenLedger()->Query({}).value()) {
      EXPECT_EQ(record.state, ledger::State::kLoaded) << record.file.uri.ToString();
    }
  }

  LoaderRun last_;
};

TEST_P(HalvesKillTest, EachRowIsInOnce) {
  FaultLake lake(folder);
  lake.PutCsv("one.csv", 10);
  lake.PutCsv("two.csv", 200);
  lake.PutCsv("three.csv", 3'000);
  RunHalves("bucket");
  ExpectAllLoaded(lake);
  EXPECT_EQ(lake.CountRows(), 3'210);
}

TEST_P(HalvesKillTest, EachFileOfAGroupIsInOnce) {
  FaultLake lake(folder, Routing::kParquet);
  std::filesystem::create_directories(folder + "/src-a");
  for (int i = 1; i <= 12; ++i) {
    engine::WriteParquet(fmt::format("{}/src-a/{:02}.parquet", folder, i),
                         fmt::format("SELECT range AS id FROM range({})", i));
  }
  RunHalves("parquet");
  ExpectAllLoaded(lake);
  EXPECT_EQ(lake.CountRows(), 78);
}

TEST_P(HalvesKillTest, EachPartOfAFileIsInOnce) {
  FaultLake lake(folder, Routing::kByColumn);
  lake.PutCsv("one.csv", 300);
  RunHalves("column");
  ExpectAllLoaded(lake);
  for (const std::string& kind : kKinds) EXPECT_EQ(lake.CountRows(TableOfKind(kind)), 100) << kind;
}

TEST_P(HalvesKillTest, RowsAndRejectsAreInOnce) {
  FaultLake lake(folder, Routing::kRejecting);
  lake.PutCsv("one.csv", 300, 7);
  RunHalves("rejects");
  ExpectAllLoaded(lake);
  EXPECT_EQ(lake.CountRows(), 300);
  EXPECT_EQ(lake.CountRows(kRejects), 7);
}

TEST_P(HalvesKillTest, RowsAndRejectsOfPartsAreInOnce) {
  FaultLake lake(folder, Routing::kRejectingByColumn);
  lake.PutCsv("one.csv", 300, 7);
  RunHalves("rejects-column");
  ExpectAllLoaded(lake);
  for (const std::string& kind : kKinds) EXPECT_EQ(lake.CountRows(TableOfKind(kind)), 100) << kind;
  EXPECT_EQ(lake.CountRows(kRejectsOfA), 7);
}

// A whole load takes over from a commit that was killed.
TEST_P(HalvesKillTest, AWholeLoadTakesOver) {
  FaultLake lake(folder);
  lake.PutCsv("one.csv", 10);
  lake.PutCsv("two.csv", 200);
  const std::string_view half = GetParam().substr(0, GetParam().find(':'));
  RunLoader("never", "bucket", "prepare");
  RunLoader(GetParam().substr(half.size() + 1), "bucket", half);
  RunLoader("never", "bucket");
  EXPECT_EQ(lake.CountRows(), 210);
  const LoaderRun late = RunLoader("never", "bucket", "commit");
  EXPECT_THAT(late.lines, testing::Each(testing::StartsWith("SKIPPED")));
  EXPECT_EQ(lake.CountRows(), 210);
}

INSTANTIATE_TEST_SUITE_P(Points, HalvesKillTest, testing::ValuesIn(kPoints),
                         [](const testing::TestParamInfo<std::string_view>& point) {
                           std::string name(point.param);
                           for (char& c : name) c = c == ':' || c == '#' ? '_' : c;
                           return name;
                         });

}  // namespace
}  // namespace eider::fault
