// From a file's routes to the parts that are still to be loaded.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "eider/base/result.h"
#include "eider/ledger/load_history.h"
#include "eider/pipeline/file_phases.h"
#include "eider/routing/router.h"

namespace eider::pipeline {

// The parts of a claimed file, without what `parts_before` has in a table already. A part whose
// route is disabled is among them. Pure: no I/O. Errors: kInvalid (parts are in, and the file is no
// longer routed by a column).
Result<std::variant<Plan, Skipped>> PlanParts(const routing::RoutedFile& routed,
                                              const std::string& commit_token,
                                              std::vector<ledger::PartRecord> parts_before);

// Why the file is held, though others of its parts are loaded: parts whose routes are disabled.
// Empty: there is none.
std::string HoldReason(const Plan& plan);

}  // namespace eider::pipeline
