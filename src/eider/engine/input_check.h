// What is looked at before a reader of DuckDB sees a file, because the reader would not survive it.
//
// DuckDB 1.5.5 binds a Parquet struct nested 3,000 deep for minutes, deaf to every interrupt, and
// dies of 8,000 nested groups; it dies of JSON nested 5,000 deep, and takes time in the square of
// the depth before. What is seen here is refused; what is not may still end a process.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/store/object_store.h"

namespace eider::engine {

// Of the groups of a Parquet schema.
inline constexpr int kParquetDepthMax = 100;

// Of arrays and objects within the first kJsonBytesChecked of a file, after decompression by gzip.
inline constexpr int kJsonDepthMax = 200;
inline constexpr std::uint64_t kJsonBytesChecked = 8U << 20U;

// Whether a reader for JSON may open the file: by its name, or because the SQL calls one.
bool MayBeReadAsJson(std::string_view uri, std::string_view sql);

// Reads the footer of a file that begins and ends as Parquet does, and with `as_json` the beginning
// of one that begins with { or [. A file that cannot be read is not judged: its reader tells.
// Errors: kUnsupported (nested too deep), kCorrupt (a footer that contradicts itself).
Status CheckInput(store::ObjectReader& reader, bool as_json);

}  // namespace eider::engine
