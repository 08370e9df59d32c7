// One regular local file, open or merely looked at, as an object.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/file_descriptor.h"
#include "eider/store/local_path.h"
#include "eider/store/object_store.h"

namespace eider::store {

// `status` is what fstat(2) says of the file `uri`.
ObjectInfo InfoOf(const Uri& uri, const struct stat& status);

// Whether the text has the form of InfoOf's ETags, such as 12-3456-1700000000000000000.
bool IsLocalEtag(std::string_view text);

// Errors: kNotFound (naming `uri` and `path`; also for what is no regular file), kInvalid, kDenied,
// kUnavailable.
Result<ObjectInfo> StatLocalFile(const Uri& uri, const LocalPath& path, Resolver resolver);

class LocalReader final : public ObjectReader {
 public:
  // Errors: those of StatLocalFile.
  static Result<std::unique_ptr<ObjectReader>> Open(const Uri& uri, const LocalPath& path,
                                                    Resolver resolver);

  const ObjectInfo& info() const override { return info_; }

  Status ReadAt(std::uint64_t offset, std::span<char> out) override;

 private:
  LocalReader(ObjectInfo info, FileDescriptor file, std::string path);

  Error Changed() const;

  ObjectInfo info_;
  FileDescriptor file_;
  std::string path_;
};

}  // namespace eider::store
