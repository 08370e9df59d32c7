// syncfs(2), once per file system.
#include "eider/store/unsynced_file_systems.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/store/file_descriptor.h"

namespace eider::store {

void UnsyncedFileSystems::Add(const FileDescriptor& folder) {
  struct stat info {};

  if (::fstat(folder.get(), &info) != 0) return;  // cannot fail on an open descriptor
  const std::lock_guard lock(mutex_);
  if (folders_.contains(info.st_dev)) return;
  folders_.emplace(info.st_dev, FileDescriptor(::fcntl(folder.get(), F_DUPFD_CLOEXEC, 0)));
}

Status UnsyncedFileSystems::Sync() {
  std::map<dev_t, FileDescriptor> folders;
  {
    const std::lock_guard lock(mutex_);
    folders = std::exchange(folders_, {});
  }
  for (const auto& [device, folder] : folders) {
    if (::syncfs(folder.get()) == 0) continue;
    const int number = errno;
    const std::lock_guard lock(mutex_);
    folders_.merge(folders);
    return Fail(Code::kUnavailable,
                fmt::format("cannot flush the file system to disk: errno {}", number));
  }
  return {};
}

}  // namespace eider::store
