// The rows of a query for whoever reads them from a pipe.
#pragma once

#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/engine/query_plan.h"
#include "eider/engine/query_session.h"
#include "eider/engine/sql_engine.h"

namespace eider::engine {

// Writes the rows of `expressions` (PlanProjection's), whose columns have the names, in their
// order. The plan is used up. Errors: as SqlEngine::Export.
Result<Exported> ExportRows(QueryPlan& plan, QuerySession& session,
                            const std::vector<std::string>& names,
                            const std::vector<std::string>& expressions, RowFormat format,
                            const TakeBytes& take);

}  // namespace eider::engine
