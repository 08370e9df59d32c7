// What a Parquet footer says of the schema and of where columns lie, as far as a reader must rely
// on it. Source: Apache Parquet format, parquet.thrift (FileMetaData, SchemaElement, ColumnChunk).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"

namespace eider::engine {

// Of parquet.thrift's enums, the values that matter here.
inline constexpr std::int64_t kParquetFloat = 4;            // Type
inline constexpr std::int64_t kParquetDouble = 5;           // Type
inline constexpr std::int64_t kParquetOptional = 1;         // FieldRepetitionType
inline constexpr std::int64_t kParquetRepeated = 2;         // FieldRepetitionType
inline constexpr std::int64_t kParquetRle = 3;              // Encoding
inline constexpr std::int64_t kParquetBitPacked = 4;        // Encoding
inline constexpr std::int64_t kParquetByteStreamSplit = 9;  // Encoding
inline constexpr std::int64_t kParquetUncompressed = 0;     // CompressionCodec

// A group or a column of the schema. Borrows the footer.
struct ParquetElement {
  bool is_column = false;  // has a type
  std::int64_t type = 0;
  std::int64_t repetition = 0;
  std::string_view name;
  std::int64_t children = 0;
  std::int64_t digits = 0;  // of a decimal
};

// The values of one column in one row group. Borrows the footer.
struct ParquetChunk {
  std::string_view file_path;  // of another file that has its pages
  bool is_encrypted = false;
  bool has_metadata = false;
  std::int64_t codec = 0;
  std::uint32_t encodings = 0;  // bits, by their numbers
  bool has_other_encoding = false;
  std::int64_t values = 0;
  std::int64_t bytes = 0;  // compressed
  std::int64_t data_page = 0;
  std::int64_t dictionary_page = 0;

  bool HasDictionary() const { return dictionary_page > 0 && dictionary_page < data_page; }

  std::int64_t FirstPage() const { return HasDictionary() ? dictionary_page : data_page; }
};

struct ParquetLayout {
  std::vector<ParquetElement> schema;  // depth first from the root
  std::vector<std::vector<ParquetChunk>> groups;
  std::int64_t rows = 0;
  // What decides about columns and types, as bytes: the schema, and what GeoParquet adds to it.
  std::string shape;
};

// `footer` is FileMetaData, which the layout borrows. Errors: kCorrupt.
Result<ParquetLayout> ReadParquetLayout(std::string_view footer);

}  // namespace eider::engine
