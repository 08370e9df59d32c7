// The SQL of a route as a tree: checked to be one harmless SELECT, with the input bound as a value.
//
// The marker {s3_input_path} is replaced inside string constants and in `FROM '{s3_input_path}'`,
// after parsing: whatever letters a key has, they never become SQL.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb/parser/statement/select_statement.hpp>

#include "eider/base/result.h"
#include "eider/engine/query.h"

namespace eider::engine {

// The function of SQL that binds the marker in a text row by row (file_rows.h).
inline constexpr const char* kFileText = "eider_file_text";

struct BoundSql {
  duckdb::unique_ptr<duckdb::SelectStatement> select;
  // Where it names tables of the catalog, in the tree of `select`.
  std::vector<duckdb::unique_ptr<duckdb::TableRef>*> tables;
  // Where it reads files: by a reader's call, or by a path alone (FROM 'uri').
  std::vector<duckdb::unique_ptr<duckdb::TableRef>*> reads;
  bool has_file_text = false;  // calls kFileText
};

// Errors: kUnsupported (the URI text is not UTF-8, as every text of DuckDB must be).
Status CheckPath(const std::string& input);

// Parses `sql` and puts `input` in the place of every marker. Errors: kInvalid (not exactly one
// SELECT, a statement or table function that routes may not use, no marker, a marker that is not in
// a string), each with the reason; those of CheckPath.
Result<BoundSql> BindInput(const std::string& sql, const std::string& input);

// The same for files that are read together, of which `first` is one: the marker may stand alone in
// one reader call, where it becomes `first` until ReadAll; where it is a value it becomes a call of
// kFileText. Errors: as BindInput; kUnsupported, where the SQL reads in another way.
Result<BoundSql> BindFiles(const std::string& sql, const std::string& first);

// Has a read, as BindFiles has it, read that file.
void ReadAlone(duckdb::TableRef& read, const std::string& path);

// Has the one reader call read these files in the place of its first.
void ReadAll(BoundSql& sql, const std::vector<std::string>& paths);

// Puts the path of a file in the place of every marker in the text. Gives how many there were.
std::size_t ReplaceMarkers(std::string& text, std::string_view input);

// A table that SQL may read by its name, and nothing else.
struct OneTable {
  std::string name;      // in lower case
  std::string asked_by;  // whose SQL it is, for messages: "--sql"
};

// What a plug-in makes of a file's rows, for the SQL that comes behind it.
inline const OneTable kTransformedTable = {"transformed", "the route's then_sql"};

// Parses SQL over that table, whose rows are those of `rows`: they are read once, and as they come
// where the SQL names the table once. Errors: kInvalid (not exactly one SELECT over the table, or a
// function that routes may not call), each with the reason.
Result<duckdb::unique_ptr<duckdb::SelectStatement>> BindOneTable(
    const std::string& sql, const OneTable& table,
    duckdb::unique_ptr<duckdb::SelectStatement> rows);

// Puts readers of their data files in the place of tables of the catalog. Call at most once.
// Errors: kInvalid (a table that is not among them), kUnsupported.
Status BindTables(BoundSql& sql, std::span<const InputTable> tables);

}  // namespace eider::engine
