// One after the other it is always right, and tells the first line that is not. Side by side the
// text is cut into chunks as files are into pieces (csv_cut.h): each chunk proves by its end that
// the next one begins with a record. Where one does not, all is looked at one after the other.
#include "eider/records/csv_rows.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/in_parallel.h"
#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/records/chunk_looks.h"
#include "eider/records/csv_cut.h"
#include "eider/records/csv_records.h"
#include "eider/records/text_type.h"

namespace eider::records {
namespace {

std::unexpected<Error> FaultAt(const CsvRecord& record, std::uint64_t line, char quote) {
  const bool is_long = record.fault == CsvFault::kTooLong;
  return FailAt(line, Code::kCorrupt,
                fmt::format("line {}{} {}: `{}`", line, is_long ? "" : ":",
                            FaultText(record.fault, quote), codec::ShortName(record.text)));
}

std::unexpected<Error> OtherCount(const CsvRecord& record, std::uint64_t line, std::size_t fields,
                                  const CsvDialect& dialect) {
  const std::string way_out =
      fields > 1 ? ""
                 : fmt::format(
                       "; if the lines above it are none of the table, name them in the "
                       "route's SQL, as skip = {}, and else the delimiter, as delim = …",
                       line - 1);
  return FailAt(
      line, Code::kCorrupt,
      fmt::format("line {} {}: `{}`{}", line, CountText(record.fields.size(), fields, dialect),
                  codec::ShortName(record.text), way_out));
}

// A text, or a part of one that begins and ends with a record.
class RowScan {
 public:
  RowScan(const CsvQuestion& question, const CsvFile& file, bool is_beginning)
      : question_(question),
        file_(file),
        is_header_(is_beginning && file.has_header),
        records_(file.dialect, is_beginning),
        types_(question.wants_types ? file.names.size() : 0) {}

  bool Feed(std::string_view bytes) {
    return records_.Feed(bytes, [this](const CsvRecord& record) { return Take(record); });
  }

  // Errors: as HoldAll.
  Status Finish() {
    records_.Finish([this](const CsvRecord& record) { return Take(record); });
    EIDER_CHECK(status_);
    const std::uint64_t line = records_.MixedEndLine();
    if (line == 0) return {};
    const std::uint64_t of_file = line + question_.skip_lines;
    return FailAt(of_file, Code::kCorrupt,
                  fmt::format("line {} ends otherwise than the lines before: line ends must be all "
                              "LF, all CRLF or all CR",
                              of_file));
  }

  bool lacks_header() const { return is_header_; }

  // What `next` has, whose text stands behind this one's. False: its lines end otherwise.
  bool Add(const RowScan& next) {
    rows_ += next.rows_;
    for (std::size_t i = 0; i < types_.size(); ++i) types_[i].Merge(next.types_[i]);
    return next.records_.first_line_end() == records_.first_line_end();
  }

  void Tell(CsvFile& file) && {
    file.has_later_lf = records_.HasLaterLf();
    file.records = rows_;
    file.types = std::move(types_);
  }

 private:
  bool Take(const CsvRecord& record) {
    const std::size_t columns = file_.names.size();
    const std::uint64_t line = record.line + question_.skip_lines;
    if (record.fault != CsvFault::kNone) {
      status_ = FaultAt(record, line, file_.dialect.quote);
      return false;
    }
    if (record.IsBlank() && (columns != 1 || is_header_)) return true;
    if (record.fields.size() != columns) {
      status_ = OtherCount(record, line, columns, file_.dialect);
      return false;
    }
    if (std::exchange(is_header_, false)) return true;
    ++rows_;
    for (std::size_t i = 0; i < types_.size(); ++i) {
      const CsvField& field = record.fields[i];
      if (field.raw.empty() || field.raw == question_.null_text) continue;
      if (field.has_escape) {
        types_[i].Add(FieldText(field, file_.dialect));
      } else {
        types_[i].Add(field.raw);
      }
    }
    return true;
  }

  const CsvQuestion& question_;
  const CsvFile& file_;
  bool is_header_;
  CsvRecords records_;
  std::vector<TextType> types_;
  std::uint64_t rows_ = 0;
  Status status_;
};

// Cuts the text into chunks, and looks at them side by side.
class SideBySide {
 public:
  SideBySide(const CsvQuestion& question, const CsvFile& file)
      : question_(question),
        file_(file),
        looks_(
            question.threads,
            [this](std::string_view chunk, bool is_first) { return Look(chunk, is_first); },
            [this](Found found) { return Take(std::move(found)); }) {}

  // False: no place for a cut was found, one was not proven, or something is wrong with a row.
  bool Feed(std::string_view piece) {
    coming_.append(piece);
    // Behind a chunk some text is wanted, which tells where to cut.
    return BeginChunks(question_.chunk_bytes + kLookBytes);
  }

  // The same for what is left.
  bool FeedRest() {
    return BeginChunks(question_.chunk_bytes) && looks_.Begin(std::move(coming_)) &&
           looks_.Finish();
  }

  void Tell(CsvFile& file) && { std::move(*whole_).Tell(file); }

 private:
  using Found = std::optional<RowScan>;  // none: something is wrong

  static constexpr std::size_t kLookBytes = 16U << 10U;

  // As long as there is more text than that.
  bool BeginChunks(std::size_t bytes) {
    while (coming_.size() > bytes) {
      const std::size_t size = ChunkAt(coming_);
      if (size == 0) return false;
      if (!looks_.Begin(TakeBeginning(coming_, size))) return false;
    }
    return true;
  }

  Found Look(std::string_view chunk, bool is_first) const {
    Found scan(std::in_place, question_, file_, is_first);
    scan->Feed(chunk);
    if (!scan->Finish()) scan.reset();
    return scan;
  }

  bool Take(Found scan) {
    if (!scan) return false;
    if (whole_) return whole_->Add(*scan);
    whole_.emplace(*std::move(scan));
    // Nothing but blank lines stood in the first chunk: the header would be a row of the next one.
    return !whole_->lacks_header();
  }

  // The bytes up to the last likely cut in the length of a chunk; 0: there is none.
  std::size_t ChunkAt(std::string_view text) const {
    constexpr int kPlacesMax = 64;
    std::size_t end = question_.chunk_bytes;
    for (int i = 0; i < kPlacesMax && end > 0; ++i) {
      const std::size_t at = text.rfind('\n', end - 1);
      if (at == std::string_view::npos) return 0;
      const std::string_view behind = text.substr(at + 1, kLookBytes);
      if (TellRecordBegin(behind, file_.dialect, file_.names.size()) == RecordBegin::kLikely) {
        return at + 1;
      }
      end = at;
    }
    return 0;
  }

  const CsvQuestion& question_;
  const CsvFile& file_;
  std::string coming_;
  std::optional<RowScan> whole_;
  ChunkLooks<Found> looks_;
};

// False: all is to be looked at one after the other.
Result<bool> HoldSideBySide(const Pieces& pieces, const CsvQuestion& question, CsvFile& file) {
  if (question.threads < 2 || file.names.empty()) return false;
  SideBySide look(question, file);
  bool is_right = true;
  EIDER_CHECK(FeedFrom(pieces, question.skip_lines,
                       [&](std::string_view piece) { return is_right = look.Feed(piece); }));
  if (!is_right || !look.FeedRest()) return false;
  std::move(look).Tell(file);
  return true;
}

}  // namespace

std::size_t SkipLines(std::string_view& piece, std::uint64_t& lines_left) {
  const std::size_t bytes = piece.size();
  while (lines_left > 0 && !piece.empty()) {
    const std::size_t end = piece.find('\n');
    piece.remove_prefix(end == std::string_view::npos ? piece.size() : end + 1);
    if (end != std::string_view::npos) --lines_left;
  }
  return bytes - piece.size();
}

Status FeedFrom(const Pieces& pieces, std::uint64_t skip_lines,
                const std::function<bool(std::string_view)>& take) {
  std::uint64_t left = skip_lines;
  return pieces([&](std::string_view piece) {
    SkipLines(piece, left);
    return piece.empty() || take(piece);
  });
}

std::string CountText(std::size_t count, std::size_t wanted, const CsvDialect& dialect) {
  const std::string delimiter =
      dialect.delimiter == '\t' ? "tab" : fmt::format("'{}'", dialect.delimiter);
  return fmt::format("has {} field{}, the first one has {} (delimiter {})", count,
                     count == 1 ? "" : "s", wanted, delimiter);
}

Status HoldAll(const Pieces& pieces, const CsvQuestion& question, CsvFile& file) {
  EIDER_ASSIGN(const bool is_done, HoldSideBySide(pieces, question, file));
  if (is_done) return {};
  RowScan scan(question, file, true);
  EIDER_CHECK(FeedFrom(pieces, question.skip_lines,
                       [&](std::string_view piece) { return scan.Feed(piece); }));
  EIDER_CHECK(scan.Finish());
  std::move(scan).Tell(file);
  return {};
}

}  // namespace eider::records
