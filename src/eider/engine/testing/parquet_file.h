// Parquet files for tests of other rooms.
#pragma once

#include <string>

namespace eider::engine {

// Writes the rows of the SQL, by DuckDB itself.
void WriteParquet(const std::string& path, const std::string& sql);

}  // namespace eider::engine
