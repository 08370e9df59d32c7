// From a file's routes to the parts that are still to be loaded.
#pragma once

#include "eider/base/result.h"
#include "eider/pipeline/file_load.h"
#include "eider/routing/router.h"

namespace eider::pipeline {

// Fills in the parts of `load`, without what `load.parts_before` has in a table already, or says
// why there is nothing to load. A part whose route is disabled is among them, and is held.
// Pure: no I/O. Errors: kInvalid (parts are in, and the file is no longer routed by a column).
Status PlanParts(const routing::RoutedFile& routed, FileLoad& load);

}  // namespace eider::pipeline
