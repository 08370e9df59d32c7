// Result columns to table columns, as a plan: where each column's values come from and what becomes
// of them on the way. projection.h prints it as SQL, explanation.h in words.
//
// Columns and struct fields are matched by name: exactly, else without regard to case where that
// is unique. Missing ones become their default or null; what cannot be written (CanWrite) is left
// out where the result does not have it. Everything that would lose or invent something is
// a problem that says what to do. What only the values can tell (a null in a required column, an
// integer out of range) is checked as they pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb/common/types.hpp>

#include "eider/base/result.h"
#include "eider/engine/projection_problems.h"
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

// How values of one type become those of another.
enum class Way : std::uint8_t {
  kNone,         // not at all; a problem says why
  kNull,         // there is no source: all are null
  kDefault,      // there is no source: all are the column's default
  kSame,         // as they are
  kCast,         // every value fits
  kCheckedCast,  // value by value
  kText,         // value by value, from texts of a file
  kHint,         // value by value, as texts of the type that `types` says
  kStruct,       // part by part: field by field
  kList,         // the one part is the element
  kMap,          // the parts are key and value
};

// What a column of a table, a field of a struct, or what is in a list or map gets.
struct ColumnPlan {
  iceberg::Field to;
  std::string path;  // of `to` in the table: "a.b.element"
  Way way = Way::kNull;
  bool checks_null = false;           // a null is an error
  bool has_extra = false;             // the source is a struct with fields that `to` has not
  std::optional<std::size_t> source;  // the place among the result's columns or the struct's fields
  duckdb::LogicalType from;
  std::optional<records::ValueType> hint = {};  // of a column
  bool hint_takes_text = false;                 // of kHint: the source gives texts, or else
  Way to_hint = Way::kSame;                     // how its values get to the hint's type
  std::string default_text = {};                // of kDefault, as DefaultText
  std::vector<ColumnPlan> parts = {};

  bool IsUnchanged() const { return way == Way::kSame && !checks_null; }
};

struct TablePlan {
  std::vector<ColumnPlan> columns;  // of the WrittenSchema, in its order
  std::vector<std::size_t> extra;   // the result's columns that the table does not have
  std::vector<std::size_t> empty;   // those of them that may be there as long as they have no value
};

// Adds to the problems all that does not fit. Unsupported: values for a column that cannot be
// written.
TablePlan PlanColumns(const std::vector<ResultColumn>& columns, const iceberg::Schema& schema,
                      Problems& problems);

// The same for one column whose field is known, in a table of which nothing is said.
ColumnPlan PlanColumn(std::size_t source, const ResultColumn& from, const iceberg::Field& to);

// The schema of a new table for these columns: all optional, ids from 1. One without a value and a
// hint is left out. Errors: kInvalid with everything that does not fit (ten at most), or where all
// would be left out; they say that `what` of the file cannot become a table.
Result<iceberg::Schema> NewTableSchema(const std::vector<ResultColumn>& columns,
                                       std::string_view file,
                                       std::string_view what = "the result of the route's SQL");

// Whether a new table of that schema has the column.
bool IsIn(const iceberg::Schema& made, const ResultColumn& column);

}  // namespace eider::engine
