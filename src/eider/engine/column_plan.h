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
#include <vector>

#include <duckdb/common/types.hpp>

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
  // It is a text, and each is JSON: the letters of a number or a boolean of a JSON file.
  bool is_json_text = false;
  // The SQL has not given it: no value of a file is in it.
  bool is_of_no_file = false;
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
  kRescue,       // as JSON, what fits no other column
};

// What a column of a table, a field of a struct, or what is in a list or map gets.
struct ColumnPlan {
  iceberg::Field to;
  std::string path;  // of `to` in the table: "a.b.element"
  Way way = Way::kNull;
  bool checks_null = false;  // a null is an error
  std::vector<std::size_t> extra =
      {};                             // the fields of a source that is a struct which `to` has not
  std::optional<std::size_t> source;  // the place among the result's columns or the struct's fields
  duckdb::LogicalType from;
  std::optional<records::ValueType> hint = {};  // of a column
  bool hint_takes_text = false;                 // of kHint: the source gives texts, or else
  Way to_hint = Way::kSame;                     // how its values get to the hint's type
  std::string default_text = {};                // of kDefault, as DefaultText
  bool is_json_text = false;                    // the source's
  // Of a column: where its source does not fit, it is null, and the source is rescued.
  bool is_rescued = false;
  std::vector<ColumnPlan> parts = {};

  // Whether a value of the source may not fit.
  bool MayMisfit() const;

  bool IsUnchanged() const { return way == Way::kSame && !checks_null; }
};

struct TablePlan {
  std::vector<ColumnPlan> columns;  // of the WrittenSchema, in its order
  std::vector<std::size_t> extra;   // the result's columns that the table does not have
  std::vector<std::size_t> empty;   // those of them that may be there as long as they have no value
};

// Adds to the problems all that does not fit. Unsupported: values for a column that cannot be
// written. `rescue`: as Query::rescue; what it gets is no problem.
TablePlan PlanColumns(const std::vector<ResultColumn>& columns, const iceberg::Schema& schema,
                      const std::string& rescue, Problems& problems);

// The same for one column whose field is known, in a table of which nothing is said.
ColumnPlan PlanColumn(std::size_t source, const ResultColumn& from, const iceberg::Field& to);

// Whether texts may be such values, or numbers that other numbers may be, one by one, where not all
// are.
bool MayFit(const duckdb::LogicalType& from, const iceberg::Type& to);

}  // namespace eider::engine
