// What the footer of an input tells of its columns: which of them DuckDB's reader cannot read, or
// would read as other values, and where their pages lie.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eider/engine/parquet_layout.h"

namespace eider::engine {

// A column of values, a leaf of the schema.
struct ParquetColumn {
  std::string name;        // of the top-level column around it
  int definition_max = 0;  // levels of its pages, from the elements that may be absent
  int repetition_max = 0;  // the same, from those that are repeated
  std::int64_t type = 0;
  std::int64_t digits = 0;  // of a decimal
};

// A top-level column that is not to be read.
struct UnreadableColumn {
  std::string name;
  std::string why;  // "is ...", with the way out
};

// The pages of one column in one row group.
struct ColumnPages {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint32_t column = 0;
  std::uint32_t group = 0;
  bool is_compressed = true;
};

struct ParquetShape {
  // The same for files with the same columns, of the same types and in the same order.
  std::string bytes;
  std::int64_t rows = 0;  // what the footer says
};

struct ParquetFacts {
  std::vector<ParquetColumn> columns;
  std::vector<UnreadableColumn> unreadable;  // each once
  std::vector<ColumnPages> pages;            // of all that lie in the file
  ParquetShape shape;
};

// `columns` are those of the layout's schema, and each of its groups has all of them.
ParquetFacts FactsOf(const ParquetLayout& layout, std::vector<ParquetColumn> columns);

}  // namespace eider::engine
