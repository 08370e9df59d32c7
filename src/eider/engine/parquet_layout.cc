// Reading of the fields, each of them only in its own type, as Thrift does.
#include "eider/engine/parquet_layout.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/engine/compact_reader.h"

namespace eider::engine {
namespace {

// LogicalType, of which only DECIMAL (5) with its precision (2) matters.
void ReadLogicalType(CompactReader& reader, ParquetElement& element) {
  reader.Struct([&](std::int64_t id, Wire wire) {
    if (id != 5 || wire != Wire::kStruct) return reader.Skip(wire);
    reader.Struct([&](std::int64_t decimal_id, Wire decimal_wire) {
      if (decimal_id == 2) return reader.IntegerOr(decimal_wire, element.digits);
      reader.Skip(decimal_wire);
    });
  });
}

void ReadElement(CompactReader& reader, ParquetElement& element) {
  reader.Struct([&](std::int64_t id, Wire wire) {
    if (id == 4 && wire == Wire::kBinary) {
      element.name = reader.Binary();
      return;
    }
    if (id == 1) {
      element.is_column = element.is_column || IsInteger(wire);
      return reader.IntegerOr(wire, element.type);
    }
    if (id == 3) return reader.IntegerOr(wire, element.repetition);
    if (id == 5) return reader.IntegerOr(wire, element.children);
    if (id == 8) return reader.IntegerOr(wire, element.digits);
    if (id == 10 && wire == Wire::kStruct) return ReadLogicalType(reader, element);
    reader.Skip(wire);
  });
}

void ReadEncodings(CompactReader& reader, ParquetChunk& chunk) {
  reader.List([&](Wire element) {
    std::int64_t encoding = -1;
    reader.IntegerOr(element, encoding);
    const bool is_known = encoding >= 0 && encoding <= kParquetByteStreamSplit;
    if (is_known) chunk.encodings |= 1U << static_cast<unsigned>(encoding);
    chunk.has_other_encoding = chunk.has_other_encoding || !is_known;
  });
}

// ColumnMetaData.
void ReadChunkMetadata(CompactReader& reader, ParquetChunk& chunk) {
  chunk.has_metadata = true;
  reader.Struct([&](std::int64_t id, Wire wire) {
    switch (id) {
      case 2:
        return wire == Wire::kList ? ReadEncodings(reader, chunk) : reader.Skip(wire);
      case 4:
        return reader.IntegerOr(wire, chunk.codec);
      case 5:
        return reader.IntegerOr(wire, chunk.values);
      case 7:
        return reader.IntegerOr(wire, chunk.bytes);
      case 9:
        return reader.IntegerOr(wire, chunk.data_page);
      case 11:
        return reader.IntegerOr(wire, chunk.dictionary_page);
      default:
        return reader.Skip(wire);
    }
  });
}

// ColumnChunk: 1 file_path, 3 meta_data, 8 crypto_metadata, 9 encrypted_column_metadata.
void ReadChunk(CompactReader& reader, ParquetChunk& chunk) {
  reader.Struct([&](std::int64_t id, Wire wire) {
    if (id == 1 && wire == Wire::kBinary) {
      chunk.file_path = reader.Binary();
      return;
    }
    if (id == 3 && wire == Wire::kStruct) return ReadChunkMetadata(reader, chunk);
    chunk.is_encrypted = chunk.is_encrypted || id == 8 || id == 9;
    reader.Skip(wire);
  });
}

// RowGroup: 1 columns.
void ReadGroup(CompactReader& reader, std::vector<ParquetChunk>& chunks) {
  reader.Struct([&](std::int64_t id, Wire wire) {
    if (id != 1 || wire != Wire::kList) return reader.Skip(wire);
    reader.List([&](Wire element) {
      if (element != Wire::kStruct) return reader.Skip(element);
      ReadChunk(reader, chunks.emplace_back());
    });
  });
}

// KeyValue: 1 key, 2 value.
void ReadKeyValue(CompactReader& reader, ParquetLayout& layout) {
  std::string_view key;
  std::string_view value;
  reader.Struct([&](std::int64_t id, Wire wire) {
    if (wire != Wire::kBinary || (id != 1 && id != 2)) return reader.Skip(wire);
    (id == 1 ? key : value) = reader.Binary();
  });
  if (key == "geo") layout.shape += value;
}

}  // namespace

// FileMetaData: 2 schema, 3 num_rows, 4 row_groups, 5 key_value_metadata.
Result<ParquetLayout> ReadParquetLayout(std::string_view footer) {
  CompactReader reader(footer);
  ParquetLayout layout;
  reader.Struct([&](std::int64_t id, Wire wire) {
    if (id == 3) return reader.IntegerOr(wire, layout.rows);
    if (wire != Wire::kList || (id != 2 && id != 4 && id != 5)) return reader.Skip(wire);
    const std::size_t begin = reader.offset();
    reader.List([&](Wire element) {
      if (element != Wire::kStruct) return reader.Skip(element);
      if (id == 2) return ReadElement(reader, layout.schema.emplace_back());
      if (id == 4) return ReadGroup(reader, layout.groups.emplace_back());
      ReadKeyValue(reader, layout);
    });
    if (id == 2) layout.shape += footer.substr(begin, reader.offset() - begin);
  });
  if (!reader.ok()) return Fail(Code::kCorrupt, "the Parquet footer cannot be read");
  return layout;
}

}  // namespace eider::engine
