// The file is read once more: only an error pays for it.
#include "eider/engine/text_causes.h"

#include <cctype>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/string_util.hpp>
#include <duckdb/parser/keyword_helper.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/codec/shortened_text.h"
#include "eider/engine/file_text.h"
#include "eider/records/csv_file.h"
#include "eider/records/json_file.h"
#include "eider/records/text_cause.h"
#include "eider/records/text_type.h"

namespace eider::engine {
namespace {

constexpr std::size_t kCausesMax = 3;

// As a word of its own, in any case of letters. Both are in lower case.
bool HasWord(std::string_view text, std::string_view word) {
  const auto is_inside = [&](std::size_t at) {
    return at < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_');
  };
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    if (!(at > 0 && is_inside(at - 1)) && !is_inside(at + word.size())) return true;
  }
  return false;
}

struct Suspect {
  std::size_t column = 0;
  std::string name;
  records::TextCauseFinder finder = {};
};

// Columns of texts that the SQL names.
std::vector<Suspect> SuspectsOf(const FileReader& file, const std::string& sql) {
  std::vector<Suspect> suspects;
  for (std::size_t i = 0; i < file.columns.size(); ++i) {
    const FileColumn& column = file.columns[i];
    const bool is_text = column.type == "VARCHAR" || column.type == "JSON";
    if (!is_text || column.is_empty || (file.csv && column.is_given)) continue;
    if (!HasWord(sql, duckdb::StringUtil::Lower(column.name))) continue;
    suspects.push_back({i, column.name});
  }
  return suspects;
}

Status LookAtCsv(const FileReader& file, const records::Pieces& pieces,
                 std::vector<Suspect>& suspects) {
  return records::VisitCsvRows(
      pieces, *file.csv, [&](std::uint64_t line, const records::CsvRecord& row) {
        for (Suspect& suspect : suspects) {
          if (suspect.column >= row.fields.size()) continue;
          const std::string text = FieldText(row.fields[suspect.column], file.csv->dialect);
          if (text.empty() || text == file.question.null_text) continue;
          suspect.finder.Add(line, text);
        }
        return true;
      });
}

Status LookAtJson(const FileReader& file, const records::Pieces& pieces,
                  std::vector<Suspect>& suspects) {
  if (!file.are_objects) return {};
  return records::VisitJson(pieces, file.json, [&](std::uint64_t line, std::string_view record) {
    const auto object = codec::Json::parse(record, nullptr, false);
    if (!object.is_object()) return true;
    for (Suspect& suspect : suspects) {
      const auto member = object.find(suspect.name);
      if (member == object.end() || member->is_null()) continue;
      if (!member->is_string()) {
        suspect.finder.Add(line, member->dump());
      } else if (const auto text = member->get<std::string>();
                 records::TimestampFormOf(text) != records::TimestampForm::kNone) {
        suspect.finder.Add(line, text);
      } else {
        suspect.finder.AddText(line, text);  // "12" is no number
      }
    }
    return true;
  });
}

std::string TextOf(const FileReader& file, const Suspect& suspect,
                   const records::TextCause& cause) {
  const std::string more =
      cause.count == 1 ? "" : fmt::format(" (and {} more values)", cause.count - 1);
  const std::string name = duckdb::KeywordHelper::WriteOptionallyQuoted(suspect.name);
  std::string text = fmt::format(
      "column {} is text because of line {}: '{}'{}, all others are {}; correct the file, or make "
      "such values null in the route's SQL by TRY_CAST({} AS {})",
      codec::ShortName(suspect.name), cause.line, codec::ShortName(cause.text), more, cause.type,
      codec::ShortName(name), cause.type);
  if (file.csv) text += ", or by the reader's option nullstr";
  return text;
}

}  // namespace

Error WithTextCauses(Error error, const std::string& sql, const Readers& readers,
                     QueryGrants& grants) {
  const bool is_about_text = error.message.find("VARCHAR") != std::string::npos ||
                             error.message.find("JSON") != std::string::npos;
  if (error.code != Code::kInvalid || !is_about_text) return error;
  const std::string words = duckdb::StringUtil::Lower(sql);
  std::size_t told = 0;
  for (const FileReader& file : readers.files()) {
    std::vector<Suspect> suspects = SuspectsOf(file, words);
    if (suspects.empty()) continue;
    const records::Pieces pieces = PiecesOf(grants, file.path);
    const Status looked =
        file.csv ? LookAtCsv(file, pieces, suspects) : LookAtJson(file, pieces, suspects);
    if (!looked) continue;
    for (const Suspect& suspect : suspects) {
      const auto cause = suspect.finder.Find();
      if (!cause || ++told > kCausesMax) continue;
      error.message += "; " + TextOf(file, suspect, *cause);
      if (told > 1) continue;
      error.place = {.line = cause->line, .column = suspect.name, .value = cause->text};
    }
  }
  return error;
}

}  // namespace eider::engine
