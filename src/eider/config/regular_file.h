// Files that people name by a path and that must be regular ones: a FIFO or a device would keep the
// program waiting, or never end.
#pragma once

#include <cstddef>
#include <string>

#include "eider/base/result.h"

namespace eider::config {

// The file's content. Errors: kNotFound, kDenied, kUnavailable; kInvalid (larger than the limit, or
// no regular file: says what it is); all name the path.
Result<std::string> ReadTextFile(const std::string& path, std::size_t size_bytes_max);

// Of what another library opens by its path. What is not there, or may not be looked at, passes.
// Errors: kInvalid (it is no regular file: says what it is).
Status CheckRegularFile(const std::string& path);

}  // namespace eider::config
