// The plan of a table's columns as SQL: one expression per column.
//
// What a plan checks value by value raises an error whose message begins with kValueError.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/engine/column_plan.h"
#include "eider/iceberg/schema.h"

namespace eider::engine {

// For messages.
struct ProjectionNames {
  std::string_view table;
  std::string_view file;
};

// Begins the message of an error that a value raised. Of a null in a required column the column's
// path follows, up to kValueColumnEnd.
inline constexpr std::string_view kValueError = "eider value error: ";
inline constexpr char kValueColumnEnd = '\x1F';

// The name under which expressions see the result column of that index: c0, c1, …
std::string InputName(std::size_t index);

// SQL expressions in the order of the table's columns; `rescue` as Query::rescue. Errors: kInvalid
// with everything that does not fit (ten at most), kUnsupported (a column of the table that DuckDB
// cannot write).
Result<std::vector<std::string>> PlanProjection(const std::vector<ResultColumn>& columns,
                                                const iceberg::Schema& schema,
                                                const ProjectionNames& names,
                                                const std::string& rescue);

// SQL that is null where PlanProjection's conversion of `value` would raise an error, and where it
// is null; nothing where no value can raise one, or all would, and for nested columns.
std::optional<std::string> TriedConversion(const std::string& value, const ResultColumn& from,
                                           const iceberg::Field& to);

}  // namespace eider::engine
