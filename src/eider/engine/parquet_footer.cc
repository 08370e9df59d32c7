// Reading of Thrift's compact protocol, as far as a Parquet footer needs it.
//
// A field is one byte (id delta << 4 | type) and, when the delta is 0, a zigzag varint id; 0 ends a
// struct. A list is one byte (size << 4 | element type), with a varint size where that is 15.
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

namespace eider::engine {
namespace {

enum class Wire : std::uint8_t {
  kStop = 0,
  kTrue = 1,
  kFalse = 2,
  kByte = 3,
  kInt16 = 4,
  kInt32 = 5,
  kInt64 = 6,
  kDouble = 7,
  kBinary = 8,
  kList = 9,
  kSet = 10,
  kMap = 11,
  kStruct = 12,
};

// Nothing in parquet.thrift is nested deeper.
constexpr int kDepthMax = 16;

// Reads on after a defect yield zeros; `ok` tells in the end.
class CompactReader {
 public:
  explicit CompactReader(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }

  std::uint64_t Varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t byte = Byte();
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if ((byte & 0x80U) == 0) return value;
    }
    ok_ = false;
    return 0;
  }

  std::int64_t Integer() {
    const std::uint64_t zigzag = Varint();
    return static_cast<std::int64_t>((zigzag >> 1U) ^ (~(zigzag & 1U) + 1U));
  }

  std::string_view Binary() {
    const std::uint64_t size = Varint();
    const std::size_t begin = at_;
    Advance(size);
    return ok_ ? bytes_.substr(begin, size) : std::string_view();
  }

  // Calls `read(field id, wire type)` for every field of a struct, which must read or skip it.
  template <typename Read>
  void Struct(const Read& read) {
    std::int64_t id = 0;
    while (ok_) {
      const std::uint8_t header = Byte();
      const auto wire = static_cast<Wire>(header & 0x0FU);
      if (wire == Wire::kStop) return;
      const unsigned delta = header >> 4U;
      id = delta != 0 ? id + delta : Integer();
      read(id, wire);
    }
  }

  // Calls `read(element type)` for every element of a list.
  template <typename Read>
  void List(const Read& read) {
    const std::uint8_t header = Byte();
    std::uint64_t size = header >> 4U;
    if (size == 15) size = Varint();
    for (std::uint64_t i = 0; i < size && ok_; ++i) read(static_cast<Wire>(header & 0x0FU));
  }

  void Skip(Wire wire, int depth = 0) {
    if (depth > kDepthMax) {
      ok_ = false;
      return;
    }
    switch (wire) {
      case Wire::kTrue:
      case Wire::kFalse:
        return;  // the value is the type
      case Wire::kByte:
        return Advance(1);
      case Wire::kInt16:
      case Wire::kInt32:
      case Wire::kInt64:
        Varint();
        return;
      case Wire::kDouble:
        return Advance(8);
      case Wire::kBinary:
        return Advance(Varint());
      case Wire::kList:
      case Wire::kSet:
        return List([&](Wire element) {
          // In a list a boolean takes a byte.
          const bool is_bool = element == Wire::kTrue || element == Wire::kFalse;
          Skip(is_bool ? Wire::kByte : element, depth + 1);
        });
      case Wire::kStruct:
        return Struct([&](std::int64_t, Wire field) { Skip(field, depth + 1); });
      default:
        ok_ = false;  // maps: parquet.thrift has none
    }
  }

 private:
  std::uint8_t Byte() {
    if (at_ >= bytes_.size()) {
      ok_ = false;
      return 0;
    }
    return static_cast<std::uint8_t>(bytes_[at_++]);
  }

  void Advance(std::uint64_t count) {
    if (count > bytes_.size() - at_) ok_ = false;
    at_ = ok_ ? at_ + count : bytes_.size();
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

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
