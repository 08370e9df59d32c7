// DuckDB's types and Iceberg's, in both directions. The complete table is docs/types.md.
//
// What is written to Parquet is always the one DuckDB type whose Parquet form is the Iceberg type;
// a result column gets there only by a conversion that loses nothing.
#pragma once

#include <cstdint>

#include <duckdb/common/types.hpp>

#include "eider/base/result.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/type.h"

namespace eider::engine {

// Whether values of the type are read from a table's files: not timestamptz_ns, unknown, variant,
// geometry and geography, nor what holds one.
bool CanRead(const iceberg::Type& type);

// False for fixed(n) and what cannot be read: DuckDB's writer has no Parquet form for them. A
// struct of such fields alone, and a list or map with one, is none either.
bool CanWrite(const iceberg::Type& type);

// What the data files of a table have: all but what cannot be written.
iceberg::Type WrittenType(iceberg::Type type);
iceberg::Schema WrittenSchema(const iceberg::Schema& schema);

// The DuckDB type whose Parquet form is exactly `type`, with the table's own field names; of
// fixed(n) the one that is read. `type` is a WrittenType, or can be read.
duckdb::LogicalType WriteTypeOf(const iceberg::Type& type);

// The type that a new table gets for a result column; nested fields are optional and without ids.
// Errors: kInvalid with the type and the way out, such as "INTERVAL has no Iceberg type; …".
Result<iceberg::Type> NewColumnType(const duckdb::LogicalType& type);

// How values of a primitive DuckDB type become those of a primitive Iceberg type.
enum class Conversion : std::uint8_t {
  kNone,         // not without loss
  kSame,         // already the type that is written
  kCast,         // every value fits
  kCheckedCast,  // values are checked as they pass
};

Conversion ConversionOf(const duckdb::LogicalType& from, const iceberg::Type& to);

}  // namespace eider::engine
