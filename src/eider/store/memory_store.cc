// The object store's contract on a map.
#include "eider/store/memory_store.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/bytes_reader.h"
#include "eider/store/object_store.h"

namespace eider::store {
namespace {

Error NotFound(const Uri& uri) {
  return Error{Code::kNotFound, fmt::format("there is no such object: {}", uri.ToString())};
}

class MemoryUpload final : public ObjectUpload {
 public:
  MemoryUpload(MemoryStore& store, Uri uri) : store_(store), uri_(std::move(uri)) {}

  Status Write(std::string_view bytes) override {
    bytes_ += bytes;
    return {};
  }

  Status Finish() override { return store_.Put(uri_, bytes_, PutMode::kReplace); }

 private:
  MemoryStore& store_;
  Uri uri_;
  std::string bytes_;
};

Status CheckKey(const Uri& uri) {
  if (!uri.key.empty() && !uri.key.ends_with('/')) return {};
  return Fail(Code::kInvalid, fmt::format("the URI names no object: {}", uri.ToString()));
}

}  // namespace

// Generations stand for time here: every write is later than the one before.
ObjectInfo MemoryStore::InfoOf(const Uri& uri, const Object& object) {
  ObjectInfo info;
  info.uri = uri;
  info.size_bytes = object.bytes->size();
  info.etag = fmt::format("{}", object.generation);
  info.modified = TimePoint(Milliseconds(static_cast<std::int64_t>(object.generation)));
  info.metadata = object.metadata;
  return info;
}

Result<MemoryStore::Object*> MemoryStore::Find(const Uri& uri) {
  EIDER_CHECK(CheckKey(uri));
  const auto found = objects_.find(uri);
  if (found == objects_.end()) return std::unexpected(NotFound(uri));
  return &found->second;
}

Result<ObjectInfo> MemoryStore::Stat(const Uri& uri) {
  const std::lock_guard lock(mutex_);
  EIDER_ASSIGN(const Object* const object, Find(uri));
  return InfoOf(uri, *object);
}

Result<std::unique_ptr<ObjectReader>> MemoryStore::Open(const Uri& uri,
                                                        const OpenOptions& options) {
  const std::lock_guard lock(mutex_);
  EIDER_ASSIGN(const Object* const object, Find(uri));
  ObjectInfo info = InfoOf(uri, *object);
  if (!options.etag.empty() && options.etag != info.etag) {
    return std::unexpected(Superseded(options, info));
  }
  return std::make_unique<BytesReader>(std::move(info), object->bytes);
}

Result<std::map<std::string, std::string>> MemoryStore::Tags(const Uri& uri,
                                                             const std::string& /*version_id*/) {
  const std::lock_guard lock(mutex_);
  EIDER_ASSIGN(const Object* const object, Find(uri));
  return object->tags;
}

Status MemoryStore::SetMetadata(const Uri& uri, std::map<std::string, std::string> metadata) {
  const std::lock_guard lock(mutex_);
  EIDER_ASSIGN(Object* const object, Find(uri));
  object->metadata = std::move(metadata);
  return {};
}

Status MemoryStore::SetTags(const Uri& uri, std::map<std::string, std::string> tags) {
  const std::lock_guard lock(mutex_);
  EIDER_ASSIGN(Object* const object, Find(uri));
  object->tags = std::move(tags);
  return {};
}

Status MemoryStore::Put(const Uri& uri, std::string_view bytes, PutMode mode) {
  EIDER_CHECK(CheckKey(uri));
  auto content = std::make_shared<const std::string>(bytes);
  const std::lock_guard lock(mutex_);
  if (mode == PutMode::kIfAbsent && objects_.contains(uri)) {
    return Fail(Code::kAlreadyExists, fmt::format("the object exists already: {}", uri.ToString()));
  }
  objects_[uri] = Object{std::move(content), ++generation_};
  return {};
}

Result<std::unique_ptr<ObjectUpload>> MemoryStore::StartUpload(const Uri& uri) {
  EIDER_CHECK(CheckKey(uri));
  return std::make_unique<MemoryUpload>(*this, uri);
}

Status MemoryStore::List(const Uri& prefix, const std::function<bool(const ObjectInfo&)>& visit) {
  // Collected first: the visitor may call the store.
  std::vector<ObjectInfo> found;
  {
    const std::lock_guard lock(mutex_);
    for (auto object = objects_.lower_bound(prefix); object != objects_.end(); ++object) {
      const Uri& uri = object->first;
      if (uri.scheme != prefix.scheme || uri.bucket != prefix.bucket ||
          !uri.key.starts_with(prefix.key)) {
        break;
      }
      found.push_back(InfoOf(uri, object->second));
      found.back().metadata.clear();  // as in S3, whose listings have none
    }
  }
  for (const ObjectInfo& info : found) {
    if (!visit(info)) break;
  }
  return {};
}

Status MemoryStore::Remove(const Uri& uri) {
  EIDER_CHECK(CheckKey(uri));
  const std::lock_guard lock(mutex_);
  objects_.erase(uri);
  return {};
}

}  // namespace eider::store
