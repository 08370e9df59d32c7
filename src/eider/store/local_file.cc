#include "eider/store/local_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/file_descriptor.h"
#include "eider/store/local_path.h"
#include "eider/store/object_store.h"

namespace eider::store {
namespace {

Error NotFound(const Uri& uri, const LocalPath& path, std::string_view why) {
  return Error{Code::kNotFound,
               fmt::format("{}: {} (path {})", why, uri.ToString(), path.ToString())};
}

Result<FileDescriptor> OpenFile(const Uri& uri, const LocalPath& path, int flags,
                                Resolver resolver) {
  auto file = OpenPath(path, flags, resolver);
  if (!file && file.error().code == Code::kNotFound) {
    return std::unexpected(NotFound(uri, path, "there is no such file"));
  }
  return file;
}

Result<struct stat> StatRegular(const Uri& uri, const LocalPath& path, int file) {
  struct stat status {};

  if (::fstat(file, &status) != 0) {
    return std::unexpected(ErrnoError(errno, "look at the file", path.ToString()));
  }
  if (!S_ISREG(status.st_mode)) {
    return std::unexpected(NotFound(
        uri, path, S_ISDIR(status.st_mode) ? "this is a folder, not a file" : "this is no file"));
  }
  return status;
}

}  // namespace

ObjectInfo InfoOf(const Uri& uri, const struct stat& status) {
  const auto modified = std::chrono::seconds(status.st_mtim.tv_sec) +
                        std::chrono::nanoseconds(status.st_mtim.tv_nsec);
  ObjectInfo info;
  info.uri = uri;
  info.size_bytes = static_cast<std::uint64_t>(status.st_size);
  info.etag = fmt::format("{}-{}-{}", status.st_size, status.st_ino, modified.count());
  info.modified = TimePoint(std::chrono::floor<Milliseconds>(modified));
  return info;
}

bool IsLocalEtag(std::string_view text) {
  constexpr int kNumbers = 3;
  for (int i = 0; i < kNumbers; ++i) {
    const bool may_be_negative = i == kNumbers - 1;  // a time before 1970
    const bool has_dash = text.starts_with('-');
    if (has_dash != (i > 0)) return false;
    if (has_dash) text.remove_prefix(1);
    if (may_be_negative && text.starts_with('-')) text.remove_prefix(1);
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0) return false;
    text.remove_prefix(digits);
  }
  return text.empty();
}

Result<ObjectInfo> StatLocalFile(const Uri& uri, const LocalPath& path, Resolver resolver) {
  EIDER_ASSIGN(const FileDescriptor file, OpenFile(uri, path, O_PATH, resolver));
  EIDER_ASSIGN(const struct stat status, StatRegular(uri, path, file.get()));
  return InfoOf(uri, status);
}

LocalReader::LocalReader(ObjectInfo info, FileDescriptor file, std::string path)
    : info_(std::move(info)), file_(std::move(file)), path_(std::move(path)) {}

Result<std::unique_ptr<ObjectReader>> LocalReader::Open(const Uri& uri, const LocalPath& path,
                                                        Resolver resolver) {
  // Without O_NONBLOCK a named pipe would wait here for its other end.
  EIDER_ASSIGN(FileDescriptor file, OpenFile(uri, path, O_RDONLY | O_NONBLOCK, resolver));
  EIDER_ASSIGN(const struct stat status, StatRegular(uri, path, file.get()));
  return std::unique_ptr<ObjectReader>(
      new LocalReader(InfoOf(uri, status), std::move(file), path.ToString()));
}

Status LocalReader::ReadAt(std::uint64_t offset, std::span<char> out) {
  if (offset > info_.size_bytes || out.size() > info_.size_bytes - offset) {
    return Fail(Code::kInvalid,
                fmt::format("cannot read beyond the end of the file, {} bytes from {} of {}: {}",
                            out.size(), offset, info_.size_bytes, path_));
  }
  // pread(2) gives at most 2 GiB at once, and may give less.
  while (!out.empty()) {
    const ssize_t read = ::pread(file_.get(), out.data(), out.size(), static_cast<off_t>(offset));
    if (read < 0) {
      if (errno == EINTR) continue;
      return std::unexpected(ErrnoError(errno, "read", path_));
    }
    if (read == 0) return std::unexpected(Changed());
    out = out.subspan(static_cast<std::size_t>(read));
    offset += static_cast<std::uint64_t>(read);
  }

  struct stat status {};

  if (::fstat(file_.get(), &status) != 0) {
    return std::unexpected(ErrnoError(errno, "look at the file", path_));
  }
  if (InfoOf(info_.uri, status).etag != info_.etag) return std::unexpected(Changed());
  return {};
}

Error LocalReader::Changed() const {
  return Error{Code::kConflict, fmt::format("the file changed while it was read: {}", path_)};
}

}  // namespace eider::store
