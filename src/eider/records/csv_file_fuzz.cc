// Whatever bytes come as CSV: the same answer in whatever pieces, by one thread or by several, and
// no overflow.
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

eider::Result<eider::records::CsvFile> Read(std::string_view text, std::size_t piece_bytes,
                                            std::size_t threads = 1) {
  return eider::records::ReadCsv(eider::records::PiecesOf(std::string(text), piece_bytes),
                                 {.wants_types = true, .threads = threads, .chunk_bytes = 16});
}

std::string Text(const eider::Result<eider::records::CsvFile>& file) {
  if (!file) return file.error().message;
  std::string text = std::to_string(file->records) + (file->has_later_lf ? " later LF" : "");
  for (const auto& type : file->types) text += " " + type.Sql();
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto whole = Read(text, std::max<std::size_t>(size, 1));
  const auto pieces = Read(text, 3);
  if (Text(whole) != Text(Read(text, 64, 3))) std::abort();
  if (whole.has_value() != pieces.has_value()) std::abort();
  if (!whole) return 0;
  const bool is_same = whole->records == pieces->records && whole->names == pieces->names &&
                       whole->dialect == pieces->dialect;
  if (!is_same) std::abort();
  return 0;
}
