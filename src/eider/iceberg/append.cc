// The first operation: the added files' manifest, and the base's behind it.
#include "eider/iceberg/append.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/iceberg/snapshot_summary.h"

namespace eider::iceberg {
namespace {

Status CheckFiles(const std::vector<DataFile>& files) {
  if (files.empty()) return Fail(Code::kInvalid, "an append needs at least one data file");
  std::unordered_set<std::string_view> paths;
  for (const DataFile& file : files) {
    if (file.content != FileContent::kData) {
      return Fail(
          Code::kInvalid,
          fmt::format("an append takes data files only, not the delete file {}", file.file_path));
    }
    if (!paths.insert(file.file_path).second) {
      return Fail(Code::kInvalid,
                  fmt::format("an append has the same data file twice: {}", file.file_path));
    }
  }
  return {};
}

Status CheckUnpartitioned(const TableMetadata& base) {
  const PartitionSpec& spec = base.DefaultSpec();
  if (!spec.fields.empty()) {
    return Fail(
        Code::kUnsupported,
        fmt::format("appends to partitioned tables are not written yet: the default "
                    "partition spec {} of {} has {} field(s), the first is `{}`",
                    spec.spec_id, base.location, spec.fields.size(), spec.fields.front().name));
  }
  return {};
}

std::vector<ManifestEntry> AddedEntries(const std::vector<DataFile>& files) {
  std::vector<ManifestEntry> entries;
  entries.reserve(files.size());
  for (const DataFile& file : files) {
    entries.push_back({.status = EntryStatus::kAdded,
                       .snapshot_id = std::nullopt,
                       .sequence_number = std::nullopt,
                       .file_sequence_number = std::nullopt,
                       .data_file = file});
  }
  return entries;
}

}  // namespace

Append::Append(store::ObjectStore& store, Random& random, Options options)
    : writer_(store, random), options_(std::move(options)) {}

Result<TableChange> Append::Prepare(const TableMetadata& base, std::int64_t now_ms) {
  EIDER_CHECK(CheckFiles(options_.files));
  EIDER_ASSIGN(const SnapshotAttempt attempt, writer_.Begin(base));
  EIDER_CHECK(CheckUnpartitioned(base));
  EIDER_CHECK(WriteAdded(attempt));
  EIDER_ASSIGN(const auto manifests, writer_.AddTo(attempt, *added_));
  was_merged_ = std::ranges::find(manifests, added_->file.manifest_path,
                                  &ManifestFile::manifest_path) == manifests.end();
  EIDER_ASSIGN(TableChange change, writer_.Finish(attempt, manifests, "append",
                                                  AppendSummary(options_.files, options_.summary,
                                                                base.CurrentSnapshot()),
                                                  now_ms));
  change.new_files.push_back(added_->file.manifest_path);
  for (const DataFile& file : options_.files) change.new_files.push_back(file.file_path);
  return change;
}

// The manifest stays as it is from attempt to attempt; only the sequence number in the list
// changes.
Status Append::WriteAdded(const SnapshotAttempt& attempt) {
  if (added_ && added_->file.partition_spec_id != attempt.base.default_spec_id) {
    writer_.GiveUp(added_->file);
    added_.reset();
  }
  if (!added_) {
    OwnManifest added{{}, AddedEntries(options_.files)};
    EIDER_ASSIGN(added.file, writer_.WriteManifest(attempt, added.entries));
    writer_.Keep(added.file);
    added_ = std::move(added);
  }
  added_->file.sequence_number = attempt.sequence_number;
  added_->file.min_sequence_number = attempt.sequence_number;
  return {};
}

Status Append::DiscardAll() {
  if (added_) {
    writer_.GiveUp(added_->file);
    added_.reset();
  }
  return writer_.DiscardAttempt();
}

Status Append::DiscardMerged() {
  if (!was_merged_) return {};
  EIDER_CHECK(writer_.Remove(added_->file));
  was_merged_ = false;
  return {};
}

}  // namespace eider::iceberg
