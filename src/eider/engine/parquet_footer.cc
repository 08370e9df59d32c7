// What a footer says of row groups, columns and key-value metadata.
#include "eider/engine/parquet_footer.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eider/base/result.h"
#include "eider/engine/compact_reader.h"

namespace eider::engine {
namespace {

void ReadStatistics(CompactReader& reader, ColumnChunkFacts& column) {
  bool has_minimum = false;
  bool has_maximum = false;
  reader.Struct([&](std::int64_t id, Wire wire) {
    if (id == 3) {
      column.null_count = reader.Integer();
      return;
    }
    has_maximum = has_maximum || id == 5;
    has_minimum = has_minimum || id == 6;
    reader.Skip(wire);
  });
  column.has_bounds = has_minimum && has_maximum;
}

// ColumnMetaData; returns where the first page of the chunk begins.
std::int64_t ReadColumn(CompactReader& reader, ColumnChunkFacts& column) {
  std::int64_t data_page = std::numeric_limits<std::int64_t>::max();
  std::int64_t dictionary_page = 0;
  reader.Struct([&](std::int64_t id, Wire wire) {
    switch (id) {
      case 5:
        column.value_count = reader.Integer();
        return;
      case 9:
        data_page = reader.Integer();
        return;
      case 11:
        dictionary_page = reader.Integer();
        return;
      case 12:
        return ReadStatistics(reader, column);
      default:
        return reader.Skip(wire);
    }
  });
  return dictionary_page > 0 ? std::min(dictionary_page, data_page) : data_page;
}

RowGroupFacts ReadRowGroup(CompactReader& reader) {
  RowGroupFacts group;
  group.first_page_offset = std::numeric_limits<std::int64_t>::max();
  reader.Struct([&](std::int64_t id, Wire wire) {
    if (id != 1) return reader.Skip(wire);
    reader.List([&](Wire) {
      ColumnChunkFacts& column = group.columns.emplace_back();
      reader.Struct([&](std::int64_t chunk_id, Wire chunk_wire) {
        if (chunk_id != 3) return reader.Skip(chunk_wire);
        const std::int64_t offset = ReadColumn(reader, column);
        group.first_page_offset = std::min(group.first_page_offset, offset);
      });
    });
  });
  return group;
}

// KeyValue: 1 key, 2 value.
std::pair<std::string, std::string> ReadKeyValue(CompactReader& reader) {
  std::pair<std::string, std::string> entry;
  reader.Struct([&](std::int64_t id, Wire wire) {
    if (wire != Wire::kBinary || (id != 1 && id != 2)) return reader.Skip(wire);
    (id == 1 ? entry.first : entry.second) = reader.Binary();
  });
  return entry;
}

// The bytes of FileMetaData.
Result<std::string_view> FooterIn(std::string_view tail) {
  EIDER_ASSIGN(const std::uint32_t length, ParquetFooterLength(tail));
  if (length > tail.size() - kParquetTrailerBytes) {
    return Fail(Code::kCorrupt, "a Parquet footer is longer than what was kept of its file");
  }
  return tail.substr(tail.size() - kParquetTrailerBytes - length, length);
}

}  // namespace

Result<std::uint32_t> ParquetFooterLength(std::string_view tail) {
  if (tail.size() < kParquetTrailerBytes || !tail.ends_with(kParquetMagic)) {
    return Fail(Code::kCorrupt, "a Parquet file does not end with its footer");
  }
  std::uint32_t length = 0;
  for (unsigned i = 0; i < 4; ++i) {
    const auto byte = static_cast<std::uint8_t>(tail[tail.size() - kParquetTrailerBytes + i]);
    length |= static_cast<std::uint32_t>(byte) << (8 * i);
  }
  return length;
}

Result<std::vector<RowGroupFacts>> ReadParquetFooter(std::string_view tail) {
  EIDER_ASSIGN(const std::string_view footer, FooterIn(tail));
  CompactReader reader(footer);
  std::vector<RowGroupFacts> groups;
  reader.Struct([&](std::int64_t id, Wire wire) {
    if (id != 4) return reader.Skip(wire);
    reader.List([&](Wire) { groups.push_back(ReadRowGroup(reader)); });
  });
  if (!reader.ok()) return Fail(Code::kCorrupt, "a Parquet footer cannot be read");
  return groups;
}

Result<std::map<std::string, std::string>> ReadKeyValueMetadata(std::string_view tail) {
  EIDER_ASSIGN(const std::string_view footer, FooterIn(tail));
  CompactReader reader(footer);
  std::map<std::string, std::string> metadata;
  std::set<std::int64_t> fields;
  reader.Struct([&](std::int64_t id, Wire wire) {
    fields.insert(id);
    if (id != 5 || wire != Wire::kList) return reader.Skip(wire);
    reader.List([&](Wire element) {
      if (element != Wire::kStruct) return reader.Skip(element);
      auto [key, value] = ReadKeyValue(reader);
      metadata.insert_or_assign(std::move(key), std::move(value));
    });
  });
  // Version, schema, number of rows, row groups: without them it only looks like a footer.
  const bool is_whole = reader.ok() && fields.contains(1) && fields.contains(2) &&
                        fields.contains(3) && fields.contains(4);
  if (!is_whole) return Fail(Code::kCorrupt, "a Parquet footer cannot be read");
  return metadata;
}

}  // namespace eider::engine
