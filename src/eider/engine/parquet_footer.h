// The few facts about a Parquet file that only its footer tells.
//
// A footer is FileMetaData in Thrift's compact protocol, then its length (4 bytes, little-endian)
// and "PAR1". Source: Apache Parquet format, parquet.thrift; Thrift, "Compact protocol encoding".
#pragma once

#include <cstdint>
#include <map>
#include <string>
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

// Length of the footer and "PAR1".
inline constexpr std::size_t kParquetTrailerBytes = 8;
inline constexpr std::string_view kParquetMagic = "PAR1";
inline constexpr std::string_view kEncryptedParquetMagic = "PARE";  // where the footer is, too

// What the trailer, the last bytes of `tail`, says of the footer's length. Errors: kCorrupt.
Result<std::uint32_t> ParquetFooterLength(std::string_view tail);

// `tail` is the end of the file, with the whole footer in it. Errors: kCorrupt.
Result<std::vector<RowGroupFacts>> ReadParquetFooter(std::string_view tail);

// The key-value metadata of the footer in `tail`; of a key that is there twice the last value, and
// an empty text for one without a value. Errors: kCorrupt.
Result<std::map<std::string, std::string>> ReadKeyValueMetadata(std::string_view tail);

}  // namespace eider::engine
