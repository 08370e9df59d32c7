// Whatever bytes come as CSV: the same answer in whatever pieces, and no overflow.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/records/csv_file.h"
#include "eider/records/testing/text_pieces.h"

namespace {

eider::Result<eider::records::CsvFile> Read(std::string_view text, std::size_t piece_bytes) {
  return eider::records::ReadCsv(eider::records::PiecesOf(std::string(text), piece_bytes),
                                 {.wants_types = true});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto whole = Read(text, std::max<std::size_t>(size, 1));
  const auto pieces = Read(text, 3);
  if (whole.has_value() != pieces.has_value()) std::abort();
  if (!whole) return 0;
  const bool is_same = whole->records == pieces->records && whole->names == pieces->names &&
                       whole->dialect == pieces->dialect;
  if (!is_same) std::abort();
  return 0;
}
