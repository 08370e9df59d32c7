// Written by a DuckDB of its own.
#include "eider/engine/testing/parquet_file.h"

#include <stdexcept>
#include <string>

#include <duckdb/main/connection.hpp>
#include <duckdb/main/database.hpp>
#include <duckdb/main/materialized_query_result.hpp>

namespace eider::engine {

void WriteParquet(const std::string& path, const std::string& sql) {
  duckdb::DuckDB database(nullptr);
  duckdb::Connection connection(database);
  const auto written = connection.Query("COPY (" + sql + ") TO '" + path + "' (FORMAT parquet)");
  if (written->HasError()) throw std::runtime_error(written->GetError());
}

}  // namespace eider::engine
