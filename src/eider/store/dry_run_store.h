// The real objects to read, and nowhere to write: what a dry run writes stays in this process.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/memory_store.h"
#include "eider/store/object_store.h"

namespace eider::store {

// Objects that are put (metadata, manifests) are kept in memory and can be read again; uploads
// (data files) are forgotten while they are written. Safe for concurrent calls from several
// threads. Borrows the other store.
class DryRunStore final : public ObjectStore {
 public:
  explicit DryRunStore(ObjectStore& store) : store_(store) {}

  Result<ObjectInfo> Stat(const Uri& uri) override;
  Result<std::unique_ptr<ObjectReader>> Open(const Uri& uri,
                                             const OpenOptions& options = {}) override;

  Result<std::map<std::string, std::string>> Tags(const Uri& uri,
                                                  const std::string& version_id) override {
    return store_.Tags(uri, version_id);
  }

  Status Put(const Uri& uri, std::string_view bytes, PutMode mode) override {
    return written_.Put(uri, bytes, mode);
  }

  Result<std::unique_ptr<ObjectUpload>> StartUpload(const Uri& uri) override;

  Status List(const Uri& prefix, const std::function<bool(const ObjectInfo&)>& visit) override {
    return store_.List(prefix, visit);
  }

  Status Remove(const Uri& uri) override { return written_.Remove(uri); }

  bool HasEtagsOfS3(const Uri& uri) const override { return store_.HasEtagsOfS3(uri); }

  Status Sync(std::span<const Uri> /*objects*/) override { return {}; }

 private:
  ObjectStore& store_;
  MemoryStore written_;
};

}  // namespace eider::store
