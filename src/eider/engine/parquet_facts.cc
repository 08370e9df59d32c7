#include "eider/engine/parquet_facts.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/codec/shortened_text.h"

namespace eider::engine {
namespace {

constexpr std::int64_t kDecimalDigitsMax = 38;

// CompressionCodec, by its numbers.
constexpr auto kCodecs = std::to_array<std::string_view>(
    {"UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW"});

bool CanUnpack(std::int64_t codec) {
  const bool is_known = codec >= 0 && codec < static_cast<std::int64_t>(kCodecs.size());
  return is_known && kCodecs[static_cast<std::size_t>(codec)] != "LZO" &&
         kCodecs[static_cast<std::size_t>(codec)] != "LZ4";
}

std::string CodecName(std::int64_t codec) {
  const bool is_known = codec >= 0 && codec < static_cast<std::int64_t>(kCodecs.size());
  return is_known ? std::string(kCodecs[static_cast<std::size_t>(codec)])
                  : fmt::format("a codec of the number {}", codec);
}

// Empty where the values of the column can be read as they are.
std::string FaultOf(const ParquetColumn& column) {
  if (column.digits <= kDecimalDigitsMax) return "";
  return fmt::format(
      "is a decimal of {} digits, at most {} are read without loss: have it written with fewer, or "
      "as text",
      column.digits, kDecimalDigitsMax);
}

std::string FaultOf(const ParquetChunk& chunk, const ParquetColumn& column) {
  if (!chunk.file_path.empty()) {
    return fmt::format("has its values in another file, {}: load that file instead",
                       codec::ShortName(chunk.file_path));
  }
  if (chunk.is_encrypted) {
    return "is encrypted, and Eider has no keys: have the file written without encryption";
  }
  if (!chunk.has_metadata) return "";
  if (!CanUnpack(chunk.codec)) {
    return fmt::format(
        "is compressed by {}, which DuckDB's reader does not know: have it written "
        "with zstd, snappy, gzip, brotli or lz4_raw",
        CodecName(chunk.codec));
  }
  const bool is_float = column.type == kParquetFloat || column.type == kParquetDouble;
  if ((chunk.encodings & 1U << kParquetByteStreamSplit) != 0 && !is_float) {
    return "is encoded as BYTE_STREAM_SPLIT, which DuckDB's reader knows of FLOAT and DOUBLE only: "
           "have it written in another encoding, as PLAIN";
  }
  if (chunk.has_other_encoding) {
    return "has an encoding that DuckDB's reader does not know: have it written in another, as "
           "PLAIN";
  }
  return "";
}

}  // namespace

ParquetFacts FactsOf(const ParquetLayout& layout, std::vector<ParquetColumn> columns) {
  ParquetFacts facts;
  std::set<std::string> told;
  const auto tell = [&](const ParquetColumn& column, std::string why) {
    if (why.empty() || !told.insert(column.name).second) return;
    facts.unreadable.push_back({column.name, std::move(why)});
  };
  for (const ParquetColumn& column : columns) tell(column, FaultOf(column));
  for (std::size_t group = 0; group < layout.groups.size(); ++group) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const ParquetChunk& chunk = layout.groups[group][i];
      tell(columns[i], FaultOf(chunk, columns[i]));
      const bool is_here = chunk.has_metadata && !chunk.is_encrypted && chunk.file_path.empty();
      if (!is_here || chunk.values == 0) continue;
      const auto begin = static_cast<std::uint64_t>(chunk.FirstPage());
      facts.pages.push_back({begin, begin + static_cast<std::uint64_t>(chunk.bytes),
                             static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(group),
                             chunk.codec != kParquetUncompressed});
    }
  }
  facts.columns = std::move(columns);
  facts.shape = {layout.shape, layout.rows};
  return facts;
}

}  // namespace eider::engine
