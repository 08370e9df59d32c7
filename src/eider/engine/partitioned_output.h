// From a bound plan to data files of a table that has partitions or a sort order: one for each
// partition, or more where they grow beyond the target size.
#pragma once

#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/engine/query_plan.h"
#include "eider/engine/query_session.h"
#include "eider/engine/table_output.h"
#include "eider/iceberg/manifest.h"

namespace eider::engine {

// Runs the plan, which was bound in the session, puts the rows of `expressions` in the order of
// their partitions and the table's, on the temporary disk where the memory does not suffice, and
// publishes their files: all or none. Errors: as SqlEngine::Run; kUnsupported (a partition of the
// target's spec that cannot be written), kInvalid (more partitions than
// EngineOptions::partitions_max).
Result<std::vector<iceberg::DataFile>> WritePartitions(QueryPlan& plan,
                                                       const std::vector<std::string>& expressions,
                                                       QuerySession& session,
                                                       const TableOutput& output);

}  // namespace eider::engine
