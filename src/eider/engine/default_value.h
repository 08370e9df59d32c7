// The default value of a column, which format version 3 has. Source: Iceberg specification,
// "Default values" and "JSON single-value serialization".
#pragma once

#include <optional>
#include <string>

#include "eider/base/result.h"
#include "eider/iceberg/type.h"

namespace eider::engine {

// The text that DuckDB casts to the column's type (WriteTypeOf); nothing where the default is null.
// `json`: as a Field has it. Errors: kUnsupported (of a nested type).
Result<std::optional<std::string>> DefaultText(const std::optional<std::string>& json,
                                               const iceberg::Type& type);

}  // namespace eider::engine
