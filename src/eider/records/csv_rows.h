// The rows of a CSV text held against what its beginning has told, side by side where there are
// threads for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "eider/base/result.h"
#include "eider/records/csv_file.h"

namespace eider::records {

// Takes lines from the beginning of the piece, as long as some are left to be skipped. How many
// bytes they have.
std::size_t SkipLines(std::string_view& piece, std::uint64_t& lines_left);

// Calls `take` with the text behind the lines to be skipped, piece by piece. Errors: those of
// `pieces`.
Status FeedFrom(const Pieces& pieces, std::uint64_t skip_lines,
                const std::function<bool(std::string_view)>& take);

// Counts the rows of the text and finds their types, where they are wanted, and puts both into
// `file`, which has its dialect, header and names. Errors: kCorrupt, as ReadCsv; those of `pieces`.
Status HoldAll(const Pieces& pieces, const CsvQuestion& question, CsvFile& file);

}  // namespace eider::records
