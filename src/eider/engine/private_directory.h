// A directory for one process's temporary files, and the clearing of those whose process died.
//
// Its name is eider-XXXXXX. The file owner.lock in it is locked (flock) as long as its process
// lives, in whatever container: who gets the lock knows that the owner is gone. The file has its
// name only once it is locked, and a directory without it is left alone.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "eider/base/result.h"
#include "eider/store/file_descriptor.h"

namespace eider::engine {

// A new directory that only this user can enter, removed with all its content.
class PrivateDirectory {
 public:
  // Removes what dead processes left in `parent` first. Errors: kUnavailable.
  static Result<std::unique_ptr<PrivateDirectory>> Make(const std::string& parent);

  PrivateDirectory(std::string path, store::FileDescriptor lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  ~PrivateDirectory();
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  store::FileDescriptor lock_;
};

// Removes the private directories of this user in `parent` whose owner is dead: of at most 100
// directories of such a name, among at most 10,000 entries. What cannot be removed stays.
void RemoveAbandonedDirectories(const std::string& parent);

}  // namespace eider::engine
