// The local files below a folder, as a listing of an object store.
#pragma once

#include <functional>
#include <string_view>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/local_path.h"
#include "eider/store/object_store.h"

namespace eider::store {

// Visits the files whose key begins with that of `prefix`, in byte order of their keys. `folder` is
// where the part of the key up to its last slash lies. Errors: kDenied, kUnavailable.
Status ListLocalFiles(const Uri& prefix, const LocalPath& folder, Resolver resolver,
                      const std::function<bool(const ObjectInfo&)>& visit);

// Visits what that passes over because it is neither a file, a folder nor a link, in the same
// order, with what it is: "FIFO", "socket", "device". Errors: the same.
Status ListLocalOthers(const Uri& prefix, const LocalPath& folder, Resolver resolver,
                       const std::function<void(const Uri&, std::string_view kind)>& visit);

}  // namespace eider::store
