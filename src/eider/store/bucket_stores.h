// One store over all: folders that stand for buckets and local files, and S3 for every other
// bucket.
//
// S3 is opened when the first object of it is asked for, so that a run on local files needs neither
// credentials nor a region.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/local_store.h"
#include "eider/store/object_deeds.h"
#include "eider/store/object_store.h"

namespace eider::store {

class BucketStores final : public ObjectStore, public ObjectDeeds {
 public:
  using OpenS3 = std::function<Result<std::unique_ptr<ObjectStore>>()>;

  // `folders`: bucket to absolute folder, as for LocalStore. `open_s3` is called by one thread at a
  // time; after a failure it is called again for the next object.
  BucketStores(const std::map<std::string, std::string>& folders, OpenS3 open_s3);

  const LocalStore& local() const { return local_; }

  // Errors of all: those of the store that has the bucket, and of opening S3, among which kNotFound
  // becomes kInvalid: it is never the object that was not found there.
  Result<ObjectInfo> Stat(const Uri& uri) override;
  Result<std::unique_ptr<ObjectReader>> Open(const Uri& uri,
                                             const OpenOptions& options = {}) override;
  Result<std::map<std::string, std::string>> Tags(const Uri& uri,
                                                  const std::string& version_id) override;
  Status Put(const Uri& uri, std::string_view bytes, PutMode mode) override;
  Status PutSoon(const Uri& uri, std::string bytes, PutMode mode) override;
  Result<std::unique_ptr<ObjectUpload>> StartUpload(const Uri& uri) override;
  Status List(const Uri& prefix, const std::function<bool(const ObjectInfo&)>& visit) override;
  Status Remove(const Uri& uri) override;
  Status Copy(const Uri& from, const OpenOptions& which, const Uri& to) override;
  Status Move(const Uri& from, const OpenOptions& which, const Uri& to) override;
  Status RemoveIf(const Uri& uri, const std::string& etag) override;
  Status SetTags(const Uri& uri, const std::string& version_id,
                 const std::map<std::string, std::string>& tags) override;

  bool HasEtagsOfS3(const Uri& uri) const override { return !IsLocal(uri); }

  Status Sync(std::span<const Uri> objects) override;

 private:
  bool IsLocal(const Uri& uri) const;
  Result<ObjectStore*> StoreOf(const Uri& uri);
  Status Do(const Uri& uri, const std::function<Status(ObjectDeeds&)>& deed);

  std::set<std::string, std::less<>> folder_buckets_;
  LocalStore local_;
  OpenS3 open_s3_;

  std::mutex mutex_;                 // guards the opening
  std::unique_ptr<ObjectStore> s3_;  // null until it is needed; never changes afterwards
};

}  // namespace eider::store
