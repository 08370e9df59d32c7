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

// Calls `take` with each token of a list until it returns true; whether it did.
template <typename Take>
bool AnyToken(std::string_view list, const Take& take) {
  for (std::size_t start = 0; start < list.size();) {
    const std::size_t end = std::min(list.find(',', start), list.size());
    if (take(list.substr(start, end - start))) return true;
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
    if (tokens != snapshot.summary.end() &&
        AnyToken(tokens->second, [&](std::string_view one) { return one == token; })) {
      return snapshot.snapshot_id;
    }
  }
  return std::nullopt;
}

TokenIndex::TokenIndex(const iceberg::TableMetadata& table) {
  const std::string key(kCommitTokensKey);
  for (const iceberg::Snapshot& snapshot : table.snapshots | std::views::reverse) {
    const auto tokens = snapshot.summary.find(key);
    if (tokens == snapshot.summary.end()) continue;
    AnyToken(tokens->second, [&](std::string_view token) {
      snapshots_.emplace(token, snapshot.snapshot_id);
      return false;
    });
  }
}

std::optional<std::int64_t> TokenIndex::Find(std::string_view token) const {
  const auto found = snapshots_.find(token);
  return found == snapshots_.end() ? std::nullopt : std::optional(found->second);
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
