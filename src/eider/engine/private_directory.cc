// Locks on directories.
#include "eider/engine/private_directory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "eider/base/result.h"

namespace eider::engine {
namespace {

constexpr std::string_view kNameStart = "eider-spill-";
constexpr std::size_t kNameSize = 18;  // with the six letters of mkdtemp
constexpr int kLookedAtMax = 1'000;    // directories at one start
constexpr int kTriesMax = 3;

// The open directory with its lock, or -1: it is gone, or another process holds it.
int Lock(const std::string& path) {
  const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) return -1;
  if (::flock(directory, LOCK_EX | LOCK_NB) == 0) return directory;
  ::close(directory);
  return -1;
}

bool IsOwn(const std::string& path) {
  struct stat info {};

  return ::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == ::geteuid() &&
         (info.st_mode & 07777) == 0700;
}

}  // namespace

Result<std::unique_ptr<PrivateDirectory>> PrivateDirectory::Make(const std::string& parent) {
  RemoveAbandoned(parent);
  // Another start may take a directory for abandoned before it is locked: then there is a next one.
  for (int tries = 0; tries < kTriesMax; ++tries) {
    std::string path = (std::filesystem::path(parent) / "eider-spill-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) break;
    const int lock = Lock(path);
    std::unique_ptr<PrivateDirectory> directory(new PrivateDirectory(path, lock));
    if (lock >= 0 && IsOwn(path)) return directory;
  }
  return Fail(Code::kUnavailable, fmt::format("cannot make a temporary directory in {}: {}", parent,
                                              std::strerror(errno)));
}

PrivateDirectory::~PrivateDirectory() {
  std::error_code ignored;  // nobody is left to tell
  std::filesystem::remove_all(path_, ignored);
  if (lock_ >= 0) ::close(lock_);
}

void RemoveAbandoned(const std::string& parent) {
  std::error_code error;
  std::filesystem::directory_iterator entries(parent, error);
  int looked_at = 0;
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    if (name.size() != kNameSize || !name.starts_with(kNameStart)) continue;
    if (++looked_at > kLookedAtMax) return;
    const std::string path = entries->path().string();
    const int lock = IsOwn(path) ? Lock(path) : -1;
    if (lock < 0) continue;
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
    ::close(lock);
  }
}

}  // namespace eider::engine
