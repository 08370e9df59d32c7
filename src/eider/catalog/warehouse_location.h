// Where a new table goes.
#pragma once

#include <optional>
#include <string>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/catalog/catalog.h"

namespace eider::catalog {

// The request's location, else <warehouse>/<namespace>/<table>; without a trailing slash. Errors:
// kInvalid (neither of them).
Result<std::string> LocationOf(const CreateTableRequest& request,
                               const std::optional<Uri>& warehouse);

}  // namespace eider::catalog
