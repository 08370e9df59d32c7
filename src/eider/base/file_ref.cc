// The version part of a file's identity.
#include "eider/base/file_ref.h"

#include <string>

namespace eider {

std::string FileRef::Version() const {
  if (!version_id.empty()) return "version:" + version_id;
  return "etag:" + etag + ":" + std::to_string(size_bytes);
}

std::string IdentityOf(const FileRef& file) {
  return file.uri.ToString() + '\n' + file.Version();
}

}  // namespace eider
