// A person's SELECT over one table whose rows lie in a file, in a sandbox of its own: it sees that
// table and nothing else, and cannot change anything.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/engine/sql_engine.h"
#include "eider/store/object_store.h"

namespace eider::engine {

struct TableColumn {
  std::string name;
  std::string type;  // as DuckDB writes it, such as "STRUCT(a VARCHAR)[]"
};

// Rows as lines of JSON.
struct FileTable {
  std::string name;  // in the SQL; in lower case
  Uri file;
  std::vector<TableColumn> columns;
};

// As texts ("NULL" for null), or as one text for each row: an object of JSON.
enum class RowForm : std::uint8_t { kTexts, kJson };

struct TableQuestion {
  std::string sql;
  std::string asked_by;  // whose SQL it is, for messages: "--sql"
  FileTable table;
  RowForm form = RowForm::kTexts;
};

// Gets each row, and before the first one the names of the columns. False: no more.
struct AnswerVisitor {
  std::function<void(const std::vector<std::string>& columns)> begin;
  std::function<bool(const std::vector<std::string>& cells)> row;
};

// SQL of the program's own: one SELECT over these files.
struct OwnRows {
  std::string sql;
  std::vector<Uri> files;
  std::string named;  // for messages: "the inventory's files"
};

// As AnswerQuestion, for SQL that nobody else wrote. Errors: the same.
Status VisitRows(store::ObjectStore& store, const EngineOptions& options, const OwnRows& rows,
                 const AnswerVisitor& visitor, std::stop_token stop);

// Calls the visitor with the rows as they come: the answer is never held as a whole. The time and
// memory are those of the options.
//
// Errors: kInvalid (the SQL, with DuckDB's message, or a value in it), kOutOfMemory,
// kDeadlineExceeded, kCancelled, kUnavailable.
Status AnswerQuestion(store::ObjectStore& store, const EngineOptions& options,
                      const TableQuestion& question, const AnswerVisitor& visitor,
                      std::stop_token stop);

}  // namespace eider::engine
