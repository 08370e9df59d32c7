// The SQL behind a plug-in.
#pragma once

#include <string>

#include "eider/base/result.h"

namespace eider::engine {

// What SqlEngine::Check is for query_sql: one SELECT over `transformed`. Parses only. Errors:
// kInvalid with the reason.
Status CheckThenSql(const std::string& sql);

}  // namespace eider::engine
