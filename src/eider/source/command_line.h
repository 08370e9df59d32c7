// What the command line names, as file references: URIs, prefixes, local files and folders.
//
// `s3://bucket/key` is that object; a URI that ends with `/`, and a local folder, is every object
// below it. A local path is the object of the bucket whose folder holds it, else file://.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/local_store.h"
#include "eider/store/object_store.h"

namespace eider::source {

// A file that was named but cannot be loaded, and why.
struct Unreachable {
  FileRef file;
  Error error;
};

// What lies among the files of a folder and is none: FIFOs, sockets, devices.
struct PassedOver {
  static constexpr std::size_t kNamedMax = 10;

  std::vector<std::string> names;  // "s3://bucket/key (FIFO)"
  std::size_t count = 0;           // of all
};

struct Listing {
  std::vector<FileRef> files;  // in the order named, each once, with size and ETag from the store
  std::vector<Unreachable> unreachable;
  PassedOver passed_over = {};
};

// Where arguments are looked up. Borrowed.
struct Surroundings {
  store::ObjectStore& store;
  const store::LocalStore& local;  // knows which paths are objects of a bucket
  std::string working_directory;
};

// The file as a store tells of it.
FileRef FileOf(const store::ObjectInfo& info);

// What one argument names: an object, or all below a prefix.
struct Target {
  Uri uri;
  bool is_prefix = false;
};

// Errors: kInvalid (an argument that is no URI or path).
Result<Target> FindTarget(const std::string& argument, const Surroundings& surroundings);

// Lists what each argument names. Relative paths are taken from the working directory.
// Errors: kInvalid (an argument that is no URI or path).
Result<Listing> ListArguments(std::span<const std::string> arguments,
                              const Surroundings& surroundings);

// Completes files from an event. One whose event says all there is to say about an object of S3 is
// taken as it is: reading it finds out whether it is still the same. The others get the present
// size and ETag of the store; a file whose ETag or version is no longer the present one is
// unreachable with kConflict: superseded.
Listing Complete(std::vector<FileRef> files, store::ObjectStore& store);

// Of files that were gone at their event and whose version nobody knows, adds those that are there
// by now, with their versions.
void AddPresentVersions(std::vector<FileRef>& files, store::ObjectStore& store);

}  // namespace eider::source
