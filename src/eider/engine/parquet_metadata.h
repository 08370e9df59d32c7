// A Parquet file's footer and key-value metadata, read without its rows.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "eider/base/result.h"
#include "eider/store/object_store.h"

namespace eider::engine {

// A footer is read whole, so what a file claims of its own must not fill the memory.
inline constexpr std::uint64_t kParquetFooterBytesMax = 32ULL << 20U;

// Empty for a file that is not Parquet: one that does not begin and end with "PAR1".
//
// Takes one ReadAt of the last 64 KiB, one of what is missing of a larger footer, and one of the
// first four bytes of a file that does not fit into the former.
// Errors: kInvalid (a footer above kParquetFooterBytesMax), kCorrupt, those of ReadAt.
Result<std::map<std::string, std::string>> ReadParquetMetadata(store::ObjectReader& reader);

// The last bytes of a Parquet file, from where its footer begins.
// Errors: kCorrupt (a footer that is longer than the file, no Parquet at all), those of ReadAt.
Result<std::string> ReadParquetEnd(store::ObjectReader& reader);

}  // namespace eider::engine
