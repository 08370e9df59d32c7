// An S3 Inventory in place of a listing: what lay in a bucket when AWS looked through it.
//
// Its files come to a folder of this process alone, each held against its MD5, and the engine sorts
// their rows there: memory does not grow with their number.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/engine/private_directory.h"
#include "eider/engine/sql_engine.h"
#include "eider/store/object_store.h"
#include "eider/worker/inventory_manifest.h"

namespace eider::worker {

class Inventory {
 public:
  // Reads the manifest and fetches its files. Borrows the store. Errors: those of
  // ParseInventoryManifest and of the store; kCorrupt (a file is not the one that the manifest
  // means), kUnavailable (engine.temp_directory), kCancelled.
  static Result<Inventory> Open(store::ObjectStore& store, const Uri& manifest,
                                const engine::EngineOptions& engine, std::stop_token stop);

  // When the bucket began to be looked through: what came later may be missing.
  TimePoint created() const { return manifest_.created; }

  // Whether it tells an object's version and time; where not, they are empty in listings.
  bool has_versions() const { return manifest_.Has("version_id"); }

  bool has_times() const { return manifest_.Has("last_modified_date"); }

  // As ObjectStore::List had it then: the latest versions, but for delete markers, in the order of
  // their keys. Errors: kInvalid (the prefix is of another bucket), kCorrupt (its files are not of
  // that form), kOutOfMemory, kDeadlineExceeded, kUnavailable, kCancelled.
  Status List(const Uri& prefix, const std::function<bool(const store::ObjectInfo&)>& visit) const;

 private:
  Inventory(store::ObjectStore& store, InventoryManifest manifest,
            const engine::EngineOptions& engine, std::stop_token stop)
      : store_(&store), manifest_(std::move(manifest)), engine_(engine), stop_(std::move(stop)) {}

  Status Fetch(const InventoryFile& file, const std::string& path) const;
  std::string RowsSql(const Uri& prefix) const;

  store::ObjectStore* store_;
  InventoryManifest manifest_;
  engine::EngineOptions engine_;
  std::stop_token stop_;
  std::unique_ptr<engine::PrivateDirectory> directory_;
  std::vector<Uri> files_;  // below it
};

}  // namespace eider::worker
