// Objects in memory, for tests and dry runs: the same contract, and nothing on disk.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/object_store.h"

namespace eider::store {

class MemoryStore : public ObjectStore {
 public:
  Result<ObjectInfo> Stat(const Uri& uri) override;
  Result<std::unique_ptr<ObjectReader>> Open(const Uri& uri,
                                             const OpenOptions& options = {}) override;
  Result<std::map<std::string, std::string>> Tags(const Uri& uri,
                                                  const std::string& version_id) override;
  Status Put(const Uri& uri, std::string_view bytes, PutMode mode) override;
  Result<std::unique_ptr<ObjectUpload>> StartUpload(const Uri& uri) override;
  Status List(const Uri& prefix, const std::function<bool(const ObjectInfo&)>& visit) override;
  Status Remove(const Uri& uri) override;

  bool HasEtagsOfS3(const Uri& /*uri*/) const override { return false; }

  Status Sync(std::span<const Uri> /*objects*/) override { return {}; }

  // Of an object that is there. A Put of the object leaves it without, as in S3. Errors: kNotFound.
  Status SetMetadata(const Uri& uri, std::map<std::string, std::string> metadata);
  Status SetTags(const Uri& uri, std::map<std::string, std::string> tags);

 private:
  struct Object {
    // shared: an open reader keeps the content while the object is replaced or removed.
    std::shared_ptr<const std::string> bytes;
    std::uint64_t generation = 0;
    std::map<std::string, std::string> metadata = {};
    std::map<std::string, std::string> tags = {};
  };

  static ObjectInfo InfoOf(const Uri& uri, const Object& object);
  Result<Object*> Find(const Uri& uri);  // with the mutex held

  std::mutex mutex_;
  std::map<Uri, Object> objects_;
  std::uint64_t generation_ = 0;
};

}  // namespace eider::store
