// Whatever bytes come as Parquet: the checks of its footer and pages end, look only at bytes that
// are there, and say the same of the same bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/engine/fine_times.h"
#include "eider/engine/parquet_check.h"
#include "eider/engine/parquet_footer.h"
#include "eider/engine/parquet_piece.h"

namespace {

using eider::engine::ParquetFacts;

// The file that a footer, or a whole file, makes.
std::string FileOf(std::string_view bytes) {
  if (bytes.ends_with(eider::engine::kParquetMagic)) return std::string(bytes);
  std::string file(eider::engine::kParquetMagic);
  file += bytes;
  for (unsigned i = 0; i < 4; ++i) file += static_cast<char>(bytes.size() >> (8 * i) & 0xFFU);
  file += eider::engine::kParquetMagic;
  return file;
}

void CheckPlaces(const ParquetFacts& facts, std::size_t file_bytes) {
  for (const eider::engine::ColumnPages& pages : facts.pages) {
    const bool is_inside = pages.begin <= pages.end && pages.end <= file_bytes;
    if (!is_inside || pages.column >= facts.columns.size()) std::abort();
  }
}

// What a task reads of a file that is loaded in pieces.
void CutInTwo(std::string_view file) {
  const auto length = eider::engine::ParquetFooterLength(file);
  if (!length || *length > file.size() - eider::engine::kParquetTrailerBytes) std::abort();
  file.remove_prefix(file.size() - eider::engine::kParquetTrailerBytes - *length);
  (void)eider::engine::EndOfPiece(file, {.number = 1, .of = 1});
  (void)eider::engine::EndOfPiece(file, {.number = 2, .of = 2});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string file = FileOf({reinterpret_cast<const char*>(data), size});
  if (file.size() < eider::engine::kParquetTrailerBytes) return 0;
  const auto read = [&](std::uint64_t offset, std::uint64_t bytes) -> eider::Result<std::string> {
    if (offset > file.size() || bytes > file.size() - offset) std::abort();
    return file.substr(offset, bytes);
  };
  const auto checked = eider::engine::CheckParquet(file, file.size(), read);
  if (checked) {
    CheckPlaces(*checked, file.size());
    (void)eider::engine::FindFineTimes(file);
    (void)eider::engine::ReadParquetFooter(file);
    CutInTwo(file);
  }
  const auto again = eider::engine::CheckParquet(file, file.size(), nullptr);
  if (checked && !again) std::abort();
  return 0;
}
