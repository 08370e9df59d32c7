// Who waits for whom before a table is made.
#include "eider/pipeline/files_in_work.h"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <stop_token>
#include <thread>

#include <gtest/gtest.h>

#include "eider/base/clock.h"
#include "eider/iceberg/table_name.h"

namespace eider::pipeline {
namespace {

const iceberg::TableName kOurs{{"a"}, "ours"};
const iceberg::TableName kOther{{"a"}, "other"};
constexpr Milliseconds kLong = std::chrono::hours(1);

// A wait that should not be one would hang here.
TEST(FilesInWork, NobodyWaitsForLaterFilesOrThoseOfOtherTables) {
  FilesInWork files;
  files.Begin(0);
  files.Begin(1);
  files.Begin(2);
  files.AwaitEarlier(0, kOurs, kLong, {});
  files.GoesTo(0, {kOther});
  files.AwaitEarlier(1, kOurs, kLong, {});
  files.HasTables(0);
  files.HasTables(0);
  files.AwaitEarlier(1, kOther, kLong, {});
}

TEST(FilesInWork, EarlierFilesAreAwaitedUntilTheyHaveTheirTables) {
  FilesInWork files;
  files.Begin(0);
  files.Begin(1);
  std::atomic<bool> has_tables = false;
  const std::jthread waiting([&] {
    files.AwaitEarlier(1, kOurs, kLong, {});
    EXPECT_TRUE(has_tables);
  });
  files.GoesTo(0, {kOurs});
  has_tables = true;
  files.HasTables(0);
}

TEST(FilesInWork, AnEarlierFileThatTakesLongLosesItsTurn) {
  FilesInWork files;
  files.Begin(0);
  files.AwaitEarlier(1, kOurs, Milliseconds(1), {});
}

TEST(FilesInWork, AStopEndsTheWait) {
  FilesInWork files;
  files.Begin(0);
  std::stop_source stop;
  std::jthread waiting([&] { files.AwaitEarlier(1, kOurs, kLong, stop.get_token()); });
  stop.request_stop();
}

}  // namespace
}  // namespace eider::pipeline
