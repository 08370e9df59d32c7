// Writing of snapshots, over all attempts of a commit: ids, manifests, the manifest list, and which
// files an attempt has left. Operations, such as Append, only choose what is in them.
//
// Each attempt reads the base's manifest list again, takes the next sequence number and writes a
// list of its own. The snapshot id is the same in all attempts (docs/architecture.md, invariant 2).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/manifest_merge.h"
#include "eider/iceberg/snapshot.h"
#include "eider/iceberg/table_change.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/store/object_store.h"

namespace eider::iceberg {

// On top of which state a snapshot is written, and where its files go.
struct SnapshotAttempt {
  const TableMetadata& base;         // borrowed
  Uri folder;                        // of metadata files
  std::int64_t sequence_number = 0;  // 0 in format version 1, which has none
};

// A manifest that the operation has written, with what is in it.
struct OwnManifest {
  ManifestFile file;
  std::vector<ManifestEntry> entries;
};

// Used by one thread. Borrows store and random.
class SnapshotWriter {
 public:
  SnapshotWriter(store::ObjectStore& store, Random& random);

  std::int64_t snapshot_id() const { return snapshot_id_; }

  // One more attempt. Errors: kAlreadyExists (the snapshot is in
  // `base`: an earlier attempt did happen), kCorrupt.
  Result<SnapshotAttempt> Begin(const TableMetadata& base);

  // Writes a manifest of the spec, which goes with the attempt unless it is kept; in format version
  // 1 each entry has its snapshot id. Errors: kInvalid
  // (a spec that the table does not have, or entries of another), kUnsupported (a transform),
  // kUnavailable, kDenied.
  Result<ManifestFile> WriteManifest(const SnapshotAttempt& attempt, int spec_id,
                                     const std::vector<ManifestEntry>& entries);

  // Whether a manifest outlives the attempt, for the next one to use again.
  void Keep(const ManifestFile& manifest);
  void GiveUp(const ManifestFile& manifest);

  // The manifests of a snapshot that adds some, each of another spec: the added, then the base's,
  // newest first as before.
  // Manifests are merged when `commit.manifest-merge.enabled` holds (default) and
  // `commit.manifest.min-count-to-merge` (100) or `commit.manifest.target-size-bytes` (8 MiB) call
  // for it, data manifests of the same spec only. Errors: those of reading and writing manifests.
  Result<std::vector<ManifestFile>> AddTo(const SnapshotAttempt& attempt,
                                          std::span<const OwnManifest> added);

  // Writes the list, and gives the change that makes the snapshot the current one of main, with the
  // files of its attempts as new ones. `now_ms` is its timestamp at the least. Errors: as
  // WriteManifest.
  Result<TableChange> Finish(const SnapshotAttempt& attempt, std::vector<ManifestFile> manifests,
                             std::string operation, Summary summary, std::int64_t now_ms);

  // Removes the files of attempts that surely did not become current. What could not be removed
  // stays for the next call.
  Status DiscardAttempt();

  Status Remove(const ManifestFile& manifest) { return RemoveFile(manifest.manifest_path); }

 private:
  Status CheckBase(const TableMetadata& base) const;
  Status CountUncounted(std::vector<ManifestFile>& manifests);
  Status MergeBin(const SnapshotAttempt& attempt, const ManifestBin& bin, const OwnManifest& added,
                  std::vector<ManifestFile>& manifests);
  Result<std::string> WriteManifestList(const SnapshotAttempt& attempt,
                                        const std::vector<ManifestFile>& manifests);
  Status PutFile(const std::string& path, std::string bytes);
  Status RemoveFile(const std::string& path);

  store::ObjectStore& store_;
  std::int64_t snapshot_id_;
  std::string commit_uuid_;
  int attempts_ = 0;
  int manifests_ = 0;  // written so far, for their names
  std::vector<std::string> attempt_files_;
};

}  // namespace eider::iceberg
