// A route's SQL over one file, with all that it may read.
#pragma once

#include "eider/base/result.h"
#include "eider/engine/sql_engine.h"
#include "eider/pipeline/file_load.h"
#include "eider/store/prefetch.h"

namespace eider::pipeline {

// The part's query. Borrows `opening`. Tables of the catalog that the route names as inputs are
// read as they are now. Errors: those of the catalog; kUnsupported (a table with delete files).
Result<engine::Query> RouteQuery(const Rooms& rooms, const PartLoad& part,
                                 const store::Prefetch& opening);

}  // namespace eider::pipeline
