// A value of DuckDB's in Iceberg's single-value serialization. Source: Iceberg specification,
// "Appendix D: Single-value serialization".
#pragma once

#include <string>

#include <duckdb/common/types/value.hpp>

#include "eider/base/result.h"
#include "eider/iceberg/type.h"

namespace eider::engine {

// `value` is not null and of the DuckDB type that is written for `kind` (WriteTypeOf). Errors:
// kInvalid (a value that Iceberg does not have: infinite dates and timestamps, 24:00:00); the
// message follows the name of a column: "has an infinite date".
Result<std::string> SerializeValue(const duckdb::Value& value, iceberg::TypeKind kind);

}  // namespace eider::engine
