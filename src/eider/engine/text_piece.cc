#include "eider/engine/text_piece.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/utf8.h"
#include "eider/engine/file_text.h"
#include "eider/records/csv_cut.h"
#include "eider/records/csv_records.h"
#include "eider/records/sift.h"
#include "eider/store/object_store.h"

namespace eider::engine {
namespace {

using records::RecordBegin;

// Whether a record begins with that text, which stands behind a line feed.
using TellBegin = std::function<RecordBegin(std::string_view text)>;

constexpr std::uint64_t kStepBytes = 64U << 10U;  // that a cut is looked for in at a time
constexpr std::uint64_t kLookBytes = 64U << 10U;  // that are seen behind it
constexpr int kPlacesMax = 10'000;                // line feeds that are tried

// A part of a file, cut into pieces.
class Cutter {
 public:
  // Of the bytes from `begin` on. A record has at most so many.
  Cutter(store::ObjectReader& file, std::uint64_t begin, std::uint64_t record_bytes_max,
         TellBegin tell_begin)
      : file_(file),
        begin_(begin),
        end_(file.info().size_bytes),
        record_bytes_max_(record_bytes_max),
        tell_begin_(std::move(tell_begin)) {}

  // The place of the first byte behind so many of the pieces. Never before that of fewer: it is the
  // first likely place from the pieces' share on or, where there is none, the first possible one.
  // Errors: kUnsupported (there is none in the length of a record), those of the file.
  Result<std::uint64_t> Behind(int pieces, int of) const {
    const std::uint64_t size = end_ - begin_;
    const auto parts = static_cast<std::uint64_t>(of);
    const auto number = static_cast<std::uint64_t>(pieces);
    const std::uint64_t share = begin_ + size / parts * number + size % parts * number / parts;
    if (share == begin_ || share == end_) return share;
    const std::uint64_t last = std::min(end_, share + record_bytes_max_);
    std::optional<std::uint64_t> perhaps;
    int tried = 0;
    std::string text;
    for (std::uint64_t from = share - 1; from < last && tried <= kPlacesMax; from += kStepBytes) {
      text.resize(std::min(end_ - from, kStepBytes + kLookBytes));
      EIDER_CHECK(file_.ReadAt(from, text));
      const std::string_view seen = text;
      for (std::size_t at = seen.find('\n'); at < kStepBytes; at = seen.find('\n', at + 1)) {
        if (++tried > kPlacesMax) break;
        const std::string_view behind = seen.substr(at + 1, kLookBytes);
        // Where a text begins, a mark is none of it: here it is.
        if (behind.starts_with(codec::kByteOrderMark)) continue;
        const RecordBegin begin = tell_begin_(behind);
        if (begin == RecordBegin::kLikely) return from + at + 1;
        if (begin == RecordBegin::kPerhaps && !perhaps) perhaps = from + at + 1;
      }
    }
    if (perhaps) return *perhaps;
    // The last record, or what is none: the piece that it begins in has it, or fails by it.
    if (last == end_ && tried <= kPlacesMax) return end_;
    return Fail(Code::kUnsupported,
                fmt::format("behind byte {} there is no line end within {} bytes that a record "
                            "seems to begin behind: cut it into another number of pieces, or "
                            "prepare it whole",
                            share, last - share));
  }

 private:
  store::ObjectReader& file_;
  std::uint64_t begin_;
  std::uint64_t end_;
  std::uint64_t record_bytes_max_;
  TellBegin tell_begin_;
};

// The first `head_bytes` of the file, and of what is behind them the piece.
Status Cut(QueryGrants& grants, const std::string& path, const Piece& piece,
           std::uint64_t head_bytes, const Cutter& cutter) {
  EIDER_ASSIGN(const std::uint64_t begin, cutter.Behind(piece.number - 1, piece.of));
  EIDER_ASSIGN(const std::uint64_t end, cutter.Behind(piece.number, piece.of));
  return grants.Narrow(path, head_bytes, begin, end);
}

Status CheckNotPacked(QueryGrants& grants, const std::string& path) {
  EIDER_ASSIGN(const std::string compression, CompressionOf(grants, path));
  if (compression == "uncompressed") return {};
  return Fail(Code::kUnsupported, fmt::format("it is packed by {}, and what is packed has no place "
                                              "where one may begin to read: prepare it whole",
                                              compression));
}

}  // namespace

Status CutCsv(QueryGrants& grants, const std::string& path, const Piece& piece,
              records::CsvQuestion& question) {
  EIDER_CHECK(CheckNotPacked(grants, path));
  EIDER_ASSIGN(const auto beginning, records::BeginCsv(PiecesOf(grants, path), question));
  EIDER_ASSIGN(const auto head, records::ReadCsvHead(PiecesOf(grants, path), beginning));
  question.delimiter = beginning.dialect.delimiter;
  question.quote = beginning.dialect.quote;
  question.escape = beginning.dialect.escape;
  question.has_header = beginning.has_header;
  if (!beginning.has_header) question.names = beginning.names;
  EIDER_ASSIGN(store::ObjectReader* const file, grants.OpenUnchecked(path));
  const Cutter cutter(*file, head.bytes, records::kRecordBytesMax, [&](std::string_view text) {
    return records::TellRecordBegin(text, beginning.dialect, head.columns);
  });
  return Cut(grants, path, piece, head.bytes, cutter);
}

Status CutJson(QueryGrants& grants, const std::string& path, const Piece& piece,
               records::JsonQuestion& question) {
  EIDER_CHECK(CheckNotPacked(grants, path));
  using records::JsonFormat;
  bool are_lines = question.format == JsonFormat::kLines;
  if (!question.format) {
    EIDER_ASSIGN(are_lines, records::BeginsWithObjectLine(PiecesOf(grants, path), question));
  }
  if (!are_lines) {
    return Fail(Code::kUnsupported,
                "of JSON only lines with an object in each are cut: prepare it whole");
  }
  question.format = JsonFormat::kLines;
  EIDER_ASSIGN(store::ObjectReader* const file, grants.OpenUnchecked(path));
  const Cutter cutter(*file, 0, question.value_bytes_max,
                      [](std::string_view) { return RecordBegin::kLikely; });
  return Cut(grants, path, piece, 0, cutter);
}

}  // namespace eider::engine
