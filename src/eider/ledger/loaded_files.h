// What the ledger knows of a table by its name.
#pragma once

#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/ledger/ledger.h"

namespace eider::ledger {

// Files that were loaded into a table and gave rows, newest first and at most so many; none where
// no ledger is kept. Errors: those of Ledger::Query.
Result<std::vector<LoadRecord>> FilesLoadedInto(Ledger& ledger, const std::string& table,
                                                int files_max = 1'000'000);

}  // namespace eider::ledger
