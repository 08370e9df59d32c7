// The first operation: the added files' manifest, and the base's behind it.
#include "eider/iceberg/append.h"

#include <algorithm>
#include <map>
#include <optional>
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

// `snapshot_id`: nothing where entries inherit it.
std::vector<ManifestEntry> AddedEntries(const std::vector<DataFile>& files,
                                        std::optional<std::int64_t> snapshot_id) {
  std::vector<ManifestEntry> entries;
  entries.reserve(files.size());
  for (const DataFile& file : files) {
    entries.push_back({.status = EntryStatus::kAdded,
                       .snapshot_id = snapshot_id,
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
  EIDER_CHECK(WriteAdded(attempt));
  EIDER_ASSIGN(auto manifests, writer_.AddTo(attempt, added_));
  merged_.clear();
  for (const OwnManifest& added : added_) {
    const bool is_there = std::ranges::find(manifests, added.file.manifest_path,
                                            &ManifestFile::manifest_path) != manifests.end();
    if (!is_there) merged_.push_back(added.file);
  }
  EIDER_ASSIGN(TableChange change, writer_.Finish(attempt, std::move(manifests), "append",
                                                  AppendSummary(options_.files, options_.summary,
                                                                base.CurrentSnapshot()),
                                                  now_ms));
  for (const OwnManifest& added : added_) change.new_files.push_back(added.file.manifest_path);
  for (const DataFile& file : options_.files) change.new_files.push_back(file.file_path);
  return change;
}

// The manifests stay as they are from attempt to attempt; only the sequence number in the list
// changes.
Status Append::WriteAdded(const SnapshotAttempt& attempt) {
  if (added_.empty()) {
    std::map<int, std::vector<DataFile>> files;
    for (const DataFile& file : options_.files) files[file.spec_id].push_back(file);
    std::optional<std::int64_t> own_id;
    if (attempt.base.format_version == 1) own_id = writer_.snapshot_id();
    for (const auto& [spec_id, of_spec] : files) {
      OwnManifest added{{}, AddedEntries(of_spec, own_id)};
      EIDER_ASSIGN(added.file, writer_.WriteManifest(attempt, spec_id, added.entries));
      writer_.Keep(added.file);
      added_.push_back(std::move(added));
    }
  }
  for (OwnManifest& added : added_) {
    added.file.sequence_number = attempt.sequence_number;
    added.file.min_sequence_number = attempt.sequence_number;
  }
  return {};
}

Status Append::DiscardAll() {
  for (const OwnManifest& added : added_) writer_.GiveUp(added.file);
  added_.clear();
  return writer_.DiscardAttempt();
}

Status Append::DiscardMerged() {
  while (!merged_.empty()) {
    EIDER_CHECK(writer_.Remove(merged_.back()));
    merged_.pop_back();
  }
  return {};
}

}  // namespace eider::iceberg
