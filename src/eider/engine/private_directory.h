// A temporary directory of one process, and what dead processes left of theirs.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "eider/base/result.h"

namespace eider::engine {

// A new directory `eider-spill-XXXXXX` that only this user can enter, removed with all its content
// at the end. A lock on it, which the system gives up when the process dies, tells others that it
// is in use. Source: flock(2).
class PrivateDirectory {
 public:
  // Removes abandoned ones below `parent` first. Errors: kUnavailable.
  static Result<std::unique_ptr<PrivateDirectory>> Make(const std::string& parent);

  ~PrivateDirectory();
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  PrivateDirectory(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string path_;
  int lock_;  // the open directory, closed with this process
};

// Removes directories of that name below `parent` that this user owns and no process holds. What
// cannot be removed stays.
void RemoveAbandoned(const std::string& parent);

}  // namespace eider::engine
