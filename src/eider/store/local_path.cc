// Path resolution with openat2, and by hand where the kernel lacks it.
#include "eider/store/local_path.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/store/file_descriptor.h"

namespace eider::store {
namespace {

// The kernel gives up with EAGAIN when something was renamed while it looked at a `..`.
constexpr int kResolveAttemptsMax = 64;
constexpr mode_t kFolderMode = 0777;  // less the process's umask

int OpenBeneath(int root, const char* path, int flags) {
  open_how how{};
  how.flags = static_cast<decltype(how.flags)>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  for (int attempt = 1;; ++attempt) {
    const long fd = ::syscall(SYS_openat2, root, path, &how, sizeof(how));
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR) || attempt == kResolveAttemptsMax) {
      return static_cast<int>(fd);
    }
  }
}

// Segment by segment; a link in any place is refused (ELOOP, or ENOTDIR in the middle).
int OpenByHand(int root, std::string_view path, int flags) {
  FileDescriptor folder;
  int at = root;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string segment(path.substr(0, slash));
    if (segment == "..") {
      errno = EXDEV;
      return -1;
    }
    if (slash == std::string_view::npos) {
      return ::openat(at, segment.c_str(), flags | O_NOFOLLOW);
    }
    FileDescriptor next(
        ::openat(at, segment.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next.is_open()) return -1;
    folder = std::move(next);
    at = folder.get();
    path.remove_prefix(slash + 1);
  }
}

FileDescriptor OpenRoot(const std::string& root) {
  return FileDescriptor(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

FileDescriptor OpenBelow(const FileDescriptor& root, const std::string& path, int flags,
                         Resolver resolver) {
  flags |= O_CLOEXEC;
  return FileDescriptor(resolver == Resolver::kKernel ? OpenBeneath(root.get(), path.c_str(), flags)
                                                      : OpenByHand(root.get(), path, flags));
}

FileDescriptor TryOpen(const LocalPath& path, int flags, Resolver resolver) {
  if (!path.root) return FileDescriptor(::open(path.relative.c_str(), flags | O_CLOEXEC));
  const FileDescriptor root = OpenRoot(*path.root);
  if (!root.is_open()) return {};
  return OpenBelow(root, path.relative, flags, resolver);
}

// The folder may be a mount that failed: nothing is known of the files below it.
Error RootError(int number, const std::string& root) {
  if (number != ENOENT && number != ENOTDIR) return ErrnoError(number, "open", root);
  return Error{Code::kInvalid,
               fmt::format("the folder that stands for the bucket is not there; check that it is "
                           "mounted, and the name: {}",
                           root)};
}

Error FolderError(int number, const LocalPath& path) {
  if (number == ENOTDIR) {
    return Error{Code::kInvalid,
                 fmt::format("cannot make the folder, a file is in its way: {}", path.ToString())};
  }
  return ErrnoError(number, "make the folder", path.ToString());
}

}  // namespace

Resolver AvailableResolver() {
  // Old kernels answer ENOSYS, some containers EPERM.
  const FileDescriptor probe(OpenBeneath(AT_FDCWD, ".", O_PATH | O_CLOEXEC));
  return probe.is_open() ? Resolver::kKernel : Resolver::kByHand;
}

std::string LocalPath::ToString() const {
  if (!root) return relative;
  if (relative == ".") return *root;
  return fmt::format("{}/{}", *root == "/" ? "" : *root, relative);
}

LocalPath LocalPath::Parent() const {
  const std::size_t slash = relative.rfind('/');
  if (slash == std::string::npos) return LocalPath{root, "."};
  if (slash == 0) return LocalPath{root, "/"};
  return LocalPath{root, relative.substr(0, slash)};
}

std::string LocalPath::Name() const {
  return relative.substr(relative.rfind('/') + 1);  // npos + 1 is 0
}

Result<FileDescriptor> OpenPath(const LocalPath& path, int flags, Resolver resolver) {
  FileDescriptor file;
  if (path.root) {
    const FileDescriptor root = OpenRoot(*path.root);
    if (!root.is_open()) return std::unexpected(RootError(errno, *path.root));
    file = OpenBelow(root, path.relative, flags, resolver);
  } else {
    file = TryOpen(path, flags, resolver);
  }
  if (!file.is_open()) return std::unexpected(ErrnoError(errno, "open", path.ToString()));
  return file;
}

Result<FileDescriptor> OpenOrMakeFolder(const LocalPath& path, Resolver resolver) {
  FileDescriptor folder = TryOpen(path, O_RDONLY | O_DIRECTORY, resolver);
  if (folder.is_open()) return folder;
  if (errno != ENOENT) return std::unexpected(FolderError(errno, path));
  // A root that is missing is made like any other absolute folder.
  if (path.relative == "." && path.root) {
    return OpenOrMakeFolder(LocalPath{std::nullopt, *path.root}, resolver);
  }
  // Two slashes in a row name the folder before them.
  if (path.Name().empty() && path.relative != "/") {
    return OpenOrMakeFolder(path.Parent(), resolver);
  }
  if (path.relative == "/") return std::unexpected(FolderError(ENOENT, path));
  EIDER_ASSIGN(const FileDescriptor parent, OpenOrMakeFolder(path.Parent(), resolver));
  // Somebody else may have made it meanwhile.
  if (::mkdirat(parent.get(), path.Name().c_str(), kFolderMode) != 0 && errno != EEXIST) {
    return std::unexpected(FolderError(errno, path));
  }
  folder = TryOpen(path, O_RDONLY | O_DIRECTORY, resolver);
  if (!folder.is_open()) return std::unexpected(FolderError(errno, path));
  return folder;
}

Error ErrnoError(int number, const char* doing, const std::string& path) {
  const auto error = [&](Code code, std::string_view why) {
    return Error{code, fmt::format("cannot {}, {}: {}", doing, why, path)};
  };
  // The thread-safe name that glibc gives; strerror may be shared.
  const char* text = ::strerrordesc_np(number);
  const std::string_view known = text == nullptr ? "unknown error" : text;
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return error(Code::kNotFound, "there is no such file");
    case EXDEV:
      return error(Code::kDenied, "the path leads out of its bucket's folder");
    case ELOOP:
      return error(Code::kDenied, "the path leads through a symbolic link it must not");
    case EACCES:
    case EPERM:
    case EROFS:
      return error(Code::kDenied, known);
    case ENAMETOOLONG:
      return error(Code::kInvalid, "a name in the path, or all of it, is too long");
    case EISDIR:
      return error(Code::kInvalid, "a folder is in the way");
    default:
      return error(Code::kUnavailable, known);
  }
}

}  // namespace eider::store
