// What the Parquet specification guarantees of a file and DuckDB's reader takes for granted.
//
// Checked is only what every sound file keeps, so that no sound file is refused. What a sound file
// may have and DuckDB's reader lacks is told, for those who know which columns are read.
// Source: Apache Parquet format, parquet.thrift.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/engine/parquet_facts.h"

namespace eider::engine {

// Groups and columns of a schema. What a table of Eider's may have is far below.
inline constexpr std::size_t kParquetElementsMax = 500'000;

// Page headers of one file that are looked at, and as much of each.
inline constexpr std::size_t kCheckedPagesMax = 1000;
inline constexpr std::size_t kPageHeaderBytes = 1024;

// Reads that many bytes from an offset.
using ReadBytes = std::function<Result<std::string>(std::uint64_t offset, std::uint64_t size)>;

// `tail` is the end of a file of `size_bytes`, with its whole footer: its schema is one tree, row
// groups have its columns, and pages lie before the footer. With `read`, the first page headers of
// each column are looked at too; null where that would cost a request each.
// Errors: kCorrupt, kUnsupported (beyond a limit), those of `read`. Messages do not name the file.
Result<ParquetFacts> CheckParquet(std::string_view tail, std::uint64_t size_bytes,
                                  const ReadBytes& read);

}  // namespace eider::engine
