// The distinct values of one column of a file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/engine/query.h"
#include "eider/engine/query_session.h"

namespace eider::engine {

// Errors: as SqlEngine::DistinctValues.
Result<std::vector<std::optional<std::string>>> ReadDistinctValues(QuerySession& session,
                                                                   const InputFile& input,
                                                                   const std::string& column,
                                                                   int values_max);

}  // namespace eider::engine
