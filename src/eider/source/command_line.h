// What the command line names, as file references: URIs, prefixes, local files and folders.
//
// `s3://bucket/key` is that object; a URI that ends with `/`, and a local folder, is every object
// below it. A local path is the object of the bucket whose folder holds it, else file://.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/store/local_store.h"

namespace eider::source {

// A file that was named but cannot be loaded, and why.
struct Unreachable {
  FileRef file;
  Error error;
};

struct Listing {
  std::vector<FileRef> files;  // in the order named, each once, with size and ETag from the store
  std::vector<Unreachable> unreachable;
};

// Lists what each argument names. Relative paths are taken from `working_directory`.
// Errors: kInvalid (an argument that is no URI or path).
Result<Listing> ListArguments(std::span<const std::string> arguments, store::LocalStore& store,
                              const std::string& working_directory);

// Completes files from an event by the store's present size and ETag. A file whose ETag or version
// in the event is no longer the present one is unreachable with kConflict: superseded.
Listing Complete(std::vector<FileRef> files, store::ObjectStore& store);

}  // namespace eider::source
