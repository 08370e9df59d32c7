// Where a CSV text may be cut, so that the pieces have the records of the whole.
//
// All pieces are read in the dialect that the beginning tells, as is the whole text: the first of
// its dialects is taken that holds for all lines (ReadCsv). A line end within quotes ends no
// record, and which of both one is shows only what stands before it. So a cut is chosen by what
// follows it, and proven by the piece that ends there: when that is read as records from its
// beginning, which is the end of the piece before, no quote may be open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "eider/base/result.h"
#include "eider/records/csv_file.h"

namespace eider::records {

struct CsvHead {
  std::uint64_t bytes = 0;  // up to the first row: skipped lines, blank ones, and the header
  std::size_t columns = 0;  // 0: the text has no record
};

// Of the text whose beginning was told so (BeginCsv). Errors: those of `pieces`.
Result<CsvHead> ReadCsvHead(const Pieces& pieces, const CsvFile& beginning);

enum class RecordBegin : std::uint8_t {
  kNone,
  kPerhaps,  // so does the rest of a quoted field
  kLikely,
};

// Whether text that stands behind a line end reads as records of so many fields, and not as well as
// the rest of one, as far as it goes; it may end within a record.
RecordBegin TellRecordBegin(std::string_view text, const CsvDialect& dialect, std::size_t columns);

}  // namespace eider::records
