// One append to a table, over all its attempts: fast append or merge append.
//
// The manifest of the added files is written once and reused by every attempt; each attempt reads
// the base's manifest list again, takes the next sequence number and writes a list of its own. The
// snapshot id is the same in all attempts (docs/architecture.md, invariant 2). Manifests are merged
// when `commit.manifest-merge.enabled` holds (default) and `commit.manifest.min-count-to-merge`
// (100) or `commit.manifest.target-size-bytes` (8 MiB) call for it, data manifests of the same spec
// only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/manifest_merge.h"
#include "eider/iceberg/table_change.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/store/object_store.h"

namespace eider::iceberg {

// Used by one thread. Borrows the store.
class Append {
 public:
  // `files` must not be empty. `summary`: user keys for the snapshot summary; never shadow computed
  // ones.
  struct Options {
    std::vector<DataFile> files;
    Summary summary;
  };

  Append(store::ObjectStore& store, Random& random, Options options);

  std::int64_t snapshot_id() const { return snapshot_id_; }

  // Writes what this attempt needs and returns the change that adds the snapshot on top of `base`,
  // with `now_ms` as its timestamp at the least.
  // Nothing of it is part of the table before that change is. Errors: kInvalid (no files, or one
  // twice), kUnsupported (format version 1, partitioned default spec), kAlreadyExists (the snapshot
  // is in `base`: an earlier attempt did happen), kUnavailable, kDenied, kCorrupt, kNotFound.
  Result<TableChange> Prepare(const TableMetadata& base, std::int64_t now_ms);

  // Removes the files of attempts that surely did not become current; call after a conflict. Keeps
  // the added-files manifest for the next attempt. What could not be removed stays for the next
  // call.
  Status DiscardAttempt();

  // Removes every manifest this append wrote. Only when it surely did not happen.
  Status DiscardAll();

  // Removes the added-files manifest when a merge has taken its entries over. Only after the change
  // of the last Prepare has become current.
  Status DiscardMerged();

 private:
  // Where one attempt writes, and as what.
  struct Attempt {
    const TableMetadata& base;
    Uri folder;  // of metadata files
    std::int64_t sequence_number = 0;
  };

  Status CheckBase(const TableMetadata& base) const;
  Status WriteAddedManifest(const Attempt& attempt);
  Result<ManifestFile> WriteManifest(const Attempt& attempt,
                                     const std::vector<ManifestEntry>& entries);
  Result<std::vector<ManifestFile>> CollectManifests(const Attempt& attempt);
  Status CountUncounted(std::vector<ManifestFile>& manifests);
  Status MergeBin(const Attempt& attempt, const ManifestBin& bin,
                  std::vector<ManifestFile>& manifests);
  Result<std::string> WriteManifestList(const Attempt& attempt,
                                        const std::vector<ManifestFile>& manifests);
  Status PutFile(const std::string& path, std::string_view bytes);
  Status RemoveFile(const std::string& path);
  std::vector<ManifestEntry> AddedEntries() const;

  store::ObjectStore& store_;
  Options options_;
  std::int64_t snapshot_id_;
  std::string commit_uuid_;
  std::optional<ManifestFile> added_manifest_;
  bool added_was_merged_ = false;  // by the last attempt
  int attempts_ = 0;
  int manifests_ = 0;  // written so far, for their names
  std::vector<std::string> attempt_files_;
};

}  // namespace eider::iceberg
