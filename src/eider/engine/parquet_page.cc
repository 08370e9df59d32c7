#include "eider/engine/parquet_page.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "eider/engine/compact_reader.h"

namespace eider::engine {
namespace {

// The header of a data page of either version (5, 8), or of a dictionary page (7).
void ReadKind(CompactReader& reader, std::int64_t kind, PageHeader& page) {
  reader.Struct([&](std::int64_t id, Wire wire) {
    if (kind == 8 && id == 7 && wire == Wire::kFalse) page.is_compressed = false;
    std::int64_t value = 0;
    reader.IntegerOr(wire, value);
    if (id == 1) page.values = value;
    if (id == (kind == 8 ? 4 : 2)) page.encoding = value;
    if (kind == 5 && id == 3) page.definition_encoding = value;
    if (kind == 5 && id == 4) page.repetition_encoding = value;
    if (kind == 8 && id == 5) page.definition_bytes = value;
    if (kind == 8 && id == 6) page.repetition_bytes = value;
  });
}

}  // namespace

std::optional<PageHeader> ReadPageHeader(std::string_view bytes) {
  CompactReader reader(bytes);
  PageHeader page;
  reader.Struct([&](std::int64_t id, Wire wire) {
    if (id == 1) return reader.IntegerOr(wire, page.type);
    if (id == 2) return reader.IntegerOr(wire, page.unpacked_bytes);
    if (id == 3) return reader.IntegerOr(wire, page.bytes);
    if (id == 4 && IsInteger(wire)) {
      page.checksum = static_cast<std::uint32_t>(reader.Integer());
      return;
    }
    const bool is_kind = wire == Wire::kStruct && (id == 5 || id == 7 || id == 8);
    if (is_kind) return ReadKind(reader, id, page);
    reader.Skip(wire);
  });
  if (!reader.ok()) return std::nullopt;
  page.header_bytes = reader.offset();
  return page;
}

// A run is a number, whose lowest bit tells its kind, and what it counts: bytes with groups of
// eight levels, or one level that comes again.
bool AreLevels(std::string_view bytes, int level_max, std::int64_t count) {
  const auto width = static_cast<std::uint64_t>(std::bit_width(static_cast<unsigned>(level_max)));
  constexpr unsigned kRunBits = 35;
  std::size_t at = 0;
  for (auto left = static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0)); left > 0;) {
    std::uint64_t run = 0;
    bool goes_on = true;
    for (unsigned shift = 0; goes_on && shift < kRunBits; shift += 7) {
      if (at == bytes.size()) return false;
      const auto byte = static_cast<unsigned char>(bytes[at++]);
      run |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      goes_on = byte >= 0x80U;
    }
    const bool is_packed = (run & 1U) != 0;
    const std::uint64_t size = is_packed ? (run >> 1U) * width : (width + 7) / 8;
    const std::uint64_t levels = is_packed ? (run >> 1U) * 8 : run >> 1U;
    if (goes_on || size > bytes.size() - at) return false;
    at += size;
    left -= std::min(left, levels);
  }
  return at == bytes.size();
}

std::uint64_t LevelBytes(const PageHeader& header, int kinds, std::string_view content) {
  if (header.is_of_version_2()) {
    return static_cast<std::uint64_t>(header.repetition_bytes + header.definition_bytes);
  }
  std::uint64_t at = 0;
  for (int kind = 0; kind < kinds && at + sizeof(std::uint32_t) <= content.size(); ++kind) {
    std::uint32_t size = 0;  // the lowest byte comes first
    std::memcpy(&size, content.data() + at, sizeof size);
    at += sizeof size + size;
  }
  return at;
}

bool IsPageHeaderCutOff(std::string_view bytes) {
  CompactReader reader(bytes);
  reader.Skip(Wire::kStruct);
  return !reader.ok() && reader.offset() == bytes.size();
}

}  // namespace eider::engine
