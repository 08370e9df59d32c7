// Looking at a file whose records may be set aside.
#include <span>
#include <string>

#include "eider/base/result.h"
#include "eider/engine/file_text.h"
#include "eider/engine/readers.h"
#include "eider/engine/rejects.h"
#include "eider/records/csv_file.h"
#include "eider/records/json_file.h"
#include "eider/records/sift.h"

namespace eider::engine {

// Who takes the records that do not read; null: the error stands.
Rejects* Readers::RejectsOf(const std::string& path, const Error& error) const {
  const bool is_of_record =
      error.code == Code::kCorrupt || (error.code == Code::kUnsupported && error.place.line != 0);
  return is_of_record && path == question_.input ? question_.rejects : nullptr;
}

Result<records::CsvFile> Readers::LookAtCsv(const std::string& path,
                                            records::CsvQuestion& question) const {
  auto found = records::ReadCsv(PiecesOf(grants_, path), question);
  if (found) return found;
  Rejects* const rejects = RejectsOf(path, found.error());
  if (rejects == nullptr) return found;
  const auto beginning = records::BeginCsv(PiecesOf(grants_, path), question);
  if (!beginning) return found;
  EIDER_ASSIGN(const auto kept,
               rejects->SiftCsv(grants_, path, *beginning, question.null_text, {}));
  // A file of which no record is left is another one than the route expects.
  if (kept == 0) return found;
  question.delimiter = beginning->dialect.delimiter;
  question.quote = beginning->dialect.quote;
  question.escape = beginning->dialect.escape;
  question.has_header = beginning->has_header;
  return records::ReadCsv(PiecesOf(grants_, path), question);
}

Result<records::JsonFile> Readers::LookAtJson(const std::string& path,
                                              records::JsonQuestion& question) const {
  auto found = records::ReadJson(PiecesOf(grants_, path), question);
  if (found) return found;
  Rejects* const rejects = RejectsOf(path, found.error());
  if (rejects == nullptr) return found;
  if (question.format && question.format != records::JsonFormat::kLines) return found;
  if (!question.format) {
    EIDER_ASSIGN(const bool are_lines,
                 records::BeginsWithObjectLine(PiecesOf(grants_, path), question));
    if (!are_lines) return found;
  }
  question.format = records::JsonFormat::kLines;
  EIDER_ASSIGN(const auto kept, rejects->SiftJson(grants_, path, question, {}));
  if (kept == 0) return found;
  return records::ReadJson(PiecesOf(grants_, path), question);
}

Status Readers::Sift(const FileReader& file, std::span<const records::ColumnRule> rules) const {
  if (file.csv) {
    EIDER_CHECK(
        question_.rejects->SiftCsv(grants_, file.path, *file.csv, file.question.null_text, rules));
    return {};
  }
  EIDER_CHECK(question_.rejects->SiftJson(grants_, file.path, file.json, rules));
  return {};
}

}  // namespace eider::engine
