// Opening without waiting, and looking at what was opened.
#include "eider/config/regular_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "eider/base/result.h"

namespace eider::config {
namespace {

Code CodeOfErrno(int error) {
  if (error == ENOENT || error == ENOTDIR) return Code::kNotFound;
  if (error == EACCES || error == EPERM) return Code::kDenied;
  return Code::kUnavailable;
}

std::string_view KindOf(mode_t mode) {
  if (S_ISDIR(mode)) return "folder";
  if (S_ISFIFO(mode)) return "FIFO";
  if (S_ISSOCK(mode)) return "socket";
  return "device";
}

Status CheckMode(mode_t mode, const std::string& path) {
  if (S_ISREG(mode)) return {};
  return Fail(Code::kInvalid, fmt::format("is a {}, not a file: {}", KindOf(mode), path));
}

}  // namespace

Result<std::string> ReadTextFile(const std::string& path, std::size_t size_bytes_max) {
  // Without O_NONBLOCK the opening of a FIFO waits for a writer.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) {
    const int error = errno;
    return Fail(CodeOfErrno(error),
                fmt::format("cannot open file: {}: {}", std::strerror(error), path));
  }
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(::fdopen(descriptor, "rb"),
                                                             &std::fclose);
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0) {
    return Fail(Code::kUnavailable, fmt::format("cannot look at file: {}", path));
  }
  EIDER_CHECK(CheckMode(status.st_mode, path));
  std::string content;
  char buffer[1U << 14U];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, file.get())) {
    content.append(buffer, count);
    if (content.size() > size_bytes_max) {
      return Fail(Code::kInvalid,
                  fmt::format("{}: the file is larger than {} bytes", path, size_bytes_max));
    }
  }
  if (std::ferror(file.get()) != 0) {
    return Fail(Code::kUnavailable, fmt::format("cannot read file: {}", path));
  }
  return content;
}

Status CheckRegularFile(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return CheckMode(status.st_mode, path);
}

}  // namespace eider::config
