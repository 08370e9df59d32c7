// Names of columns as DuckDB compares them.
#pragma once

#include <string>
#include <string_view>

#include "eider/base/lower_case.h"

namespace eider::records {

// Names that are equal so are one for DuckDB.
inline std::string LowerName(std::string_view name) {
  return LowerCase(name);
}

}  // namespace eider::records
