// Local files as objects, and local folders that stand for buckets.
//
// `file:///p` is the file /p. `s3://b/k` is the file `folder-of-b/k` for each configured bucket; a
// key with `..` or `.` segments, an empty segment or a NUL byte is refused, and no symbolic link is
// followed out of the folder, so that no key leaves its bucket (local_path.h). Folders and other
// things that are no regular files are no objects.
// The ETag is made of size, inode and modification time in nanoseconds.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/local_path.h"
#include "eider/store/local_upload.h"
#include "eider/store/object_deeds.h"
#include "eider/store/object_store.h"

namespace eider::store {

class LocalStore final : public ObjectStore, public ObjectDeeds {
 public:
  // `buckets`: name to absolute folder. Folders need not exist yet: writing makes them.
  explicit LocalStore(std::map<std::string, std::string> buckets);

  // Beyond the contract, of all: kInvalid for a bucket without a folder, a key that is refused, or
  // a name of more than 255 bytes; kDenied for a link that leads out of the bucket.
  Result<ObjectInfo> Stat(const Uri& uri) override;

  // The reader keeps the file open: a replacement does not reach it. A file that is changed in
  // place, which only others do, gives kConflict.
  Result<std::unique_ptr<ObjectReader>> Open(const Uri& uri,
                                             const OpenOptions& options = {}) override;

  // None.
  Result<std::map<std::string, std::string>> Tags(const Uri& uri,
                                                  const std::string& version_id) override;

  Status Put(const Uri& uri, std::string_view bytes, PutMode mode) override;
  Result<std::unique_ptr<ObjectUpload>> StartUpload(const Uri& uri) override;

  // Unfinished uploads, links to folders and links that lead nowhere or out are passed over. A
  // folder that may not be read ends the listing with kDenied.
  Status List(const Uri& prefix, const std::function<bool(const ObjectInfo&)>& visit) override;

  // What List passes over below the prefix because it is a "FIFO", a "socket" or a "device";
  // nothing in a bucket without a folder. Errors: those of List.
  Status ListOthers(const Uri& prefix,
                    const std::function<void(const Uri&, std::string_view kind)>& visit) const;

  // Leaves the folders, even empty ones.
  Status Remove(const Uri& uri) override;

  Status Copy(const Uri& from, const OpenOptions& which, const Uri& to) override;

  // Within a file system the file gets another name, and stays what it is.
  Status Move(const Uri& from, const OpenOptions& which, const Uri& to) override;

  Status RemoveIf(const Uri& uri, const std::string& etag) override;

  // There are none.
  Status SetTags(const Uri& uri, const std::string& version_id,
                 const std::map<std::string, std::string>& tags) override;

  bool HasEtagsOfS3(const Uri& /*uri*/) const override { return false; }

  // One flush per file system that was written to, however many files there are.
  Status Sync(std::span<const Uri> objects) override;

  // The true URI of a local path: `s3://b/k` when it lies below a bucket's folder, else file://.
  // Links in the folders above are resolved where that finds the bucket.
  Uri UriOfPath(const std::string& absolute_path) const;

 private:
  // The bucket's folder, or / for file URIs. Errors: kInvalid.
  Result<LocalPath> RootOf(const Uri& uri) const;
  // The folder of the prefix: everything up to its last slash. Errors: kInvalid.
  Result<LocalPath> FolderOf(const Uri& prefix) const;
  // Errors: kInvalid.
  Result<LocalPath> PathOf(const Uri& uri) const;
  Result<std::unique_ptr<LocalUpload>> StartLocalUpload(const Uri& uri);

  std::map<std::string, std::string> buckets_;
  Resolver resolver_;
  UnsyncedFileSystems unsynced_;
  SystemRandom random_;  // for the hidden names of uploads
};

}  // namespace eider::store
