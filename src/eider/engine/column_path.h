// A column, or the leaf of a struct, by its dotted name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb/common/types.hpp>

#include "eider/base/result.h"
#include "eider/engine/column_plan.h"

namespace eider::engine {

struct ColumnPath {
  std::size_t column = 0;           // its index among the columns
  std::vector<std::size_t> fields;  // on the way down from there, the index in each struct
  duckdb::LogicalType type;         // of the leaf; never a struct, list, map or union

  // SQL for the value where the columns go by InputName.
  std::string Sql() const;
};

// A name is matched whole, then dot by dot; each time exactly, else without regard to case where
// that is unique. Errors: kInvalid (nothing of that name: names the nearest; a nested type: says
// how to name what is in it), each with the file.
Result<ColumnPath> FindColumn(const std::vector<ResultColumn>& columns, const std::string& dotted,
                              std::string_view file);

}  // namespace eider::engine
