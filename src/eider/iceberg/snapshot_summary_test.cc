// Summaries against those that Java 1.10.1 made for the same appends (MakeManifests.java prints
// none: the numbers are Table.currentSnapshot().summary() of its tables).
#include "eider/iceberg/snapshot_summary.h"

#include <cstdint>

#include <gtest/gtest.h>

namespace eider::iceberg {
namespace {

std::vector<DataFile> OneFile(std::int64_t records, std::int64_t size_bytes) {
  DataFile file;
  file.record_count = records;
  file.file_size_in_bytes = size_bytes;
  return {file};
}

TEST(Summary, FirstSnapshotStartsTotalsAtZero) {
  EXPECT_EQ(AppendSummary(OneFile(5, 1234), {}, nullptr),
            (Summary{{"added-data-files", "1"},
                     {"added-records", "5"},
                     {"added-files-size", "1234"},
                     {"changed-partition-count", "1"},
                     {"total-records", "5"},
                     {"total-files-size", "1234"},
                     {"total-data-files", "1"},
                     {"total-delete-files", "0"},
                     {"total-position-deletes", "0"},
                     {"total-equality-deletes", "0"}}));
}

TEST(Summary, TotalsGoOnFromTheParent) {
  Snapshot parent;
  parent.summary = AppendSummary(OneFile(5, 1234), {}, nullptr);
  parent.summary["total-delete-files"] = "3";
  const Summary summary = AppendSummary(OneFile(3, 77), {}, &parent);
  EXPECT_EQ(summary.at("total-records"), "8");
  EXPECT_EQ(summary.at("total-files-size"), "1311");
  EXPECT_EQ(summary.at("total-data-files"), "2");
  EXPECT_EQ(summary.at("total-delete-files"), "3");
  EXPECT_EQ(summary.at("added-records"), "3");
}

TEST(Summary, AMissingTotalStaysMissing) {
  Snapshot parent;
  parent.summary = {{"total-records", "x7"},
                    {"total-data-files", "-1"},
                    {"total-files-size", "9223372036854775807"},
                    {"total-delete-files", " 1"}};
  const Summary summary = AppendSummary(OneFile(3, 77), {{"total-records", "99"}}, &parent);
  for (const auto& [key, value] : summary) EXPECT_FALSE(key.starts_with("total-")) << key;
  EXPECT_EQ(summary.at("added-files-size"), "77");
}

TEST(Summary, UserKeysNeverShadowComputedOnes) {
  const Summary summary = AppendSummary(OneFile(3, 77),
                                        {{"added-records", "1"},
                                         {"deleted-records", "1"},
                                         {"operation", "delete"},
                                         {"partitions.a=1", "x"},
                                         {"eider.token", "t"}},
                                        nullptr);
  EXPECT_EQ(summary.at("added-records"), "3");
  EXPECT_EQ(summary.at("eider.token"), "t");
  EXPECT_FALSE(summary.contains("deleted-records"));
  EXPECT_FALSE(summary.contains("operation"));
  EXPECT_FALSE(summary.contains("partitions.a=1"));
}

}  // namespace
}  // namespace eider::iceberg
