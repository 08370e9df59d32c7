// Primitive types as schema JSON names them. Source: Iceberg specification, "Appendix C: Schemas".
#pragma once

#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/iceberg/type.h"

namespace eider::iceberg {

// "long", "decimal(9, 2)", "fixed[16]". The type must be primitive.
std::string PrimitiveToText(const Type& type);

// Errors: kCorrupt (no type of that name), kUnsupported (one of format version 3).
Result<Type> PrimitiveFromText(std::string_view text);

}  // namespace eider::iceberg
