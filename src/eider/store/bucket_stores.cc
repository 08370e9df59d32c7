// Each call goes to the store that has the bucket.
#include "eider/store/bucket_stores.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/object_store.h"

namespace eider::store {

BucketStores::BucketStores(const std::map<std::string, std::string>& folders, OpenS3 open_s3)
    : local_(folders), open_s3_(std::move(open_s3)) {
  for (const auto& bucket : folders | std::views::keys) folder_buckets_.insert(bucket);
}

bool BucketStores::IsLocal(const Uri& uri) const {
  return uri.scheme != "s3" || folder_buckets_.contains(uri.bucket);
}

Result<ObjectStore*> BucketStores::StoreOf(const Uri& uri) {
  if (IsLocal(uri)) return &local_;
  const std::lock_guard lock(mutex_);
  if (!s3_) {
    auto opened = open_s3_();
    if (!opened) {
      Error error = std::move(opened).error();
      // What S3 needs (a region) is not there. Of the object that says nothing.
      if (error.code == Code::kNotFound) error.code = Code::kInvalid;
      return Fail("cannot reach " + uri.ToString(), std::move(error));
    }
    s3_ = *std::move(opened);
  }
  return s3_.get();
}

Result<ObjectInfo> BucketStores::Stat(const Uri& uri) {
  EIDER_ASSIGN(ObjectStore* const store, StoreOf(uri));
  return store->Stat(uri);
}

Result<std::unique_ptr<ObjectReader>> BucketStores::Open(const Uri& uri,
                                                         const OpenOptions& options) {
  EIDER_ASSIGN(ObjectStore* const store, StoreOf(uri));
  return store->Open(uri, options);
}

Result<std::map<std::string, std::string>> BucketStores::Tags(const Uri& uri,
                                                              const std::string& version_id) {
  EIDER_ASSIGN(ObjectStore* const store, StoreOf(uri));
  return store->Tags(uri, version_id);
}

Status BucketStores::Put(const Uri& uri, std::string_view bytes, PutMode mode) {
  EIDER_ASSIGN(ObjectStore* const store, StoreOf(uri));
  return store->Put(uri, bytes, mode);
}

Status BucketStores::PutSoon(const Uri& uri, std::string bytes, PutMode mode) {
  EIDER_ASSIGN(ObjectStore* const store, StoreOf(uri));
  return store->PutSoon(uri, std::move(bytes), mode);
}

Result<std::unique_ptr<ObjectUpload>> BucketStores::StartUpload(const Uri& uri) {
  EIDER_ASSIGN(ObjectStore* const store, StoreOf(uri));
  return store->StartUpload(uri);
}

Status BucketStores::List(const Uri& prefix, const std::function<bool(const ObjectInfo&)>& visit) {
  EIDER_ASSIGN(ObjectStore* const store, StoreOf(prefix));
  return store->List(prefix, visit);
}

Status BucketStores::Remove(const Uri& uri) {
  EIDER_ASSIGN(ObjectStore* const store, StoreOf(uri));
  return store->Remove(uri);
}

// A store that has deeds of its own knows better; from one store to another the content goes
// through this process.
Status BucketStores::Do(const Uri& uri, const std::function<Status(ObjectDeeds&)>& deed) {
  EIDER_ASSIGN(ObjectStore* const store, StoreOf(uri));
  if (auto* const deeds = dynamic_cast<ObjectDeeds*>(store)) return deed(*deeds);
  PlainDeeds plain(*store);
  return deed(plain);
}

Status BucketStores::Copy(const Uri& from, const OpenOptions& which, const Uri& to) {
  if (IsLocal(from) != IsLocal(to)) return PlainDeeds(*this).Copy(from, which, to);
  return Do(from, [&](ObjectDeeds& deeds) { return deeds.Copy(from, which, to); });
}

Status BucketStores::Move(const Uri& from, const OpenOptions& which, const Uri& to) {
  if (IsLocal(from) != IsLocal(to)) {
    EIDER_CHECK(Copy(from, which, to));
    return RemoveIf(from, which.etag);
  }
  return Do(from, [&](ObjectDeeds& deeds) { return deeds.Move(from, which, to); });
}

Status BucketStores::RemoveIf(const Uri& uri, const std::string& etag) {
  return Do(uri, [&](ObjectDeeds& deeds) { return deeds.RemoveIf(uri, etag); });
}

Status BucketStores::SetTags(const Uri& uri, const std::string& version_id,
                             const std::map<std::string, std::string>& tags) {
  return Do(uri, [&](ObjectDeeds& deeds) { return deeds.SetTags(uri, version_id, tags); });
}

Status BucketStores::Sync(std::span<const Uri> objects) {
  EIDER_CHECK(local_.Sync(objects));
  ObjectStore* s3 = nullptr;
  {
    const std::lock_guard lock(mutex_);
    s3 = s3_.get();
  }
  return s3 == nullptr ? Status() : s3->Sync(objects);
}

}  // namespace eider::store
