// Rows of a table, for the commands that show some.
#pragma once

#include <optional>
#include <string>

#include "eider/app/commands.h"
#include "eider/base/result.h"
#include "eider/catalog/catalog.h"

namespace eider::app {

// Errors: kInvalid (the name); those of the catalog.
Result<catalog::LoadedTable> LoadTable(Session& session, const std::string& table);

// The command's result: a wrong name is usage; a table that cannot be loaded has failed.
Result<int> CannotLoad(Session& session, Error error);

// The command that shows rows of a table: as SqlEngine::Head, of its live files. Prints a table or,
// with --json, a line for each row.
Result<int> ShowRows(Session& session, const std::string& table, int rows_max,
                     const std::optional<engine::RowFilter>& only);

}  // namespace eider::app
