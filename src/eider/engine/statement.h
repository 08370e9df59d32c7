// The SQL of a route as a tree: checked to be one harmless SELECT, with the input bound as a value.
//
// The marker {s3_input_path} is replaced inside string constants and in `FROM '{s3_input_path}'`,
// after parsing: whatever letters a key has, they never become SQL.
#pragma once

#include <string>
#include <string_view>

#include <duckdb/parser/statement/select_statement.hpp>

#include "eider/base/result.h"

namespace eider::engine {

inline constexpr std::string_view kInputMarker = "{s3_input_path}";

// Parses `sql` and puts `input` in the place of every marker. Errors: kInvalid (not exactly one
// SELECT, a statement or table function that routes may not use, no marker, a marker that is not in
// a string), each with the reason.
Result<duckdb::unique_ptr<duckdb::SelectStatement>> BindInput(const std::string& sql,
                                                              const std::string& input);

}  // namespace eider::engine
