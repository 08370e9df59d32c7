// Reading of the three kinds of pages.
#include "eider/engine/parquet_page.h"

#include <cstdint>
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
    if (kind == 5 && id == 3) page.definition_encoding = value;
    if (kind == 5 && id == 4) page.repetition_encoding = value;
    const bool is_levels = kind == 8 && (id == 5 || id == 6);
    if (is_levels)
      page.level_bytes = value < 0 || page.level_bytes < 0 ? -1 : page.level_bytes + value;
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

bool IsPageHeaderCutOff(std::string_view bytes) {
  CompactReader reader(bytes);
  reader.Skip(Wire::kStruct);
  return !reader.ok() && reader.offset() == bytes.size();
}

}  // namespace eider::engine
