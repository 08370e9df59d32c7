// Manifest lists and manifests from the store. Errors name the file, for whoever has to look at it.
#include "eider/iceberg/manifest_files.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/iceberg/row_lineage.h"

namespace eider::iceberg {
namespace {

// Lists and manifests beyond this are refused before they fill the memory.
constexpr std::uint64_t kFileSizeMaxBytes = 512U << 20U;

// Manifests read at a time.
constexpr std::size_t kReadersMax = 8;

Result<std::string> ReadFile(store::ObjectStore& store, const std::string& path) {
  EIDER_ASSIGN(const Uri uri, Uri::Parse(path));
  return store::ReadAll(store, uri, kFileSizeMaxBytes);
}

// The spec and snapshot ids are inherited always; sequence numbers by added files, and by those of
// version 1, whose manifests have sequence number 0.
void Inherit(const ManifestFile& manifest, ManifestEntry& entry) {
  entry.data_file.spec_id = manifest.partition_spec_id;
  if (!entry.snapshot_id) entry.snapshot_id = manifest.added_snapshot_id;
  if (entry.status != EntryStatus::kAdded && manifest.sequence_number != 0) return;
  if (!entry.sequence_number) entry.sequence_number = manifest.sequence_number;
  if (!entry.file_sequence_number) entry.file_sequence_number = manifest.sequence_number;
}

}  // namespace

Result<std::vector<ManifestFile>> ReadManifestList(store::ObjectStore& store,
                                                   const Snapshot& snapshot) {
  if (snapshot.manifest_list.empty()) {
    return Fail(
        Code::kUnsupported,
        fmt::format("the snapshot has no manifest list (it is of format version 1 and lists "
                    "its manifests itself); rewrite the table's manifests first: {}",
                    snapshot.snapshot_id));
  }
  auto bytes = ReadFile(store, snapshot.manifest_list);
  auto manifests = bytes ? DecodeManifestList(*bytes) : std::unexpected(std::move(bytes).error());
  if (!manifests) {
    return Fail(fmt::format("cannot read manifest list {}", snapshot.manifest_list),
                std::move(manifests).error());
  }
  return manifests;
}

Result<DecodedManifest> ReadWholeManifest(store::ObjectStore& store, const ManifestFile& manifest) {
  if (manifest.key_metadata) {
    return Fail(Code::kUnsupported,
                fmt::format("encrypted manifests are not read: {}", manifest.manifest_path));
  }
  auto bytes = ReadFile(store, manifest.manifest_path);
  auto decoded = bytes ? DecodeWholeManifest(*bytes) : std::unexpected(std::move(bytes).error());
  if (!decoded) {
    return Fail(fmt::format("cannot read manifest {}", manifest.manifest_path),
                std::move(decoded).error());
  }
  for (ManifestEntry& entry : decoded->entries) Inherit(manifest, entry);
  InheritRowIds(manifest, decoded->entries);
  return decoded;
}

std::vector<Result<DecodedManifest>> ReadWholeManifests(
    store::ObjectStore& store, const std::vector<ManifestFile>& manifests) {
  std::vector<Result<DecodedManifest>> read(manifests.size());
  std::atomic<std::size_t> next = 0;
  const auto read_some = [&] {
    for (std::size_t i = next++; i < manifests.size(); i = next++) {
      read[i] = ReadWholeManifest(store, manifests[i]);
    }
  };
  std::vector<std::jthread> others;
  try {
    while (others.size() + 1 < std::min(kReadersMax, manifests.size())) {
      others.emplace_back(read_some);
    }
  } catch (const std::system_error&) {
    // Without more threads those that are there, this one at the least, read all.
  }
  read_some();
  others.clear();  // joins
  return read;
}

Result<std::vector<ManifestEntry>> ReadManifest(store::ObjectStore& store,
                                                const ManifestFile& manifest) {
  EIDER_ASSIGN(DecodedManifest decoded, ReadWholeManifest(store, manifest));
  std::erase_if(decoded.entries,
                [](const ManifestEntry& entry) { return entry.status == EntryStatus::kDeleted; });
  return std::move(decoded.entries);
}

void CountEntries(const std::vector<ManifestEntry>& entries, ManifestFile& manifest) {
  manifest.added_files_count = manifest.existing_files_count = manifest.deleted_files_count = 0;
  manifest.added_rows_count = manifest.existing_rows_count = manifest.deleted_rows_count = 0;
  std::int64_t smallest = std::numeric_limits<std::int64_t>::max();
  for (const ManifestEntry& entry : entries) {
    const std::int64_t rows = entry.data_file.record_count;
    switch (entry.status) {
      case EntryStatus::kAdded:
        ++manifest.added_files_count;
        manifest.added_rows_count += rows;
        break;
      case EntryStatus::kExisting:
        ++manifest.existing_files_count;
        manifest.existing_rows_count += rows;
        break;
      case EntryStatus::kDeleted:
        ++manifest.deleted_files_count;
        manifest.deleted_rows_count += rows;
        continue;
    }
    smallest = std::min(smallest, entry.sequence_number.value_or(manifest.sequence_number));
  }
  manifest.min_sequence_number = std::min(smallest, manifest.sequence_number);
}

bool HasCounts(const ManifestFile& manifest) {
  return manifest.added_files_count >= 0 && manifest.existing_files_count >= 0 &&
         manifest.deleted_files_count >= 0 && manifest.added_rows_count >= 0 &&
         manifest.existing_rows_count >= 0 && manifest.deleted_rows_count >= 0;
}

}  // namespace eider::iceberg
