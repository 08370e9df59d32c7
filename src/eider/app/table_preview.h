// Rows of a table, for the commands that show some.
#pragma once

#include <optional>
#include <string>

#include "eider/app/commands.h"
#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/engine/sql_engine.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::app {

// Errors: kInvalid (the name); those of the catalog.
Result<catalog::LoadedTable> LoadTable(Session& session, const std::string& table);

// The command's result: a wrong name is usage; a table that cannot be loaded has failed.
Result<int> CannotLoad(Session& session, Error error);

// As SqlEngine::Head, of the table's live files.
Result<engine::Preview> HeadOf(Session& session, const iceberg::TableMetadata& metadata,
                               int rows_max, const std::optional<engine::RowFilter>& only);

// A table or, with --json, a line for each row.
void PrintPreview(Session& session, const engine::Preview& preview);

}  // namespace eider::app
