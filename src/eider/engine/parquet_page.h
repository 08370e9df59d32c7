// The header of a Parquet page. Source: Apache Parquet format, parquet.thrift (PageHeader).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "eider/engine/parquet_layout.h"

namespace eider::engine {

inline constexpr std::int64_t kDictionaryPage = 2;      // PageType
inline constexpr std::int64_t kDataPageOfVersion2 = 3;  // PageType

struct PageHeader {
  std::int64_t type = -1;
  std::int64_t unpacked_bytes = -1;
  std::int64_t bytes = -1;                     // behind the header
  std::optional<std::uint32_t> checksum = {};  // CRC-32 of these bytes
  std::int64_t values = 0;
  std::int64_t encoding = kParquetPlain;           // of the values
  std::int64_t definition_bytes = 0;               // of levels, of a data page of version 2
  std::int64_t repetition_bytes = 0;               // the same; they come first
  bool is_compressed = true;                       // the same; where the column's pages are
  std::int64_t definition_encoding = kParquetRle;  // of one of version 1
  std::int64_t repetition_encoding = kParquetRle;
  std::size_t header_bytes = 0;

  bool is_of_version_2() const { return type == kDataPageOfVersion2; }

  // Whether the levels, of their sizes, lie within the page.
  bool has_levels_within() const {
    return repetition_bytes >= 0 && repetition_bytes <= bytes && definition_bytes >= 0 &&
           definition_bytes <= bytes - repetition_bytes;
  }
};

// The header at the beginning of `bytes`; nothing where it cannot be read.
std::optional<PageHeader> ReadPageHeader(std::string_view bytes);

// Whether `bytes` are as many levels, from 0 to `level_max`, and nothing else. Source: Apache
// Parquet format, Encodings ("RLE/bit-packing hybrid").
bool AreLevels(std::string_view bytes, int level_max, std::int64_t count);

// The bytes before the values of a data page, which has levels of `kinds` kinds; `content` begins
// behind the header. Of version 1 each kind is written behind its size, of four bytes.
std::uint64_t LevelBytes(const PageHeader& header, int kinds, std::string_view content);

// Whether a header that cannot be read goes on behind `bytes`: statistics in it may be long.
bool IsPageHeaderCutOff(std::string_view bytes);

}  // namespace eider::engine
