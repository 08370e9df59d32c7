// Columns that are text because of a few values, told where SQL stumbles over their type.
#pragma once

#include <string>

#include "eider/base/result.h"
#include "eider/engine/query_grants.h"
#include "eider/engine/readers.h"

namespace eider::engine {

// The error with what makes columns text that `sql` names, three at most: "column amount is text
// because of line 4711: 'n/a'". `readers` have read their types. An error that is about no text,
// and a file that cannot be read again, leave it as it is.
Error WithTextCauses(Error error, const std::string& sql, const Readers& readers,
                     QueryGrants& grants);

}  // namespace eider::engine
