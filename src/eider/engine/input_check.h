// A look at an input before a reader of DuckDB sees it: what would crash or stall the reader is
// refused. docs/types.md states the limits.
#pragma once

#include <cstdint>
#include <optional>

#include "eider/base/result.h"
#include "eider/engine/parquet_facts.h"
#include "eider/store/object_store.h"

namespace eider::engine {

// Levels of JSON and of a Parquet schema: DuckDB takes seconds for 1,000 and ends the process at
// some thousands. Above what Eider itself writes: two groups for each level of a table's type.
inline constexpr int kInputDepthMax = 200;

// A larger Parquet footer is not looked at.
inline constexpr std::uint64_t kCheckedFooterBytesMax = 256ULL << 20U;

// Of a file up to the former its bytes are looked at, unpacked at most as many; of a larger one the
// latter at its beginning, which its reader has fetched already.
inline constexpr std::uint64_t kCheckedBytesMax = 64ULL << 20U;
inline constexpr std::uint64_t kCheckedBeginningBytes = 8ULL << 20U;

// By its content, not by its name: what ends with "PAR1" is Parquet, as DuckDB sees it; what begins
// with '{' or '[', perhaps inside gzip or zstd, is JSON. Anything else passes. Gives what the
// footer of a Parquet file tells of its columns, if it was looked at. Errors: kCorrupt and
// kUnsupported with the object's URI, those of ReadAt.
Result<std::optional<ParquetFacts>> CheckInput(store::ObjectReader& reader);

}  // namespace eider::engine
