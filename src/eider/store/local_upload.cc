#include "eider/store/local_upload.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/store/local_path.h"
#include "eider/store/object_store.h"

namespace eider::store {
namespace {

constexpr std::string_view kTemporarySuffix = ".eider-tmp";
constexpr std::size_t kNameBytesMax = 255;          // Linux's NAME_MAX
constexpr std::size_t kNameBytesInTemporary = 200;  // leaves room for the rest of the hidden name
constexpr std::size_t kBufferBytes = std::size_t{1} << 20U;
constexpr mode_t kFileMode = 0666;  // less the process's umask

std::string TemporaryName(std::string_view name, std::uint64_t random) {
  return fmt::format(".{}.{:016x}{}", name.substr(0, kNameBytesInTemporary), random,
                     kTemporarySuffix);
}

Status CheckTarget(const LocalPath& target) {
  const std::string name = target.Name();
  if (name.empty() || name == "." || name == "..") {
    return Fail(Code::kInvalid,
                fmt::format("cannot write, the path has no file name: {}", target.ToString()));
  }
  if (name.size() > kNameBytesMax) {
    return Fail(Code::kInvalid, fmt::format("cannot write, a local file's name has at most {} "
                                            "bytes, this one {}: {}",
                                            kNameBytesMax, name.size(), target.ToString()));
  }
  if (IsTemporaryName(name)) {
    return Fail(Code::kInvalid, fmt::format("cannot write, names like .*{} are for unfinished "
                                            "files: {}",
                                            kTemporarySuffix, target.ToString()));
  }
  return {};
}

}  // namespace

bool IsTemporaryName(std::string_view name) {
  return name.starts_with('.') && name.ends_with(kTemporarySuffix);
}

LocalUpload::LocalUpload(const LocalPath& target, const UploadOptions& options)
    : target_(target), name_(target.Name()), unsynced_(options.unsynced) {}

Result<std::unique_ptr<LocalUpload>> LocalUpload::Start(const LocalPath& target,
                                                        const UploadOptions& options) {
  EIDER_CHECK(CheckTarget(target));
  std::unique_ptr<LocalUpload> upload(new LocalUpload(target, options));
  EIDER_ASSIGN(upload->folder_, OpenOrMakeFolder(target.Parent(), options.resolver));
  std::string temporary = TemporaryName(upload->name_, options.random);
  upload->file_ = FileDescriptor(::openat(upload->folder_.get(), temporary.c_str(),
                                          O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, kFileMode));
  if (!upload->file_.is_open()) {
    return std::unexpected(ErrnoError(errno, "write", upload->path()));
  }
  upload->temporary_ = std::move(temporary);
  return upload;
}

LocalUpload::~LocalUpload() {
  if (!temporary_.empty()) ::unlinkat(folder_.get(), temporary_.c_str(), 0);
}

Status LocalUpload::Write(std::string_view bytes) {
  if (buffer_.empty() && bytes.size() >= kBufferBytes) return WriteThrough(bytes);
  buffer_ += bytes;
  if (buffer_.size() < kBufferBytes) return {};
  const Status written = WriteThrough(buffer_);
  buffer_.clear();
  return written;
}

// write(2) takes at most 2 GiB at once, and may take less.
Status LocalUpload::WriteThrough(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return std::unexpected(ErrnoError(errno, "write", path()));
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

// Returns 0, or -1 with errno.
int LocalUpload::Rename(PutMode mode) const {
  const int folder = folder_.get();
  if (mode == PutMode::kReplace) {
    return ::renameat(folder, temporary_.c_str(), folder, name_.c_str());
  }
  const int renamed =
      ::renameat2(folder, temporary_.c_str(), folder, name_.c_str(), RENAME_NOREPLACE);
  if (renamed == 0 || (errno != EINVAL && errno != ENOSYS)) return renamed;
  // A file system without that flag: a second name for the file, then the first one goes.
  if (::linkat(folder, temporary_.c_str(), folder, name_.c_str(), 0) != 0) return -1;
  return ::unlinkat(folder, temporary_.c_str(), 0);
}

Status LocalUpload::Publish(PutMode mode) {
  EIDER_CHECK(WriteThrough(buffer_));
  buffer_.clear();
  // Some file systems report a failed write only here.
  if (::close(file_.Release()) != 0 && errno != EINTR) {
    return std::unexpected(ErrnoError(errno, "write", path()));
  }
  if (Rename(mode) != 0) {
    if (errno == EEXIST && mode == PutMode::kIfAbsent) {
      return Fail(Code::kAlreadyExists, fmt::format("the file exists already: {}", path()));
    }
    return std::unexpected(ErrnoError(errno, "publish the file", path()));
  }
  temporary_.clear();
  unsynced_.Add(folder_);
  return {};
}

}  // namespace eider::store
