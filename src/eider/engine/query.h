// What a query of a route reads: its SQL, the file, what else the route declares, and its limits.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/uri.h"
#include "eider/config/plugin_program.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/table_name.h"
#include "eider/records/reject_limit.h"
#include "eider/store/prefetch.h"

namespace eider::engine {

// Stands in a route's SQL for the file.
inline constexpr std::string_view kInputMarker = "{s3_input_path}";

// The file that a query is about.
struct InputFile {
  FileRef file;  // the ETag, when given, must still be the object's when it is opened
  const store::Prefetch* opening = nullptr;  // borrowed: opens the file already; null: not yet
};

// The rows of a file that belong to one part of it: those whose `column` (dotted: the leaf of a
// struct), cast to text, is one of `values`. The value without a text is null.
struct RowFilter {
  std::string column;
  std::vector<std::optional<std::string>> values;
};

// A table of the catalog that the SQL may read by its name: its rows are those of `files`, found by
// field id.
struct InputTable {
  iceberg::TableName name;
  iceberg::Schema schema;
  std::vector<iceberg::DataFile> files;
};

// Limits of one query. Those above the engine's own are taken as the engine's own.
struct QueryLimits {
  std::optional<std::uint64_t> memory_limit_bytes = {};
  std::optional<int> threads = {};
  std::optional<Milliseconds> timeout = {};  // from the call on

  bool operator==(const QueryLimits&) const = default;
};

// What the columns of lineage say beside the file itself (lineage.h).
struct Lineage {
  TimePoint loaded_at{};

  bool operator==(const Lineage&) const = default;
};

// The rows of the SQL go through a program of the operator's, as an Arrow stream, and what comes of
// them is the result.
struct Transform {
  config::PluginProgram program;
  std::string then_sql = {};  // one SELECT over `transformed`; empty: all of it

  bool operator==(const Transform&) const = default;
};

// One of so many pieces of a file, from 1.
struct Piece {
  int number = 1;
  int of = 1;

  bool operator==(const Piece&) const = default;
};

struct Query {
  std::string sql;                           // one SELECT, with the marker
  FileRef input;                             // as InputFile::file
  const store::Prefetch* opening = nullptr;  // as InputFile::opening
  // Further objects that the SQL may read by their URIs. A key that ends in '/', or an empty one,
  // is a prefix: each object below it may be read, by its URI or by a pattern that begins with the
  // prefix (`*` and `?` within a segment, `**` for any number of segments).
  std::vector<Uri> inputs = {};
  std::vector<InputTable> tables = {};
  // The SQL sees only these rows of the input. Without it: all of them.
  std::optional<RowFilter> part = {};
  QueryLimits limits = {};
  // By the names of the result's columns: what their values are, each as records::ParseValueType
  // reads it. They go to a table as values of these types, or the query fails.
  std::map<std::string, std::string> types = {};
  // Of CSV files whose reader call names none: "windows-1252"; empty: UTF-8.
  std::string encoding = {};
  // Records of the input that do not read, or whose values do not fit the table, are set aside, up
  // to this limit; without it they are errors. With `rescue` values count only where the table
  // requires one. Only of a CSV or JSON file that is looked at; of
  // Parquet, and of a part of any file, for their values alone, where the SQL reads it once.
  std::optional<records::RejectLimit> reject = {};
  // The column of the table, of strings, that gets as JSON what fits no other: values of columns
  // that take nulls instead, and columns that the table does not have. Empty: those are errors.
  std::string rescue = {};
  // What else is said of the result (types, rescue, lineage) is said of what the program makes of
  // it; nothing is set aside then.
  std::optional<Transform> transform = {};
  // Only this piece of the input is read: whole row groups of a Parquet file, each in one piece.
  // The SQL must make each row of one of the file's, so that the rows of all pieces are those of
  // the file.
  std::optional<Piece> piece = {};
  // Each row tells its file, in columns behind those of the SQL.
  std::optional<Lineage> lineage = {};
};

}  // namespace eider::engine
