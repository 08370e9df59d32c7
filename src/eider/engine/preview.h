// The first rows of a table's data files, as text.
#pragma once

#include <optional>
#include <vector>

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

}  // namespace eider::engine
