#include "eider/iceberg/snapshot_summary.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>

namespace eider::iceberg {
namespace {

// Whoever reads a summary takes these for computed.
constexpr std::string_view kComputed[] = {
    "operation",
    "added-data-files",
    "deleted-data-files",
    "total-data-files",
    "added-delete-files",
    "added-equality-delete-files",
    "removed-equality-delete-files",
    "added-position-delete-files",
    "removed-position-delete-files",
    "added-dvs",
    "removed-dvs",
    "removed-delete-files",
    "total-delete-files",
    "added-records",
    "deleted-records",
    "total-records",
    "added-files-size",
    "removed-files-size",
    "total-files-size",
    "added-position-deletes",
    "removed-position-deletes",
    "total-position-deletes",
    "added-equality-deletes",
    "removed-equality-deletes",
    "total-equality-deletes",
    "deleted-duplicate-files",
    "changed-partition-count",
    "manifests-created",
    "manifests-kept",
    "manifests-replaced",
    "entries-processed",
    "partition-summaries-included",
};

bool IsComputed(std::string_view key) {
  return std::ranges::find(kComputed, key) != std::end(kComputed) || key.starts_with("partitions.");
}

std::optional<std::int64_t> ParseTotal(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

void AddTotal(const std::string& name, std::int64_t added, const Snapshot* parent,
              Summary& summary) {
  std::optional<std::int64_t> before = 0;
  if (parent != nullptr) {
    const auto found = parent->summary.find(name);
    before = found == parent->summary.end() ? std::nullopt : ParseTotal(found->second);
  }
  std::int64_t total = 0;
  if (!before || __builtin_add_overflow(*before, added, &total)) return;
  summary[name] = std::to_string(total);
}

}  // namespace

Summary AppendSummary(const std::vector<DataFile>& added, const Summary& user_keys,
                      const Snapshot* parent) {
  std::int64_t records = 0;
  std::int64_t size_bytes = 0;
  for (const DataFile& file : added) {
    records += file.record_count;
    size_bytes += file.file_size_in_bytes;
  }
  const auto files = static_cast<std::int64_t>(added.size());

  Summary summary = user_keys;
  std::erase_if(summary, [](const auto& entry) { return IsComputed(entry.first); });
  summary["added-data-files"] = std::to_string(files);
  summary["added-records"] = std::to_string(records);
  summary["added-files-size"] = std::to_string(size_bytes);
  std::set<PartitionTuple> partitions;
  for (const DataFile& file : added) partitions.insert(file.partition);
  summary["changed-partition-count"] = std::to_string(partitions.size());
  AddTotal("total-records", records, parent, summary);
  AddTotal("total-files-size", size_bytes, parent, summary);
  AddTotal("total-data-files", files, parent, summary);
  AddTotal("total-delete-files", 0, parent, summary);
  AddTotal("total-position-deletes", 0, parent, summary);
  AddTotal("total-equality-deletes", 0, parent, summary);
  return summary;
}

}  // namespace eider::iceberg
