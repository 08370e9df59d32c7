// What a JSON text holds, told from all of its bytes: whether it is JSON (RFC 8259), how its values
// stand in it, how many there are, and the columns and types that hold for all of them.
// docs/readers.md has the rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/records/csv_file.h"

namespace eider::records {

enum class JsonFormat : std::uint8_t {
  kLines,   // each value on a line of its own
  kArray,   // one array, whose elements are the values
  kValues,  // one behind the other, on any lines
};

struct JsonQuestion {
  std::optional<JsonFormat> format = {};
  std::size_t value_bytes_max = 16U << 20U;  // DuckDB's maximum_object_size
  int depth_max = 200;
  std::size_t threads = 1;              // that may look at lines side by side
  std::size_t chunk_bytes = 2U << 20U;  // of lines that a thread takes at a time
};

struct JsonColumn {
  std::string name;
  std::string sql_type;     // as DuckDB's reader takes it
  bool is_scalar = false;   // no object and no list among its values
  bool has_values = false;  // not only nulls
  bool fits_int = false;    // BIGINT whose values 32 bits hold
};

struct JsonFile {
  JsonFormat format = JsonFormat::kLines;
  bool are_objects = true;          // false: one column for the values themselves
  std::vector<JsonColumn> columns;  // in the order of their first appearance
  std::uint64_t records = 0;
};

// Errors: kCorrupt with line and text (no JSON, cut off, a value too long), kUnsupported (too
// deep), kInvalid (two keys that differ by case only); those of `pieces`.
Result<JsonFile> ReadJson(const Pieces& pieces, const JsonQuestion& question);

// Calls `visit` for each value with the line that it begins in, until it returns false. Errors: as
// ReadJson, but what came before is taken.
Status VisitJson(const Pieces& pieces, const JsonQuestion& question,
                 const std::function<bool(std::uint64_t line, std::string_view value)>& visit);

// The line in which the first object begins whose `name` has that value, as a text; with
// `are_objects` false, the first value that is it. 0: there is none. Errors: as ReadJson.
Result<std::uint64_t> FindJsonLine(const Pieces& pieces, const JsonQuestion& question,
                                   bool are_objects, std::string_view name, std::string_view text);

}  // namespace eider::records
