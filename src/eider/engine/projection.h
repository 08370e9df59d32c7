// Result columns to table columns: one SQL expression per column of the table.
//
// Columns and struct fields are matched by name: exactly, else without regard to case where that
// is unique. Missing optional ones become null; everything that would lose or invent something is
// an error that says what to do. What only the values can tell (a null in a required column, an
// integer out of range) is checked as they pass, by expressions that raise kValueError.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb/common/types.hpp>

#include "eider/base/result.h"
#include "eider/iceberg/schema.h"
#include "eider/records/value_type.h"

namespace eider::engine {

struct ResultColumn {
  std::string name;
  duckdb::LogicalType type;
  // It hands on texts of a CSV or JSON file as they stand: what they are is said by the table.
  bool is_text = false;
  // It hands on a column of such a file that has no value at all, and so no type.
  bool is_empty = false;
  // What the route says of its values: the column is of this type, or the query fails.
  std::optional<records::ValueType> hint = {};
  // The hint is the table's type, and no word of the route: values of another are set aside.
  bool is_hint_of_table = false;
};

// For messages.
struct ProjectionNames {
  std::string_view table;
  std::string_view file;
};

// Begins the message of an error that a value raised, "…: null in required column …".
inline constexpr std::string_view kValueError = "eider value error: ";

// The name under which expressions see the result column of that index: c0, c1, …
std::string InputName(std::size_t index);

// SQL expressions in the order of the table's columns. Errors: kInvalid with everything that does
// not fit (ten at most), kUnsupported (a column of the table that DuckDB cannot write).
Result<std::vector<std::string>> PlanProjection(const std::vector<ResultColumn>& columns,
                                                const iceberg::Schema& schema,
                                                const ProjectionNames& names);

// SQL that is null where PlanProjection's conversion of `value` would raise an error, and where it
// is null; nothing where no value can raise one, or all would, and for nested columns.
std::optional<std::string> TriedConversion(const std::string& value, const ResultColumn& from,
                                           const iceberg::Field& to);

// How one column of a table gets its values.
struct ColumnStory {
  std::optional<std::size_t> source;  // which of the result's columns
  std::string how;                    // as ExplainedColumn::how
};

struct ProjectionStory {
  std::vector<ColumnStory> columns;   // of the table, in its order
  std::vector<std::size_t> extra;     // the result's columns that the table does not have
  std::vector<std::string> problems;  // ten at most, as PlanProjection has them in its message
};

// What PlanProjection would do, for people.
ProjectionStory TellProjection(const std::vector<ResultColumn>& columns,
                               const iceberg::Schema& schema, std::string_view table);

// The schema of a new table for these columns: all optional, ids from 1. One without a value and a
// hint is left out, unless all are. Errors: as above.
Result<iceberg::Schema> NewTableSchema(const std::vector<ResultColumn>& columns,
                                       std::string_view file);

// Whether a new table of that schema has the column.
bool IsIn(const iceberg::Schema& made, const ResultColumn& column);

}  // namespace eider::engine
