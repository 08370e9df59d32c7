// What the ledger knows of a table by its name.
#pragma once

#include <cstddef>

#include "eider/app/commands.h"
#include "eider/base/result.h"
#include "eider/iceberg/table_name.h"

namespace eider::app {

// How many files are LOADED into it, a million at most; none where no ledger is kept. Errors: those
// of opening the ledger and of Ledger::Query.
Result<std::size_t> CountFilesLoaded(Session& session, const iceberg::TableName& name);

}  // namespace eider::app
