// Choosing a dialect by the beginning, then holding it against all lines.
#include "eider/records/csv_file.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/codec/transcoder.h"
#include "eider/codec/utf8.h"
#include "eider/records/csv_header.h"
#include "eider/records/csv_records.h"
#include "eider/records/csv_rows.h"
#include "eider/records/lower_name.h"

namespace eider::records {
namespace {

// As much of the beginning as decides which dialects are tried.
constexpr std::size_t kSampleBytes = 256U << 10U;
constexpr std::size_t kLongSampleBytes = 2 * kRecordBytesMax;  // where the first line is long

constexpr auto kDelimiters = std::to_array<char>({',', ';', '\t', '|'});
constexpr char kNoDelimiter = '\x1f';  // for one column that holds all of the others

struct Sample {
  std::string text;
  bool is_whole = true;
};

Result<Sample> TakeSample(const Pieces& pieces, std::uint64_t skip_lines) {
  Sample sample;
  bool has_line = false;
  EIDER_CHECK(FeedFrom(pieces, skip_lines, [&](std::string_view piece) {
    const std::size_t bytes_max = has_line ? kSampleBytes : kLongSampleBytes;
    const std::size_t room = bytes_max - std::min(bytes_max, sample.text.size());
    if (piece.size() > room) sample.is_whole = false;
    piece = piece.substr(0, room);
    has_line |= piece.find_first_of("\r\n") != std::string_view::npos;
    sample.text.append(piece);
    return sample.is_whole;
  }));
  return sample;
}

// Calls `on_record` for the complete records of the sample.
void WalkSample(const Sample& sample, const CsvDialect& dialect,
                const CsvRecords::OnRecord& on_record) {
  CsvRecords records(dialect);
  if (records.Feed(sample.text, on_record) && sample.is_whole) records.Finish(on_record);
}

struct Candidate {
  CsvDialect dialect;
  std::size_t fields = 0;  // of the first record
  bool is_consistent = true;
};

Candidate Try(const Sample& sample, const CsvDialect& dialect) {
  Candidate candidate{dialect};
  WalkSample(sample, dialect, [&](const CsvRecord& record) {
    if (record.IsBlank()) return true;
    if (candidate.fields == 0) candidate.fields = record.fields.size();
    candidate.is_consistent =
        record.fault == CsvFault::kNone && record.fields.size() == candidate.fields;
    return candidate.is_consistent;
  });
  return candidate;
}

// Lines of one field above lines that the delimiter splits: a preamble, or texts with commas in
// them. Which of both, only its author knows.
bool IsBelow(const Sample& sample, const CsvDialect& dialect) {
  std::size_t fields = 0;
  std::size_t above = 0;
  std::size_t below = 0;
  bool is_even = true;
  WalkSample(sample, dialect, [&](const CsvRecord& record) {
    if (record.IsBlank()) return true;
    const std::size_t here = record.fields.size();
    is_even = record.fault == CsvFault::kNone && (fields == 0 || here == fields);
    if (here == 1 && fields == 0) {
      ++above;
    } else if (is_even) {
      fields = here;
      ++below;
    }
    return is_even;
  });
  return is_even && above > 0 && below > 1;
}

std::vector<CsvDialect> DialectsFor(const CsvQuestion& question, char delimiter) {
  CsvDialect dialect{delimiter, question.quote.value_or('"'), '"'};
  if (dialect.quote == '\0') return {{delimiter, '\0', '\0'}};
  dialect.escape = question.escape.value_or(dialect.quote);
  if (question.escape) return {dialect};
  CsvDialect backslash = dialect;
  backslash.escape = '\\';
  return {dialect, backslash};
}

constexpr std::size_t kRowsForHeader = 2000;

CsvBeginning ReadBeginning(const Sample& sample, const CsvDialect& dialect,
                           const std::string& null_text) {
  CsvBeginning beginning;
  WalkSample(sample, dialect, [&](const CsvRecord& record) {
    if (record.IsBlank()) {
      beginning.blank_lines += beginning.first.empty() ? 1 : 0;
      return true;
    }
    if (record.fault != CsvFault::kNone) return false;
    if (beginning.first.empty()) {
      for (const CsvField& field : record.fields) {
        beginning.first.push_back(FieldText(field, dialect));
      }
      beginning.types.resize(beginning.first.size());
      beginning.texts.resize(beginning.first.size());
      return true;
    }
    const std::size_t count = std::min(record.fields.size(), beginning.first.size());
    bool is_first = true;
    for (std::size_t i = 0; i < count; ++i) {
      std::string text = FieldText(record.fields[i], dialect);
      is_first = is_first && text == beginning.first[i];
      if (text.empty() || text == null_text) continue;
      beginning.types[i].Add(text);
      beginning.texts[i].insert(std::move(text));
    }
    beginning.comes_again = beginning.comes_again || is_first;
    return ++beginning.others < kRowsForHeader;
  });
  return beginning;
}

// The dialect of lines below others, unless the first line is the name of the table's column.
std::optional<CsvDialect> FindBelow(const Sample& sample, const CsvQuestion& question,
                                    const std::vector<Candidate>& candidates) {
  if (question.delimiter) return std::nullopt;
  const CsvBeginning beginning =
      ReadBeginning(sample, {kNoDelimiter, '"', '"'}, question.null_text);
  if (HasOneOf(beginning.first, question.likely_names)) return std::nullopt;
  const auto below = std::ranges::find_if(
      candidates, [&](const Candidate& candidate) { return IsBelow(sample, candidate.dialect); });
  return below == candidates.end() ? std::nullopt : std::optional(below->dialect);
}

// The dialects to hold against all lines, the likeliest first; never empty.
std::vector<CsvDialect> Choose(const Sample& sample, const CsvQuestion& question) {
  std::vector<char> delimiters(kDelimiters.begin(), kDelimiters.end());
  if (question.delimiter) delimiters = {*question.delimiter};
  std::vector<Candidate> candidates;
  for (const char delimiter : delimiters) {
    for (const CsvDialect& dialect : DialectsFor(question, delimiter)) {
      candidates.push_back(Try(sample, dialect));
    }
  }
  std::vector<CsvDialect> chosen;
  std::ranges::stable_sort(candidates, std::greater(), &Candidate::fields);
  for (const Candidate& candidate : candidates) {
    if (candidate.is_consistent && candidate.fields > 1) chosen.push_back(candidate.dialect);
  }
  if (!chosen.empty()) return chosen;
  // What splits the first line is the delimiter, though the others differ: that will be the error.
  if (candidates.front().fields > 1) return {candidates.front().dialect};
  if (const auto below = FindBelow(sample, question, candidates)) return {*below};
  for (const Candidate& candidate : candidates) {
    if (candidate.is_consistent) chosen.push_back(candidate.dialect);
  }
  if (!question.delimiter) {
    for (const CsvDialect& dialect : DialectsFor(question, kNoDelimiter)) chosen.push_back(dialect);
  }
  if (chosen.empty()) chosen.push_back(candidates.front().dialect);
  return chosen;
}

std::string Shown(std::string_view text) {
  return fmt::format("`{}`", codec::ShortName(text));
}

// column0, column1, … with as many digits as the last one has, as DuckDB names them.
std::string NumberedName(std::size_t index, std::size_t count) {
  const std::size_t digits = fmt::format("{}", count - 1).size();
  return fmt::format("column{:0{}}", index, digits);
}

Status NameColumns(const CsvBeginning& beginning, const CsvQuestion& question, CsvFile& file) {
  std::set<std::string> seen;
  std::map<std::string, std::string> spelled;
  const std::size_t count = beginning.first.size();
  if (count > kCsvColumnsMax) {
    return Fail(Code::kUnsupported, fmt::format("the first line has {} fields, at most {} are read",
                                                count, kCsvColumnsMax));
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::string cell(TrimBlanks(beginning.first[i]));
    std::string name = file.has_header && !cell.empty() ? cell : NumberedName(i, count);
    if (i < question.names.size()) name = question.names[i];
    if (!codec::IsUtf8(name)) {
      return Fail(Code::kCorrupt,
                  fmt::format("the name of column {} is not UTF-8: {}; name the file's encoding in "
                              "the route, as encoding: windows-1252; usual are {}",
                              i + 1, Shown(name), codec::kUsualEncodings));
    }
    const auto [twin, is_new] = spelled.emplace(LowerName(name), name);
    if (!is_new && twin->second != name) {
      return Fail(Code::kInvalid,
                  fmt::format("columns {} and {} differ only in case, and cannot be told apart: "
                              "give them names in the route's SQL, as names = ['{}', …]",
                              codec::ShortName(twin->second), codec::ShortName(name),
                              codec::ShortName(name + "_2")));
    }
    std::string unique = name;
    for (int n = 1; !seen.insert(LowerName(unique)).second; ++n)
      unique = fmt::format("{}_{}", name, n);
    const bool is_given = i < question.names.size();
    if (file.has_header && !is_given && unique != cell) {
      file.renamed.push_back(fmt::format("{} ({})", unique, cell.empty() ? "no name" : cell));
    }
    file.names.push_back(std::move(unique));
  }
  return {};
}

// What the beginning tells; no line is held against it.
struct Begun {
  CsvFile file;
  CsvBeginning beginning;
  CsvHeader header = CsvHeader::kUnknown;
};

Result<Begun> Begin(const Sample& sample, const CsvDialect& dialect, const CsvQuestion& question) {
  Begun begun;
  CsvFile& file = begun.file;
  file.dialect = dialect;
  file.skip_lines = question.skip_lines;
  begun.beginning = ReadBeginning(sample, dialect, question.null_text);
  file.blank_lines = begun.beginning.blank_lines;
  begun.header = TellHeader(begun.beginning, question.has_header, question.likely_names);
  file.has_header = begun.header == CsvHeader::kFirstLine;
  EIDER_CHECK(NameColumns(begun.beginning, question, file));
  return begun;
}

Result<CsvFile> Hold(const Pieces& pieces, const Sample& sample, const CsvDialect& dialect,
                     const CsvQuestion& question) {
  EIDER_ASSIGN(Begun begun, Begin(sample, dialect, question));
  EIDER_CHECK(HoldAll(pieces, question, begun.file));
  // Only now: what another dialect splits is not told by this one's first line.
  if (begun.header == CsvHeader::kUnknown) return std::unexpected(UnknownHeader(begun.beginning));
  return std::move(begun.file);
}

}  // namespace

Result<CsvFile> ReadCsv(const Pieces& pieces, const CsvQuestion& question) {
  EIDER_ASSIGN(const Sample sample, TakeSample(pieces, question.skip_lines));
  std::optional<Error> first;
  for (const CsvDialect& dialect : Choose(sample, question)) {
    auto file = Hold(pieces, sample, dialect, question);
    if (file || file.error().code != Code::kCorrupt) return file;
    if (!first) first = std::move(file).error();
  }
  return std::unexpected(*std::move(first));
}

Result<CsvFile> BeginCsv(const Pieces& pieces, const CsvQuestion& question) {
  EIDER_ASSIGN(const Sample sample, TakeSample(pieces, question.skip_lines));
  EIDER_ASSIGN(Begun begun, Begin(sample, Choose(sample, question).front(), question));
  if (begun.header == CsvHeader::kUnknown) return std::unexpected(UnknownHeader(begun.beginning));
  return std::move(begun.file);
}

Status VisitCsvRows(const Pieces& pieces, const CsvFile& file,
                    const std::function<bool(std::uint64_t line, const CsvRecord& row)>& visit) {
  CsvRecords records(file.dialect);
  bool is_header = file.has_header;
  bool goes_on = true;
  const auto on_record = [&](const CsvRecord& record) {
    if (record.IsBlank() || std::exchange(is_header, false)) return true;
    goes_on = visit(record.line + file.skip_lines, record);
    return goes_on;
  };
  EIDER_CHECK(FeedFrom(pieces, file.skip_lines,
                       [&](std::string_view piece) { return records.Feed(piece, on_record); }));
  if (goes_on) records.Finish(on_record);
  return {};
}

Result<std::uint64_t> FindCsvLine(const Pieces& pieces, const CsvFile& file, std::size_t column,
                                  std::string_view text) {
  std::uint64_t found = 0;
  EIDER_CHECK(VisitCsvRows(pieces, file, [&](std::uint64_t line, const CsvRecord& row) {
    if (column >= row.fields.size()) return true;
    if (FieldText(row.fields[column], file.dialect) != text) return true;
    found = line;
    return false;
  }));
  return found;
}

}  // namespace eider::records
