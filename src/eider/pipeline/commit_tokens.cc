// Writing and finding commit tokens.
#include "eider/pipeline/commit_tokens.h"

#include <cstdint>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>

#include <fmt/ranges.h>

#include "eider/base/clock.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::pipeline {
namespace {

bool ListHolds(std::string_view list, std::string_view token) {
  for (std::size_t start = 0; start < list.size();) {
    const std::size_t end = std::min(list.find(',', start), list.size());
    if (list.substr(start, end - start) == token) return true;
    start = end + 1;
  }
  return false;
}

}  // namespace

std::string JoinTokens(std::span<const std::string> tokens) {
  return fmt::format("{}", fmt::join(tokens, ","));
}

std::optional<std::int64_t> FindToken(const iceberg::TableMetadata& table, std::string_view token) {
  const std::string key(kCommitTokensKey);
  for (const iceberg::Snapshot& snapshot : table.snapshots | std::views::reverse) {
    const auto tokens = snapshot.summary.find(key);
    if (tokens != snapshot.summary.end() && ListHolds(tokens->second, token)) {
      return snapshot.snapshot_id;
    }
  }
  return std::nullopt;
}

bool KeepsSnapshotsSince(const iceberg::TableMetadata& table, TimePoint since) {
  for (const iceberg::Snapshot& snapshot : table.snapshots) {
    const bool parent_is_gone = snapshot.parent_snapshot_id.has_value() &&
                                table.FindSnapshot(*snapshot.parent_snapshot_id) == nullptr;
    if (parent_is_gone && snapshot.timestamp_ms >= UnixMillis(since)) return false;
  }
  return true;
}

}  // namespace eider::pipeline
