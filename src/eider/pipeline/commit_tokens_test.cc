// Tokens are found whole, in any snapshot, and their absence is only believed when nothing expired.
#include "eider/pipeline/commit_tokens.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "eider/base/clock.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::pipeline {
namespace {

iceberg::Snapshot SnapshotWith(std::int64_t id, std::optional<std::int64_t> parent,
                               const std::string& tokens) {
  iceberg::Snapshot snapshot;
  snapshot.snapshot_id = id;
  snapshot.parent_snapshot_id = parent;
  snapshot.timestamp_ms = id * 1'000;
  if (!tokens.empty()) snapshot.summary[std::string(kCommitTokensKey)] = tokens;
  return snapshot;
}

TEST(CommitTokens, AreFoundInEverySnapshotNotOnlyTheHead) {
  iceberg::TableMetadata table;
  table.snapshots = {SnapshotWith(1, std::nullopt, JoinTokens(std::vector<std::string>{"a", "bc"})),
                     SnapshotWith(2, 1, "d"), SnapshotWith(3, 2, "")};
  EXPECT_EQ(FindToken(table, "a"), 1);
  EXPECT_EQ(FindToken(table, "bc"), 1);
  EXPECT_EQ(FindToken(table, "d"), 2);
}

TEST(CommitTokens, SeveralAreFoundAsEachIsAlone) {
  iceberg::TableMetadata table;
  table.snapshots = {SnapshotWith(1, std::nullopt, "a,bc"), SnapshotWith(2, 1, "d,a"),
                     SnapshotWith(3, 2, "")};
  const std::vector<std::string_view> tokens = {"a", "bc", "d", "b", "bc,d", ""};
  const auto found = FindTokens(table, tokens);
  for (const std::string_view token : tokens) {
    const auto one = found.find(token);
    EXPECT_EQ(one == found.end() ? std::nullopt : std::optional(one->second),
              FindToken(table, token))
        << token;
  }
  EXPECT_EQ(found.size(), 3);
  EXPECT_EQ(found.at("a"), 2);
  EXPECT_EQ(found.at("bc"), 1);
}

TEST(CommitTokens, APartOfATokenIsNoToken) {
  iceberg::TableMetadata table;
  table.snapshots = {SnapshotWith(1, std::nullopt, "abc,def")};
  for (const char* token : {"ab", "bc", "c,d", "abc,def", "ef"}) {
    EXPECT_EQ(FindToken(table, token), std::nullopt) << token;
  }
}

TEST(CommitTokens, ExpiredSnapshotsMakeAnAbsentTokenUncertain) {
  iceberg::TableMetadata table;
  table.snapshots = {SnapshotWith(5, 4, ""), SnapshotWith(6, 5, "")};
  EXPECT_FALSE(KeepsSnapshotsSince(table, TimePoint(Milliseconds(4'500))));
  EXPECT_TRUE(KeepsSnapshotsSince(table, TimePoint(Milliseconds(5'500))));
}

TEST(CommitTokens, ATableThatNeverExpiredIsCertain) {
  iceberg::TableMetadata table;
  EXPECT_TRUE(KeepsSnapshotsSince(table, TimePoint(Milliseconds(0))));
  table.snapshots = {SnapshotWith(1, std::nullopt, ""), SnapshotWith(2, 1, "")};
  EXPECT_TRUE(KeepsSnapshotsSince(table, TimePoint(Milliseconds(0))));
}

}  // namespace
}  // namespace eider::pipeline
