// One append to a table, over all its attempts: fast append or merge append.
//
// The manifests of the added files are written once and used by every attempt.
#pragma once

#include <cstdint>
#include <vector>

#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/snapshot.h"
#include "eider/iceberg/snapshot_writer.h"
#include "eider/iceberg/table_change.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/store/object_store.h"

namespace eider::iceberg {

// Used by one thread. Borrows the store.
class Append {
 public:
  // `files` must not be empty; each is of the partition spec that it was written for, whatever the
  // table's default is by now. `summary`: user keys for the snapshot summary; never shadow computed
  // ones.
  struct Options {
    std::vector<DataFile> files;
    Summary summary;
  };

  Append(store::ObjectStore& store, Random& random, Options options);

  std::int64_t snapshot_id() const { return writer_.snapshot_id(); }

  // Writes what this attempt needs and returns the change that adds the snapshot on top of `base`,
  // with `now_ms` as its timestamp at the least.
  // Nothing of it is part of the table before that change is. Errors: kInvalid (no files, or one
  // twice, or a partition that is none of the spec), kAlreadyExists (the snapshot is in `base`: an
  // earlier attempt did happen), kUnavailable, kDenied, kCorrupt, kNotFound.
  Result<TableChange> Prepare(const TableMetadata& base, std::int64_t now_ms);

  // Removes the files of attempts that surely did not become current; call after a conflict. Keeps
  // the manifests of added files for the next attempt. What could not be removed stays for the next
  // call.
  Status DiscardAttempt() { return writer_.DiscardAttempt(); }

  // Removes every manifest this append wrote. Only when it surely did not happen.
  Status DiscardAll();

  // Removes the manifests of added files whose entries a merge has taken over. Only after the
  // change of the last Prepare has become current.
  Status DiscardMerged();

 private:
  Status WriteAdded(const SnapshotAttempt& attempt);

  SnapshotWriter writer_;
  Options options_;
  std::vector<OwnManifest> added_;    // one for each spec, in the order of their files
  std::vector<ManifestFile> merged_;  // of them, by the last attempt
};

}  // namespace eider::iceberg
