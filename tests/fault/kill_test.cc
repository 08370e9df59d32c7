// A loader killed at any point of the way: the next run finishes, and every row is in exactly once.

#include <stdlib.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fault_lake.h"
#include "kill_point.h"

namespace eider::fault {
namespace {

struct LoaderRun {
  bool killed = false;
  std::vector<std::string> lines;
};

class KillTest : public testing::TestWithParam<std::string_view> {
 protected:
  KillTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "eider-kill-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
  }

  ~KillTest() override { std::filesystem::remove_all(folder); }

  LoaderRun RunLoader(std::string_view point) {
    const std::string command = "exec " FAULT_LOAD_BINARY " '" + folder + "' " + std::string(point);
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    LoaderRun run;
    std::array<char, 4096> line{};
    while (std::fgets(line.data(), static_cast<int>(line.size()), pipe) != nullptr) {
      run.lines.emplace_back(line.data());
    }
    const int status = ::pclose(pipe);
    run.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    return run;
  }

  std::string folder;
};

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

INSTANTIATE_TEST_SUITE_P(Points, KillTest, testing::ValuesIn(kKillPoints),
                         [](const auto& point) { return std::string(point.param); });

}  // namespace
}  // namespace eider::fault
