// Made by mkdtemp, owned by a lock, and removed by its owner or whoever finds the owner dead.
#include "eider/engine/private_directory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace eider::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "eider-";
constexpr std::size_t kRandomLetters = 6;  // of mkdtemp
constexpr const char* kLock = "owner.lock";
constexpr const char* kNewLock = "owner.lock.new";
constexpr int kEntriesMax = 10'000;
constexpr int kDirectoriesMax = 100;

bool IsName(std::string_view name) {
  if (!name.starts_with(kPrefix)) return false;
  name.remove_prefix(kPrefix.size());
  return name.size() == kRandomLetters && std::ranges::all_of(name, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
         });
}

bool IsOurs(int fd, mode_t type) {
  struct stat status = {};
  return ::fstat(fd, &status) == 0 && (status.st_mode & S_IFMT) == type &&
         status.st_uid == ::geteuid();
}

// Not open where the file system knows no locks: then nobody else ever removes the directory.
store::FileDescriptor Lock(const std::string& path) {
  const std::string unlocked = path + "/" + kNewLock;
  store::FileDescriptor lock(
      ::open(unlocked.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock.is_open()) return lock;
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0 &&
      ::rename(unlocked.c_str(), (path + "/" + kLock).c_str()) == 0) {
    return lock;
  }
  ::unlink(unlocked.c_str());
  return {};
}

// The lock of a directory whose owner is dead; not open when that is not known.
store::FileDescriptor TakeOver(const std::string& path) {
  const store::FileDescriptor directory(
      ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.is_open() || !IsOurs(directory.get(), S_IFDIR)) return {};
  store::FileDescriptor lock(
      ::openat(directory.get(), kLock, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!lock.is_open() || !IsOurs(lock.get(), S_IFREG)) return {};
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return {};
  return lock;
}

// The lock goes last: what dies on the way leaves a directory that can still be taken over.
void RemoveLocked(const std::string& path) {
  std::error_code ignored;  // nobody is left to tell
  for (fs::directory_iterator entry(path, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    std::error_code stays;
    if (entry->path().filename() != kLock) fs::remove_all(entry->path(), stays);
  }
  fs::remove_all(path, ignored);
}

}  // namespace

Result<std::unique_ptr<PrivateDirectory>> PrivateDirectory::Make(const std::string& parent) {
  RemoveAbandonedDirectories(parent);
  std::string path = (fs::path(parent) / "eider-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) {
    return Fail(Code::kUnavailable, fmt::format("cannot make a temporary directory in {}: {}",
                                                parent, std::strerror(errno)));
  }
  auto lock = Lock(path);
  return std::make_unique<PrivateDirectory>(std::move(path), std::move(lock));
}

PrivateDirectory::~PrivateDirectory() {
  RemoveLocked(path_);
}

void RemoveAbandonedDirectories(const std::string& parent) {
  std::error_code ignored;
  int entries = 0;
  int directories = 0;
  for (fs::directory_iterator entry(parent, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    if (++entries > kEntriesMax || directories >= kDirectoriesMax) return;
    if (!IsName(entry->path().filename().string())) continue;
    ++directories;
    const std::string path = entry->path().string();
    if (const store::FileDescriptor lock = TakeOver(path); lock.is_open()) RemoveLocked(path);
  }
}

}  // namespace eider::engine
