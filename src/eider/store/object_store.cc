// What every object store can do by its own methods.
#include "eider/store/object_store.h"

#include <cstdint>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/base/uri.h"

namespace eider::store {

Error Superseded(const OpenOptions& expected, const ObjectInfo& present) {
  return Error{
      Code::kConflict,
      fmt::format("superseded: the object was replaced since its event; expected ETag '{}', "
                  "found '{}' ({} bytes): {}",
                  expected.etag, present.etag, present.size_bytes, present.uri.ToString())};
}

Result<std::string> ReadAll(ObjectStore& store, const Uri& uri, std::uint64_t size_bytes_max) {
  EIDER_ASSIGN(const std::unique_ptr<ObjectReader> reader, store.Open(uri));
  const std::uint64_t size_bytes = reader->info().size_bytes;
  if (size_bytes > size_bytes_max) {
    return Fail(Code::kInvalid, fmt::format("object is larger than the limit of {} bytes, {}: {}",
                                            size_bytes_max, size_bytes, uri.ToString()));
  }
  std::string bytes(size_bytes, '\0');
  EIDER_CHECK(reader->ReadAt(0, bytes));
  return bytes;
}

}  // namespace eider::store
