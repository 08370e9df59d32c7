// Watches of the kernel, one per folder.
#include "eider/source/folder_watch.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"

namespace eider::source {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kMask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF |
                                IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK;

// How long a wait goes without looking at the stop.
constexpr int kLookMs = 100;

Error CannotWatch(const std::string& folder, int error) {
  const std::string why = std::generic_category().message(error);
  if (error == ENOSPC) {
    return {Code::kUnavailable,
            fmt::format("cannot watch the folder {}: the system allows no more watches; raise "
                        "fs.inotify.max_user_watches (sysctl)",
                        folder)};
  }
  const Code code = error == ENOENT || error == ENOTDIR ? Code::kNotFound
                    : error == EACCES                   ? Code::kDenied
                                                        : Code::kUnavailable;
  return {code, fmt::format("cannot watch the folder {}: {}", folder, why)};
}

}  // namespace

Result<FolderWatch> FolderWatch::Make(const std::string& folder) {
  const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor < 0) {
    return Fail(Code::kUnavailable, fmt::format("cannot watch the folder {}: {}; the limit is "
                                                "fs.inotify.max_user_instances (sysctl)",
                                                folder, std::generic_category().message(errno)));
  }
  FolderWatch watch(descriptor);
  watch.root_ = folder;
  EIDER_CHECK(watch.Watch(folder));
  EIDER_CHECK(watch.WatchBelow(folder));
  return watch;
}

FolderWatch::~FolderWatch() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

FolderWatch::FolderWatch(FolderWatch&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      root_(std::move(other.root_)),
      folders_(std::move(other.folders_)) {}

FolderWatch& FolderWatch::operator=(FolderWatch&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  root_ = std::move(other.root_);
  folders_ = std::move(other.folders_);
  return *this;
}

Status FolderWatch::Watch(const std::string& folder) {
  const int watched = ::inotify_add_watch(descriptor_, folder.c_str(), kMask);
  if (watched < 0) return std::unexpected(CannotWatch(folder, errno));
  folders_[watched] = folder;
  return {};
}

// Of the watch first and the look second nothing falls in between. A folder that is gone again, or
// may not be read, has nothing to load.
Status FolderWatch::WatchBelow(const std::string& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (!entry->is_directory(ignored) || entry->is_symlink(ignored)) continue;
    const std::string below = entry->path().string();
    const Status watched = Watch(below);
    if (!watched && watched.error().code == Code::kUnavailable) return watched;
    if (watched) EIDER_CHECK(WatchBelow(below));
  }
  return {};
}

Result<std::vector<FolderEvent>> FolderWatch::Next(Milliseconds wait, const std::stop_token& stop) {
  std::vector<FolderEvent> events;
  alignas(inotify_event) std::array<char, 64 << 10> buffer;
  Milliseconds left = wait;
  while (true) {
    const ssize_t size = ::read(descriptor_, buffer.data(), buffer.size());
    if (size > 0) {
      EIDER_CHECK(Take(buffer.data(), static_cast<std::size_t>(size), events));
      return events;
    }
    if (size < 0 && errno != EAGAIN && errno != EINTR) {
      return Fail(Code::kUnavailable, fmt::format("cannot watch the folder {}: {}", root_,
                                                  std::generic_category().message(errno)));
    }
    if (left <= Milliseconds(0) || stop.stop_requested()) return events;
    const int ms = static_cast<int>(std::min<std::int64_t>(left.count(), kLookMs));
    pollfd readable{.fd = descriptor_, .events = POLLIN, .revents = 0};
    ::poll(&readable, 1, ms);
    left -= Milliseconds(ms);
  }
}

Status FolderWatch::Take(const char* buffer, std::size_t size, std::vector<FolderEvent>& events) {
  for (std::size_t at = 0; at + sizeof(inotify_event) <= size;) {
    inotify_event event{};
    std::memcpy(&event, buffer + at, sizeof(event));
    const char* const name = buffer + at + sizeof(event);
    at += sizeof(event) + event.len;
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
      events.emplace_back(EventsLost{});
      continue;
    }
    const auto folder = folders_.find(event.wd);
    if (folder == folders_.end()) continue;
    if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0 &&
        folder->second == root_) {
      events.emplace_back(FolderGone{});
    }
    if ((event.mask & IN_IGNORED) != 0) {
      folders_.erase(folder);
      continue;
    }
    if (event.len == 0) continue;
    const std::string path = folder->second + "/" + name;
    if ((event.mask & IN_ISDIR) == 0) {
      events.emplace_back(FileArrived{path});
      continue;
    }
    const Status watched = Watch(path);
    if (!watched && watched.error().code == Code::kUnavailable) return watched;
    if (!watched) continue;
    EIDER_CHECK(WatchBelow(path));
    events.emplace_back(FolderArrived{path});
  }
  return {};
}

}  // namespace eider::source
