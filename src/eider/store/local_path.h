// Opening local paths so that none leaves the folder it belongs to.
//
// A path below a root is resolved by the kernel with RESOLVE_BENEATH (openat2, Linux 5.6): `..` and
// symbolic links may move about inside the root and never out of it. Where the kernel cannot, the
// path is walked by hand and no symbolic link is followed at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "eider/base/result.h"
#include "eider/store/file_descriptor.h"

namespace eider::store {

enum class Resolver : std::uint8_t { kKernel, kByHand };

// What this kernel offers.
Resolver AvailableResolver();

// Where a file lies: a path below a root, or, without a root, any absolute path.
struct LocalPath {
  std::optional<std::string> root;  // absolute folder
  std::string relative;             // below the root; absolute without one

  std::string ToString() const;

  // The folder that holds it ("." below a root is the root itself), and its name there.
  LocalPath Parent() const;
  std::string Name() const;
};

// Opens `path` with open(2)'s flags (never O_CREAT). Errors: see ErrnoError; kInvalid when the root
// itself is not there.
Result<FileDescriptor> OpenPath(const LocalPath& path, int flags, Resolver resolver);

// Opens the folder `path` to read it; makes it and those above it where they are missing.
// Errors: see ErrnoError; kInvalid when a file is in the way.
Result<FileDescriptor> OpenOrMakeFolder(const LocalPath& path, Resolver resolver);

// What errno `number` means to the caller: kNotFound, kDenied (rights, read-only, a link that leads
// out), kInvalid (too long a name, a folder or file in the way) or kUnavailable (all else: disk
// full, too many open files, I/O).
Error ErrnoError(int number, const char* doing, const std::string& path);

}  // namespace eider::store
