#include "eider/pipeline/commit_tokens.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include <fmt/ranges.h>

#include "eider/base/clock.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::pipeline {
namespace {

// Calls `take` with each token of a list.
template <typename Take>
void EachToken(std::string_view list, const Take& take) {
  for (std::size_t start = 0; start < list.size();) {
    const std::size_t end = std::min(list.find(',', start), list.size());
    take(list.substr(start, end - start));
    start = end + 1;
  }
}

}  // namespace

std::string JoinTokens(std::span<const std::string> tokens) {
  return fmt::format("{}", fmt::join(tokens, ","));
}

std::optional<std::int64_t> FindToken(const iceberg::TableMetadata& table, std::string_view token) {
  const auto found = FindTokens(table, {&token, 1});
  return found.empty() ? std::nullopt : std::optional(found.begin()->second);
}

std::unordered_map<std::string_view, std::int64_t> FindTokens(
    const iceberg::TableMetadata& table, std::span<const std::string_view> tokens) {
  const std::string key(kCommitTokensKey);
  std::unordered_set<std::string_view> wanted(tokens.begin(), tokens.end());
  std::unordered_map<std::string_view, std::int64_t> found;
  for (const iceberg::Snapshot& snapshot : table.snapshots | std::views::reverse) {
    if (wanted.empty()) break;
    const auto list = snapshot.summary.find(key);
    if (list == snapshot.summary.end()) continue;
    EachToken(list->second, [&](std::string_view token) {
      const auto one = wanted.find(token);
      if (one == wanted.end()) return;
      found.emplace(*one, snapshot.snapshot_id);
      wanted.erase(one);
    });
  }
  return found;
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
