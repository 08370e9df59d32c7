// A file that DuckDB's Parquet writer has written, as a data file of a table.
#pragma once

#include <string>

#include <duckdb/common/types/value.hpp>

#include "eider/base/result.h"
#include "eider/engine/file_metrics.h"
#include "eider/engine/query_grants.h"
#include "eider/engine/written.h"
#include "eider/iceberg/manifest.h"
#include "eider/store/object_store.h"

namespace eider::engine {

// One line of what DuckDB tells of a written column, by its name there.
void NoteStatistic(const std::string& name, const duckdb::Value& value, ColumnStatistics& column);

// What a written file belongs to. Borrows both.
struct WrittenFor {
  const WriteTarget& target;
  store::ObjectStore& store;
};

// The data file, under the path by which it was written; sets `written.row_groups`. Errors:
// kInvalid (a value that Iceberg does not have), kInternal (DuckDB says another size than was
// written), kCorrupt, those of the store.
Result<iceberg::DataFile> DataFileOf(WrittenFile& written, QueryGrants& grants,
                                     const WrittenFor& of);

}  // namespace eider::engine
