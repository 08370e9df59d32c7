// Numbers that are written as differences, in the pages of a Parquet file. Source: Apache Parquet
// format, Encodings ("Delta Encoding", DELTA_BINARY_PACKED and what is made of it).
#pragma once

#include <cstdint>
#include <string_view>

namespace eider::engine {

inline constexpr std::int64_t kParquetDeltaNumbers = 5;  // DELTA_BINARY_PACKED
inline constexpr std::int64_t kParquetDeltaLengths = 6;  // DELTA_LENGTH_BYTE_ARRAY
inline constexpr std::int64_t kParquetDeltaStrings = 7;  // DELTA_BYTE_ARRAY

inline bool IsDeltaEncoding(std::int64_t encoding) {
  return encoding >= kParquetDeltaNumbers && encoding <= kParquetDeltaStrings;
}

// Whether the values of a page, in one of these encodings, have a block of differences that holds
// none: DuckDB's reader writes beyond its memory then (docs/duckdb-crashes.md). `values` are not
// compressed. What is broken in another way, or goes on behind `values`, is not looked at.
bool HasEmptyDeltaBlocks(std::string_view values, std::int64_t encoding);

}  // namespace eider::engine
