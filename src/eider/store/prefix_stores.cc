// Which store has an object.
#include "eider/store/prefix_stores.h"

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace eider::store {
namespace {

// "s3://b/table" has s3://b/table/x, but not s3://b/table2/x.
bool IsBelow(const std::string& uri, const std::string& prefix) {
  if (!uri.starts_with(prefix)) return false;
  return prefix.ends_with('/') || uri.size() == prefix.size() || uri[prefix.size()] == '/';
}

}  // namespace

void PrefixStores::Add(const std::string& prefix, std::unique_ptr<ObjectStore> store) {
  const std::lock_guard lock(mutex_);
  stores_.try_emplace(prefix, std::move(store));
}

// The longest prefix of a text is the last in order of those that begin it.
ObjectStore& PrefixStores::StoreOf(const Uri& uri) const {
  const std::lock_guard lock(mutex_);
  if (stores_.empty()) return rest_;
  const std::string text = uri.ToString();
  ObjectStore* found = &rest_;
  for (const auto& [prefix, store] : stores_) {
    if (prefix > text) break;
    if (IsBelow(text, prefix)) found = store.get();
  }
  return *found;
}

Status PrefixStores::Sync(std::span<const Uri> objects) {
  std::map<ObjectStore*, std::vector<Uri>> by_store;
  for (const Uri& object : objects) by_store[&StoreOf(object)].push_back(object);
  for (const auto& [store, its_objects] : by_store) EIDER_CHECK(store->Sync(its_objects));
  return {};
}

}  // namespace eider::store
