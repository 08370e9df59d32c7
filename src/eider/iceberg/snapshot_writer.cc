// Files are named as Java's SnapshotProducer names them: `<uuid>-m<N>.avro` for manifests,
// `snap-<snapshot id>-<attempt>-<uuid>.avro` for lists.
#include "eider/iceberg/snapshot_writer.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "eider/iceberg/locations.h"
#include "eider/iceberg/manifest_avro.h"
#include "eider/iceberg/manifest_files.h"
#include "eider/iceberg/partition.h"
#include "eider/iceberg/row_lineage.h"

namespace eider::iceberg {
namespace {

// Ids are positive, as Java makes them; 0 would look like an unset one.
std::int64_t NewSnapshotId(Random& random) {
  constexpr std::uint64_t kPositive = std::numeric_limits<std::int64_t>::max();
  std::uint64_t id = 0;
  while (id == 0) id = random.Next() & kPositive;
  return static_cast<std::int64_t>(id);
}

bool IsLive(const ManifestFile& manifest) {
  return manifest.added_files_count != 0 || manifest.existing_files_count != 0;
}

// Whether the partitions may be written again by the spec.
bool AreOf(const PartitionSpec& spec, const std::vector<ManifestEntry>& entries) {
  return std::ranges::all_of(entries, [&](const ManifestEntry& entry) {
    return entry.data_file.partition.size() == spec.fields.size();
  });
}

TableChange ChangeFor(const TableMetadata& base, Snapshot snapshot,
                      std::vector<std::string> new_files) {
  const std::string main(kMainBranch);
  TableChange change;
  change.requirements.emplace_back(AssertTableUuid{base.table_uuid});
  change.requirements.emplace_back(AssertRefSnapshotId{main, snapshot.parent_snapshot_id});
  SetSnapshotRef move_main = MoveBranch(base, main, snapshot.snapshot_id);
  change.updates.emplace_back(AddSnapshot{std::move(snapshot)});
  change.updates.emplace_back(std::move(move_main));
  change.new_files = std::move(new_files);
  return change;
}

}  // namespace

SnapshotWriter::SnapshotWriter(store::ObjectStore& store, Random& random)
    : store_(store), snapshot_id_(NewSnapshotId(random)), commit_uuid_(NewUuid(random)) {}

Result<SnapshotAttempt> SnapshotWriter::Begin(const TableMetadata& base) {
  EIDER_CHECK(CheckBase(base));
  EIDER_ASSIGN(Uri folder, MetadataFolder(base));
  ++attempts_;
  const bool is_numbered = base.format_version > 1;
  return SnapshotAttempt{base, std::move(folder), is_numbered ? base.last_sequence_number + 1 : 0};
}

Status SnapshotWriter::CheckBase(const TableMetadata& base) const {
  if (base.FindSnapshot(snapshot_id_) != nullptr) {
    return Fail(Code::kAlreadyExists,
                fmt::format("the snapshot of this commit is in the table already: {} in {}",
                            snapshot_id_, base.location));
  }
  if (base.current_snapshot_id && base.CurrentSnapshot() == nullptr) {
    return Fail(Code::kCorrupt, fmt::format("the current snapshot is missing from the metadata of "
                                            "the table: {} in {}",
                                            *base.current_snapshot_id, base.location));
  }
  return {};
}

Result<ManifestFile> SnapshotWriter::WriteManifest(const SnapshotAttempt& attempt, int spec_id,
                                                   const std::vector<ManifestEntry>& entries) {
  const PartitionSpec* const spec = attempt.base.FindSpec(spec_id);
  if (spec == nullptr) {
    return Fail(Code::kInvalid, fmt::format("data files were written for partition spec {}, which "
                                            "the table does not have: {}",
                                            spec_id, attempt.base.location));
  }
  EIDER_ASSIGN(const auto columns, PartitionColumns(attempt.base, *spec));
  EIDER_ASSIGN(std::string bytes, EncodeManifest(attempt.base.CurrentSchema(), *spec, columns,
                                                 entries, attempt.base.format_version));
  ManifestFile manifest;
  manifest.manifest_path =
      attempt.folder.Child(fmt::format("{}-m{}.avro", commit_uuid_, manifests_++)).ToString();
  manifest.manifest_length = static_cast<std::int64_t>(bytes.size());
  manifest.partition_spec_id = spec_id;
  manifest.sequence_number = attempt.sequence_number;
  manifest.added_snapshot_id = snapshot_id_;
  manifest.partitions = SummarizePartitions(columns, entries);
  CountEntries(entries, manifest);
  attempt_files_.push_back(manifest.manifest_path);  // a write that fails may have happened too
  EIDER_CHECK(PutFile(manifest.manifest_path, std::move(bytes)));
  return manifest;
}

void SnapshotWriter::Keep(const ManifestFile& manifest) {
  std::erase(attempt_files_, manifest.manifest_path);
}

void SnapshotWriter::GiveUp(const ManifestFile& manifest) {
  attempt_files_.push_back(manifest.manifest_path);
}

Result<std::vector<ManifestFile>> SnapshotWriter::AddTo(const SnapshotAttempt& attempt,
                                                        std::span<const OwnManifest> added) {
  std::map<int, std::vector<ManifestFile>> mergeable;  // by spec
  for (const OwnManifest& own : added) mergeable[own.file.partition_spec_id] = {own.file};
  std::vector<ManifestFile> others;
  if (const Snapshot* const parent = attempt.base.CurrentSnapshot()) {
    EIDER_ASSIGN(auto carried, ReadManifestList(store_, *parent));
    EIDER_CHECK(CountUncounted(carried));
    for (ManifestFile& manifest : carried) {
      const bool is_data = manifest.content == ManifestContent::kData;
      if (is_data && !IsLive(manifest)) continue;
      const auto same_spec = mergeable.find(manifest.partition_spec_id);
      const bool may_merge = is_data && same_spec != mergeable.end();
      (may_merge ? same_spec->second : others).push_back(std::move(manifest));
    }
  }
  std::vector<ManifestFile> manifests;
  for (const OwnManifest& own : added) {
    const std::vector<ManifestFile>& of_spec = mergeable[own.file.partition_spec_id];
    for (const ManifestBin& bin : PackManifests(of_spec, MergePolicyOf(attempt.base))) {
      if (bin.merge) {
        EIDER_CHECK(MergeBin(attempt, bin, own, manifests));
      } else {
        manifests.insert(manifests.end(), bin.manifests.begin(), bin.manifests.end());
      }
    }
  }
  manifests.insert(manifests.end(), std::make_move_iterator(others.begin()),
                   std::make_move_iterator(others.end()));
  return manifests;
}

// Fills in the counts that version 1 may leave out and version 2 requires.
Status SnapshotWriter::CountUncounted(std::vector<ManifestFile>& manifests) {
  std::vector<ManifestFile> uncounted;
  std::ranges::remove_copy_if(manifests, std::back_inserter(uncounted), HasCounts);
  auto read = ReadWholeManifests(store_, uncounted);
  std::size_t next = 0;
  for (ManifestFile& manifest : manifests) {
    if (HasCounts(manifest)) continue;
    EIDER_ASSIGN(const DecodedManifest whole, std::move(read[next++]));
    CountEntries(whole.entries, manifest);
  }
  return {};
}

// Writes one manifest for all of the bin's that can be written again without a loss; the others are
// carried as they are.
Status SnapshotWriter::MergeBin(const SnapshotAttempt& attempt, const ManifestBin& bin,
                                const OwnManifest& added, std::vector<ManifestFile>& manifests) {
  std::vector<ManifestEntry> entries;
  std::vector<ManifestFile> merged;
  std::vector<ManifestFile> carried;
  std::vector<ManifestFile> others = bin.manifests;
  const PartitionSpec* const spec = attempt.base.FindSpec(added.file.partition_spec_id);
  const auto is_added = [&](const ManifestFile& manifest) {
    return manifest.manifest_path == added.file.manifest_path;
  };
  if (std::erase_if(others, is_added) > 0) {  // it stands first
    entries = added.entries;
    merged.push_back(added.file);
  }
  auto read = ReadWholeManifests(store_, others);
  for (std::size_t i = 0; i < others.size(); ++i) {
    const ManifestFile& manifest = others[i];
    Result<DecodedManifest>& whole = read[i];
    const bool unsupported = !whole && whole.error().code == Code::kUnsupported;
    if (!whole && !unsupported) return std::unexpected(std::move(whole).error());
    if (unsupported || !whole->complete || !CanMerge(whole->entries) ||
        !AreOf(*spec, whole->entries)) {
      carried.push_back(manifest);
      continue;
    }
    std::ranges::move(ExistingEntries(std::move(whole->entries)), std::back_inserter(entries));
    merged.push_back(manifest);
  }
  if (merged.size() < 2) {
    manifests.insert(manifests.end(), bin.manifests.begin(), bin.manifests.end());
    return {};
  }
  EIDER_ASSIGN(ManifestFile written, WriteManifest(attempt, spec->spec_id, entries));
  manifests.push_back(std::move(written));
  manifests.insert(manifests.end(), carried.begin(), carried.end());
  return {};
}

Result<std::string> SnapshotWriter::WriteManifestList(const SnapshotAttempt& attempt,
                                                      const std::vector<ManifestFile>& manifests) {
  ManifestListHeader header;
  header.snapshot_id = snapshot_id_;
  header.parent_snapshot_id = attempt.base.current_snapshot_id;
  header.sequence_number = attempt.sequence_number;
  header.format_version = attempt.base.format_version;
  EIDER_ASSIGN(std::string bytes, EncodeManifestList(header, manifests));
  const std::string name = fmt::format("snap-{}-{}-{}.avro", snapshot_id_, attempts_, commit_uuid_);
  std::string path = attempt.folder.Child(name).ToString();
  attempt_files_.push_back(path);
  EIDER_CHECK(PutFile(path, std::move(bytes)));
  return path;
}

Result<TableChange> SnapshotWriter::Finish(const SnapshotAttempt& attempt,
                                           std::vector<ManifestFile> manifests,
                                           std::string operation, Summary summary,
                                           std::int64_t now_ms) {
  const TableMetadata& base = attempt.base;
  Snapshot snapshot;
  snapshot.snapshot_id = snapshot_id_;
  snapshot.parent_snapshot_id = base.current_snapshot_id;
  snapshot.sequence_number = attempt.sequence_number;
  snapshot.timestamp_ms = NextTimestampMs(base, now_ms);
  if (base.format_version > 2) {
    snapshot.first_row_id = base.next_row_id;
    EIDER_ASSIGN(const std::int64_t next_row_id, AssignRowIds(base.next_row_id, manifests));
    snapshot.added_rows = next_row_id - base.next_row_id;
  }
  EIDER_ASSIGN(snapshot.manifest_list, WriteManifestList(attempt, manifests));
  snapshot.operation = std::move(operation);
  snapshot.summary = std::move(summary);
  snapshot.schema_id = base.current_schema_id;
  return ChangeFor(base, std::move(snapshot), attempt_files_);
}

Status SnapshotWriter::PutFile(const std::string& path, std::string bytes) {
  EIDER_ASSIGN(const Uri uri, Uri::Parse(path));
  Status put = store_.PutSoon(uri, std::move(bytes), store::PutMode::kReplace);
  if (put) return {};
  Error error = Annotate(fmt::format("cannot write {}", path), std::move(put).error());
  // Whether this file is there or not, the table does not refer to it: nothing is in doubt.
  if (error.code == Code::kOutcomeUnknown) error.code = Code::kUnavailable;
  return std::unexpected(std::move(error));
}

Status SnapshotWriter::RemoveFile(const std::string& path) {
  EIDER_ASSIGN(const Uri uri, Uri::Parse(path));
  return store_.Remove(uri);
}

Status SnapshotWriter::DiscardAttempt() {
  Status first_failure;
  std::erase_if(attempt_files_, [&](const std::string& path) {
    Status removed = RemoveFile(path);
    if (!removed && first_failure) first_failure = removed;
    return removed.has_value();
  });
  return first_failure;
}

}  // namespace eider::iceberg
