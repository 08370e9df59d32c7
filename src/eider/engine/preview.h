// The rows of a result as text, and the first ones of a table's data files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <duckdb/parser/sql_statement.hpp>

#include "eider/base/result.h"
#include "eider/engine/query_session.h"
#include "eider/engine/sql_engine.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/schema.h"

namespace eider::engine {

// Errors: as SqlEngine::Head.
Result<Preview> ReadPreview(QuerySession& session, const std::vector<iceberg::DataFile>& files,
                            const iceberg::Schema& schema, int rows_max,
                            const std::optional<RowFilter>& only);

// The result of the statement; its columns have the names. Errors: those of QuerySession::Execute.
Result<Preview> PreviewOf(std::vector<std::string> names,
                          duckdb::unique_ptr<duckdb::SQLStatement> statement,
                          QuerySession& session);

}  // namespace eider::engine
