// What strategies may ask of a file beyond its name: the seam to whoever can read it.
//
// Every answer is found when it is first asked for, and kept: a strategy that is never reached
// costs nothing. "None" and an error are different things: a file without the metadata is routed by
// the next strategy, one whose metadata cannot be read fails.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"

namespace eider::routing {

// A value of a column as text, or null.
using ColumnValue = std::optional<std::string>;

// Used by one thread. Errors of all: those of the store; kConflict (superseded), kCancelled.
class FileFacts {
 public:
  virtual ~FileFacts() = default;

  virtual const FileRef& file() const = 0;

  // The object's user-defined metadata (x-amz-meta-NAME; names have no case) or its tag. Local
  // files have neither.
  virtual Result<std::optional<std::string>> ObjectMetadata(std::string_view name) = 0;
  virtual Result<std::optional<std::string>> ObjectTag(std::string_view name) = 0;

  // A value of the key-value metadata in the footer of a Parquet file; none in a file of another
  // kind. Errors: kCorrupt (the footer), kInvalid (a footer that is too large).
  virtual Result<std::optional<std::string>> ParquetMetadata(std::string_view name) = 0;

  // The distinct values of a column (dotted: the leaf of a struct), sorted, null last. The file is
  // read by what its name ends with, as in FROM 'file'. Errors: kInvalid (no such column, one of a
  // nested type, more than `values_max` values), kCorrupt.
  virtual Result<std::vector<ColumnValue>> ColumnValues(std::string_view column,
                                                        int values_max) = 0;
};

}  // namespace eider::routing
