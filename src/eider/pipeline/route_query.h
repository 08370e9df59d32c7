// From a part of a file to the query that reads it.
#pragma once

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/engine/query.h"
#include "eider/pipeline/file_phases.h"
#include "eider/pipeline/services.h"
#include "eider/routes/route.h"
#include "eider/store/prefetch.h"

namespace eider::pipeline {

// Borrows `opening`. Errors: those of the catalog and of reading manifests, for a table that is an
// input of the route; kInvalid (no
// such plug-in).
Result<engine::Query> RouteQuery(const Services& services, const FileRef& file, const Plan& plan,
                                 const PlannedPart& part, const store::Prefetch* opening);

// The same of one route, as of the file's only part, whether or not the file would take it.
Result<engine::Query> RouteQuery(const Services& services, const FileRef& file,
                                 const routes::Route& route);

}  // namespace eider::pipeline
