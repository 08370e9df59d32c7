// One store over all: stores of their own for what lies below some prefixes, and one for the rest.
//
// A catalog may hand out access to each of its tables' folders. Of several prefixes that fit the
// longest has the object.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/object_store.h"

namespace eider::store {

// Safe for concurrent calls from several threads. Borrows the store for the rest.
class PrefixStores final : public ObjectStore {
 public:
  explicit PrefixStores(ObjectStore& rest) : rest_(rest) {}

  // From now on `store` has all objects whose URI begins with `prefix`, for as long as this one
  // lives. The first store of a prefix stays.
  void Add(const std::string& prefix, std::unique_ptr<ObjectStore> store);

  // Whether the prefix has a store.
  bool Has(const std::string& prefix) const {
    const std::lock_guard lock(mutex_);
    return stores_.contains(prefix);
  }

  Result<ObjectInfo> Stat(const Uri& uri) override { return StoreOf(uri).Stat(uri); }

  Result<std::unique_ptr<ObjectReader>> Open(const Uri& uri,
                                             const OpenOptions& options = {}) override {
    return StoreOf(uri).Open(uri, options);
  }

  Result<std::map<std::string, std::string>> Tags(const Uri& uri,
                                                  const std::string& version_id) override {
    return StoreOf(uri).Tags(uri, version_id);
  }

  bool HasEtagsOfS3(const Uri& uri) const override { return StoreOf(uri).HasEtagsOfS3(uri); }

  Status Put(const Uri& uri, std::string_view bytes, PutMode mode) override {
    return StoreOf(uri).Put(uri, bytes, mode);
  }

  Status PutSoon(const Uri& uri, std::string bytes, PutMode mode) override {
    return StoreOf(uri).PutSoon(uri, std::move(bytes), mode);
  }

  Result<std::unique_ptr<ObjectUpload>> StartUpload(const Uri& uri) override {
    return StoreOf(uri).StartUpload(uri);
  }

  Status List(const Uri& prefix, const std::function<bool(const ObjectInfo&)>& visit) override {
    return StoreOf(prefix).List(prefix, visit);
  }

  Status Remove(const Uri& uri) override { return StoreOf(uri).Remove(uri); }

  Status Sync(std::span<const Uri> objects) override;

 private:
  ObjectStore& StoreOf(const Uri& uri) const;

  ObjectStore& rest_;
  mutable std::mutex mutex_;  // guards the map; its stores never go
  std::map<std::string, std::unique_ptr<ObjectStore>> stores_;
};

}  // namespace eider::store
