// What a CSV text holds, told from all of its bytes: its dialect, header, names and types hold for
// every row, or there is an error with the line. docs/readers.md has the rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/records/csv_records.h"
#include "eider/records/text_type.h"

namespace eider::records {

// More columns are not read.
inline constexpr std::size_t kCsvColumnsMax = 50'000;

// Calls `take` with the text from its beginning, piece by piece, until it returns false. Can be
// asked again.
using Pieces = std::function<Status(const std::function<bool(std::string_view)>& take)>;

// What is known before; the rest is found.
struct CsvQuestion {
  std::optional<char> delimiter = {};
  std::optional<char> quote = {};
  std::optional<char> escape = {};
  std::optional<bool> has_header = {};
  std::uint64_t skip_lines = 0;                // before the header
  std::string null_text = {};                  // besides the empty one
  std::vector<std::string> names = {};         // instead of the header's
  std::vector<std::string> likely_names = {};  // a first line of these is a header
  bool wants_types = false;
  std::size_t threads = 1;              // that may look at rows side by side
  std::size_t chunk_bytes = 2U << 20U;  // that a thread takes at a time
};

struct CsvFile {
  CsvDialect dialect;
  bool has_header = false;
  std::vector<std::string> names;
  std::vector<TextType> types;       // of the columns; empty when they were not wanted
  std::vector<std::string> renamed;  // "a_1 (a)": names that stand otherwise in the header
  std::uint64_t records = 0;         // rows: without header and without blank lines between them
  std::uint64_t skip_lines = 0;      // as asked for
  std::uint64_t blank_lines = 0;     // behind those, before the first record
  bool has_later_lf = false;         // ReadCsv: as CsvRecords::HasLaterLf
};

// Errors: kCorrupt with line and text (fields that differ in number, a quote that does not close,
// text behind one, a line too long, mixed line ends), kInvalid (two names that differ by case
// only; a header that cannot be told), kUnsupported (too many columns); those of `pieces`.
Result<CsvFile> ReadCsv(const Pieces& pieces, const CsvQuestion& question);

// The dialect, header and names that the beginning tells, for a file whose records are looked at
// one by one: the likeliest, held against no line. Errors: kInvalid, kUnsupported, kCorrupt (as
// ReadCsv, of the header), those of `pieces`.
Result<CsvFile> BeginCsv(const Pieces& pieces, const CsvQuestion& question);

// "has 3 fields, the first one has 2 (delimiter ',')".
std::string CountText(std::size_t count, std::size_t wanted, const CsvDialect& dialect);

// Calls `visit` with the line and the fields of each row, until it returns false. Errors: those of
// `pieces`.
Status VisitCsvRows(const Pieces& pieces, const CsvFile& file,
                    const std::function<bool(std::uint64_t line, const CsvRecord& row)>& visit);

// The first line with that text in that column; 0: there is none. Errors: those of `pieces`.
Result<std::uint64_t> FindCsvLine(const Pieces& pieces, const CsvFile& file, std::size_t column,
                                  std::string_view text);

}  // namespace eider::records
