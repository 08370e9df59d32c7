// Records at the beginning of a text.
#include "eider/records/csv_cut.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "eider/base/result.h"
#include "eider/records/csv_file.h"
#include "eider/records/csv_records.h"
#include "eider/records/csv_rows.h"

namespace eider::records {
namespace {

struct AsRecords {
  int seen = 0;  // some at most
  bool are_right =
      true;  // of the number of fields; the first one may have fewer behind an `opening`
};

AsRecords ReadAsRecords(std::string_view opening, std::string_view text, const CsvDialect& dialect,
                        std::size_t columns) {
  constexpr int kRecords = 8;
  AsRecords read;
  CsvRecords records(dialect, false);
  const auto take = [&](const CsvRecord& record) {
    if (record.IsBlank() && columns != 1) return true;
    const std::size_t fields = record.fields.size();
    const bool may_have_fewer = read.seen == 0 && !opening.empty();
    read.are_right =
        record.fault == CsvFault::kNone && (may_have_fewer ? fields <= columns : fields == columns);
    return read.are_right && ++read.seen < kRecords;
  };
  bool goes_on = records.Feed(opening, take);
  // The first records tell mostly: only as much is looked at as they need.
  for (std::size_t bytes = 256; goes_on && !text.empty(); bytes *= 2) {
    const std::string_view piece = text.substr(0, bytes);
    goes_on = records.Feed(piece, take);
    text.remove_prefix(piece.size());
  }
  return read;
}

}  // namespace

Result<CsvHead> ReadCsvHead(const Pieces& pieces, const CsvFile& beginning) {
  CsvHead head{.columns = beginning.names.size()};
  std::uint64_t lines_left = beginning.skip_lines;
  std::uint64_t skipped = 0;  // bytes of those lines
  std::uint64_t behind = 0;   // bytes behind them that were taken
  bool is_header_left = beginning.has_header;
  CsvRecords records(beginning.dialect);
  bool is_found = false;
  const auto take = [&](const CsvRecord& record) {
    is_found = !is_header_left;
    head.bytes = skipped + (is_found ? record.offset : 0);
    is_header_left = is_header_left && record.IsBlank();
    return !is_found;
  };
  EIDER_CHECK(pieces([&](std::string_view piece) {
    skipped += SkipLines(piece, lines_left);
    behind += piece.size();
    return piece.empty() || records.Feed(piece, take);
  }));
  if (!is_found) records.Finish(take);
  // There is nothing behind the header.
  if (!is_found) head.bytes = skipped + behind;
  return head;
}

RecordBegin TellRecordBegin(std::string_view text, const CsvDialect& dialect, std::size_t columns) {
  if (!ReadAsRecords("", text, dialect, columns).are_right) return RecordBegin::kNone;
  if (dialect.quote == '\0') return RecordBegin::kLikely;
  // Up to here all would be of the field that is open.
  const std::size_t mark = std::min(text.find(dialect.quote), text.find(dialect.escape));
  if (mark == std::string_view::npos) return RecordBegin::kLikely;
  text.remove_prefix(mark);
  const AsRecords within = ReadAsRecords({&dialect.quote, 1}, text, dialect, columns);
  return within.are_right && within.seen > 0 ? RecordBegin::kPerhaps : RecordBegin::kLikely;
}

}  // namespace eider::records
