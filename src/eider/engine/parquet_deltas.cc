// Passing over blocks of differences, as far as to the next header.
#include "eider/engine/parquet_deltas.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "eider/engine/compact_reader.h"

namespace eider::engine {
namespace {

constexpr std::uint64_t kBitsMax = 64;  // of a difference

enum class Numbers : std::uint8_t { kPassed, kEmptyBlocks, kBroken };

// A header (values in a block, parts of a block, values in all, the first value), then the blocks:
// the least difference, a byte for each part with the bits of its values, and the parts that have
// values.
Numbers Pass(CompactReader& reader) {
  const std::uint64_t block = reader.Varint();
  const std::uint64_t parts = reader.Varint();
  const std::uint64_t count = reader.Varint();
  reader.Integer();
  if (!reader.ok()) return Numbers::kBroken;
  if (block == 0 || parts == 0 || block < parts) return Numbers::kEmptyBlocks;
  const std::uint64_t in_part = block / parts;
  for (std::uint64_t left = count > 0 ? count - 1 : 0; left > 0 && reader.ok();) {
    reader.Integer();
    const std::string_view widths = reader.Take(parts);
    for (const char width : widths) {
      if (left == 0) break;
      const auto bits = static_cast<std::uint8_t>(width);
      if (bits > kBitsMax || in_part > UINT32_MAX) return Numbers::kBroken;
      reader.Take((in_part * bits + 7) / 8);
      left -= std::min(left, in_part);
    }
  }
  return reader.ok() ? Numbers::kPassed : Numbers::kBroken;
}

}  // namespace

bool HasEmptyDeltaBlocks(std::string_view values, std::int64_t encoding) {
  CompactReader reader(values);
  Numbers numbers = Pass(reader);
  // The lengths of what each string has in common with the one before, then those of the rest.
  const bool has_suffixes = encoding == kParquetDeltaStrings && numbers == Numbers::kPassed;
  if (has_suffixes) numbers = Pass(reader);
  return numbers == Numbers::kEmptyBlocks;
}

}  // namespace eider::engine
