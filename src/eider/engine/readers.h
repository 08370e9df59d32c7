// What the reader calls of a query leave open, decided by all the bytes of their files, so that no
// reader of DuckDB guesses. docs/readers.md has the rules.
//
// A call that asks for looser reading (ignore_errors, null_padding, comment, strict_mode = false,
// an encoding, …) keeps what it says, and its file is not looked at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/main/client_context.hpp>
#include <duckdb/planner/operator/logical_get.hpp>

#include "eider/base/result.h"
#include "eider/engine/column_use.h"
#include "eider/engine/query.h"
#include "eider/engine/query_grants.h"
#include "eider/engine/reader_call.h"
#include "eider/engine/rejects.h"
#include "eider/engine/sql_engine.h"
#include "eider/engine/statement.h"
#include "eider/iceberg/type.h"
#include "eider/records/csv_file.h"
#include "eider/records/json_file.h"

namespace eider::engine {

// A column of a text file, in the order of the reader's result.
struct FileColumn {
  std::string name;
  std::string type = "VARCHAR";  // of SQL; CSV: this one until ReadTypes
  bool is_given = false;         // the SQL says the type, or it is nested: never handed on as text
  bool is_text = false;          // to be handed on as text
  bool is_empty = false;         // it has no value, as far as its types were read
  bool fits_int = false;         // JSON: its values are BIGINT, and 32 bits hold them
  // Instead of the text: the type of the table's column, which each of the values is.
  std::string known_type = {};
};

// One call whose file was looked at.
struct FileReader {
  ReaderCall call;
  std::string path;
  std::uint64_t records = 0;
  std::vector<FileColumn> columns = {};
  std::optional<records::CsvFile> csv = {};  // of a CSV file
  records::JsonQuestion json = {};           // of a JSON file: how it was looked at
  bool are_objects = true;                   // of a JSON file
  records::CsvQuestion question = {};        // how it was looked at

  FileColumn* Find(const std::string& name);
};

// What is known before the files are looked at.
struct ReaderQuestion {
  std::vector<std::string> likely_names = {};  // those of the table's columns
  bool wants_types = false;                    // the same look finds what ReadTypes is for
  std::string input = {};                      // the path of the route's file
  std::string encoding = {};                   // of that file, where it is CSV; empty: UTF-8
  std::string temp_directory = {};
  // The encodings that texts were made UTF-8 of, by path; of all looks in one session.
  std::map<std::string, std::string>* encodings = nullptr;
  Rejects* rejects = nullptr;  // takes records of that file that do not read; null: they are errors
  std::optional<Piece> piece = {};  // that file is text, and only this piece of it is read
};

// A column of a file that is handed on as text.
struct TextColumn {
  std::size_t file = 0;
  std::size_t column = 0;
};

// The columns that a result hands on, each with the type of the table's column that it goes to;
// nothing: to none, or by way of a type that the route says. One may go to several.
using ColumnGoals = std::vector<std::pair<ColumnSource, std::optional<iceberg::TypeKind>>>;

// Used by one thread. Borrows context and grants; goes stale when the tree changes.
class Readers {
 public:
  // Looks at the files and adds what is decided to the calls in the tree. Errors: kInvalid (a file
  // that does not read, with line and text; a path alone that names no reader), kCorrupt
  // (compressed bytes), those of the grants.
  static Result<Readers> Decide(duckdb::ClientContext& context, QueryGrants& grants, BoundSql& sql,
                                ReaderQuestion question);

  bool HasColumns() const { return !readers_.empty(); }

  // All columns as text, where the SQL does not say a type and text can be handed on.
  void SetAllText();

  // Columns of these names, null in all rows, where JSON or an empty file has none of that name.
  // False: there is nothing to add.
  bool AddMissing(const std::vector<std::string>& names);

  // Text only for columns that `use` passes on to the result, types for all others. With `among`
  // only for those of them.
  void SetText(const ColumnUse& use, const std::set<ColumnSource>* among = nullptr);

  // Has the readers make values of columns that would be handed on as text, where all the bytes of
  // a file told that these are the same. False: there are none.
  bool TakeKnown(const ColumnGoals& goals);

  // Whether a column that is not handed on as text still lacks its type. Without one SetText has
  // changed no call.
  bool LacksTypes() const;

  // Of the piece of a file: that the file was cut, and that nothing which the plan needs of it
  // would be another thing for another piece. Errors: kUnsupported, with what keeps the file whole.
  Status CheckPiece(const ColumnUse& use) const;

  // Tells the plan how many rows the files have.
  void TellRows(const ColumnUse& use) const;

  // The types that hold for all rows of the CSV files. Errors: as Decide.
  Status ReadTypes();

  // Looks at files for the only call, which is as it will be run, and says how many records those
  // have that it reads as well as its own, which is among them; nothing for others. `read` is the
  // call as the SQL has it, `columns` what its own file has. From then on the call's records are
  // those of all. Errors: as Decide.
  Result<std::vector<std::optional<std::uint64_t>>> FindAlike(duckdb::TableRef& read,
                                                              std::size_t columns,
                                                              std::span<const std::string> paths);

  // The column of the read, if it is handed on as text.
  std::optional<TextColumn> TextOf(const ColumnSource& source) const;

  // Whether all texts of the column are JSON: numbers or booleans of a JSON file.
  bool IsJson(const TextColumn& column) const;

  // Whether the column of the read is one without any value, as far as its types were read.
  bool IsEmpty(const ColumnSource& source) const;

  // Sets the records of the file aside that break a rule; the calls are to be decided anew when
  // some do. Errors: those of Rejects.
  Status Sift(const FileReader& file, std::span<const records::ColumnRule> rules) const;

  // The line of the first such text in that column; 0: unknown.
  std::uint64_t FindLine(const TextColumn& column, const std::string& text) const;

  // All calls, those whose file was looked at first.
  std::vector<ExplainedReader> Explain() const;

  const std::vector<FileReader>& files() const { return readers_; }

 private:
  Readers(duckdb::ClientContext& context, QueryGrants& grants, ReaderQuestion question)
      : context_(context), grants_(grants), question_(std::move(question)) {}

  Status DecideOne(duckdb::unique_ptr<duckdb::TableRef>& place);
  Status DecideParquet(ReaderCall call, duckdb::TableFunctionRef& reference);
  Status DecideCsv(ReaderCall call, const std::string& path);
  Status MakeUtf8(ReaderCall& call, const std::vector<std::string>& paths);
  Status CheckNoEncoding(const ReaderCall& call) const;
  Status DecideJson(ReaderCall call, const std::string& path);
  Result<records::CsvFile> LookAtCsv(const std::string& path, records::CsvQuestion& question) const;
  Result<records::JsonFile> LookAtJson(const std::string& path,
                                       records::JsonQuestion& question) const;
  Rejects* RejectsOf(const std::string& path, const Error& error) const;
  Status LeaveOpen(ReaderCall call);
  bool IsToBeCut(const std::string& path);
  void Apply();

  duckdb::ClientContext& context_;
  QueryGrants& grants_;
  ReaderQuestion question_;
  std::vector<FileReader> readers_;
  std::vector<ReaderCall> others_;  // whose files are DuckDB's alone
  bool has_cut_ = false;            // of the question's piece
};

}  // namespace eider::engine
