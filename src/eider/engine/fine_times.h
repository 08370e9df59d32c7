// Times of Parquet that are finer than microseconds or lie far away: DuckDB's reader cuts them, or
// gives others, without a word.
//
// A footer is written anew in which such columns have types that DuckDB reads as they are:
// nanoseconds as TIMESTAMP_NS without a zone, INT96 as 12 bytes.
// Source: Apache Parquet format, LogicalTypes.md (TIMESTAMP, TIME) and parquet.thrift.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"

namespace eider::engine {

enum class FineTime : std::uint8_t { kNone, kNanoseconds, kInt96 };

// A top-level column with at least one such leaf.
struct FineColumn {
  std::size_t position = 0;  // among the file's top-level columns
  std::string name;
  std::vector<FineTime> leaves;  // all of the column, depth first
};

struct FineTimes {
  std::string tail;         // the footer written anew, with its length and "PAR1"
  std::size_t columns = 0;  // of the file, at the top level
  std::vector<FineColumn> fine;
};

// `tail` is the end of the file, from its footer on. Nothing where the file has no such column.
// Unzoned timestamps are none: DuckDB keeps their nanoseconds. Errors: kCorrupt.
Result<std::optional<FineTimes>> FindFineTimes(std::string_view tail);

// What is wrong with the 12 bytes of an INT96, in words; empty when microseconds hold it and its
// year has four digits at most.
std::string Int96Fault(std::string_view bytes);

}  // namespace eider::engine
