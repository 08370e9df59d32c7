// Which file systems hold files that a loss of power could still take.
//
// Flushing file by file costs several waits for the disk each; one flush of the file system before
// a commit costs about as much as one file, and keeps the same promise.
#pragma once

#include <sys/types.h>

#include <map>
#include <mutex>

#include "eider/base/result.h"
#include "eider/store/file_descriptor.h"

namespace eider::store {

// Safe for concurrent calls from several threads.
class UnsyncedFileSystems {
 public:
  // Remembers the file system of an open folder in which a file was published.
  void Add(const FileDescriptor& folder);

  // Flushes every remembered file system. Errors: kUnavailable; what failed stays remembered.
  Status Sync();

 private:
  std::mutex mutex_;
  std::map<dev_t, FileDescriptor> folders_;  // one open folder per file system
};

}  // namespace eider::store
