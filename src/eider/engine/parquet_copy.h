// DuckDB's Parquet writer, bound for the columns of one table.
#pragma once

#include <cstdint>
#include <string>

#include <duckdb/common/types.hpp>
#include <duckdb/function/copy_function.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/parser/parsed_data/copy_info.hpp>

#include "eider/base/result.h"
#include "eider/iceberg/schema.h"

namespace eider::engine {

struct ParquetOptions {
  std::string folder;  // URI text
  std::string file_prefix;
  std::string codec;
  std::uint64_t row_group_rows_max = 0;
  std::uint64_t row_group_bytes_max = 0;  // in memory, before compression
  std::uint64_t file_bytes_max = 0;       // 0: one file, whatever its size
};

// As a copy-to-file node of a plan takes it, or code that calls the function itself.
struct ParquetCopy {
  duckdb::CopyFunction function;
  duckdb::unique_ptr<duckdb::FunctionData> bind_data;
  duckdb::unique_ptr<duckdb::CopyInfo> info;
};

// Whether Parquet is written with that codec, a value of `write.parquet.compression-codec`. Errors:
// kUnsupported.
Status CheckCodec(const std::string& codec);

// For rows of `types`, which are those that are written for the schema's columns. Inside a
// transaction; fails by DuckDB's exceptions.
ParquetCopy BindParquetCopy(duckdb::ClientContext& context, const iceberg::Schema& schema,
                            const duckdb::vector<duckdb::LogicalType>& types,
                            const ParquetOptions& options);

}  // namespace eider::engine
