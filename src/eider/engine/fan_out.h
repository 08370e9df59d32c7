// One file into several tables, in one pass over its data.
#pragma once

#include <stop_token>
#include <vector>

#include "eider/base/result.h"
#include "eider/engine/sandbox.h"
#include "eider/engine/sql_engine.h"
#include "eider/store/object_store.h"

namespace eider::engine {

// Errors: as SqlEngine::RunParts. Borrows all; `parts` are not empty and have one input.
Result<std::vector<Written>> RunFanOut(const std::vector<const PartQuery*>& parts, Sandbox& sandbox,
                                       store::ObjectStore& store, const std::stop_token& stop);

}  // namespace eider::engine
