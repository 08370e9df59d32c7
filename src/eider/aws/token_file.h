// A token that somebody else renews in a file: of Kubernetes, of ECS.
#pragma once

#include <string>

#include "eider/base/result.h"

namespace eider::aws {

// The file's content without blanks around it. Errors: kDenied (cannot be read), kInvalid (empty,
// larger than 64 KiB, no regular file).
Result<std::string> ReadTokenFile(const std::string& path);

}  // namespace eider::aws
