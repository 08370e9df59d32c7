// The records of a CSV text as its bytes come, found without DuckDB: what a reader gives is held
// against them, and errors get their line numbers from them.
//
// As RFC 4180 has it, and as DuckDB's strict mode reads it: a field is quoted when its first letter
// after blanks is the quote; behind the closing quote only blanks may follow; a quote elsewhere in
// a field is content. Lines end with LF, CRLF or CR.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace eider::records {

struct CsvDialect {
  char delimiter = ',';
  char quote = '"';   // '\0': none
  char escape = '"';  // the quote itself where it is doubled; '\0': none

  bool operator==(const CsvDialect&) const = default;
};

struct CsvField {
  std::string_view raw;  // without its quotes, escapes still in it
  bool is_quoted = false;
  bool has_escape = false;
};

// The text that the field stands for.
std::string FieldText(const CsvField& field, const CsvDialect& dialect);

enum class CsvFault : std::uint8_t { kNone, kTextAfterQuote, kQuoteNotClosed, kTooLong };

// What is wrong, of a line: "a quote (") is not closed", "is longer than …". Not for kNone.
std::string FaultText(CsvFault fault, char quote);

// Borrowed from the buffer of the scan: valid while its callback runs.
struct CsvRecord {
  std::uint64_t line = 0;    // where it begins, from 1
  std::uint64_t offset = 0;  // the same in bytes of all that were fed, from 0
  std::string_view text;     // without its line end
  std::span<const CsvField> fields;
  CsvFault fault = CsvFault::kNone;

  bool IsBlank() const { return text.empty(); }
};

// Longer ones are a fault: DuckDB's default of max_line_size.
inline constexpr std::size_t kRecordBytesMax = 2'000'000;

// Used by one thread. Not to be moved while a record is open: its fields are views of the buffer.
class CsvRecords {
 public:
  // Called for each record, blank lines included; false ends the scan. After a fault no more come.
  using OnRecord = std::function<bool(const CsvRecord&)>;

  // Only at the beginning of a text a byte order mark is none of it.
  explicit CsvRecords(CsvDialect dialect, bool is_beginning = true)
      : dialect_(dialect), has_begun_(!is_beginning) {}

  // Takes the next bytes. False when the scan has ended.
  bool Feed(std::string_view bytes, const OnRecord& on_record);

  // No more bytes come: the last record may have no line end.
  bool Finish(const OnRecord& on_record);

  enum class LineEnd : std::uint8_t { kNone, kLf, kCrLf, kCr };

  // Outside of quotes.
  LineEnd first_line_end() const { return line_end_; }

  // Whether lines end with LF, and the first line end of all stands within quotes.
  bool HasLaterLf() const { return line_end_ == LineEnd::kLf && has_quoted_end_first_; }

  // The line where another kind of line end than the first one's stands, outside of quotes; 0:
  // none.
  std::uint64_t MixedEndLine() const { return mixed_end_line_; }

 private:
  enum class State : std::uint8_t { kField, kQuoted, kAfterQuote };

  void Index(std::size_t from, std::size_t to);
  bool Walk(const OnRecord& on_record);
  bool Step(std::size_t at, std::size_t& skip_to, const OnRecord& on_record);
  void StepQuoted(std::size_t at, std::size_t& skip_to);
  bool OnlyBlanks(std::size_t from, std::size_t to) const;
  void EndField(std::size_t at);
  bool EndLine(std::size_t at, std::size_t& skip_to, const OnRecord& on_record);
  bool EndRecord(std::size_t at, const OnRecord& on_record);
  bool Fault(CsvFault fault, std::size_t end, const OnRecord& on_record);
  bool Emit(CsvFault fault, std::size_t end, const OnRecord& on_record);
  void Take(std::string_view bytes);

  CsvDialect dialect_;
  std::string buffer_;                 // from the beginning of the record that is not done
  std::uint64_t dropped_ = 0;          // bytes that stood before the buffer
  std::vector<std::uint32_t> places_;  // of the letters that matter, in the bytes just indexed
  std::size_t indexed_ = 0;            // of the buffer
  std::size_t record_begin_ = 0;
  std::size_t field_begin_ = 0;
  std::size_t quote_end_ = 0;     // of the closing quote, in kAfterQuote
  std::vector<CsvField> fields_;  // the first so many are of the record
  std::size_t field_count_ = 0;
  State state_ = State::kField;
  bool has_escape_ = false;
  bool has_ended_ = false;
  bool has_begun_;
  std::uint64_t line_ = 1;
  std::uint64_t record_line_ = 1;
  LineEnd line_end_ = LineEnd::kNone;
  bool has_quoted_end_first_ = false;
  std::uint64_t mixed_end_line_ = 0;
};

}  // namespace eider::records
