// The few facts about a Parquet file just written that only its footer tells.
//
// A footer is FileMetaData in Thrift's compact protocol, then its length (4 bytes, little-endian)
// and "PAR1". Source: Apache Parquet format, parquet.thrift; Thrift, "Compact protocol encoding".
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "eider/base/result.h"

namespace eider::engine {

struct ColumnChunkFacts {
  std::int64_t value_count = 0;
  std::int64_t null_count = 0;
  bool has_bounds = false;  // minimum and maximum are there
};

struct RowGroupFacts {
  std::int64_t first_page_offset = 0;  // where its bytes begin
  std::vector<ColumnChunkFacts> columns;
};

// `tail` is the end of the file, with the whole footer in it. Errors: kCorrupt.
Result<std::vector<RowGroupFacts>> ReadParquetFooter(std::string_view tail);

}  // namespace eider::engine
