// What happens below a folder, as the kernel tells it: files that were made, closed after writing
// or renamed into place, and folders that came.
//
// Source: inotify(7). A folder below is watched as soon as it is seen; what was put into it before
// is found by looking, which is the caller's to do.
#pragma once

#include <cstdint>
#include <map>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"

namespace eider::source {

// It may be open for writing yet; its end is then told again.
struct FileArrived {
  std::string path;
};

// It is watched, and what lies in it has to be looked for.
struct FolderArrived {
  std::string path;
};

// The kernel's queue was full: anything may have happened.
struct EventsLost {};

// The watched folder itself was removed or renamed, or its file system unmounted.
struct FolderGone {};

using FolderEvent = std::variant<FileArrived, FolderArrived, EventsLost, FolderGone>;

// Used by one thread. Symbolic links to folders are not followed.
class FolderWatch {
 public:
  // Watches the folder and every folder below it. Errors: kNotFound, kDenied, kUnavailable (the
  // kernel allows no more watches: names the limit).
  static Result<FolderWatch> Make(const std::string& folder);

  ~FolderWatch();
  FolderWatch(FolderWatch&& other) noexcept;
  FolderWatch& operator=(FolderWatch&& other) noexcept;

  // Waits for events, for at most `wait`, and gives those that are there, in their order. Errors:
  // kUnavailable (a new folder cannot be watched).
  Result<std::vector<FolderEvent>> Next(Milliseconds wait, const std::stop_token& stop);

 private:
  explicit FolderWatch(int descriptor) : descriptor_(descriptor) {}

  Status Watch(const std::string& folder);
  Status WatchBelow(const std::string& folder);
  Status Take(const char* buffer, std::size_t size, std::vector<FolderEvent>& events);

  int descriptor_ = -1;
  std::string root_;
  std::map<int, std::string> folders_;  // by watch descriptor
};

}  // namespace eider::source
