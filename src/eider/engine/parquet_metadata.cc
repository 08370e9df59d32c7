#include "eider/engine/parquet_metadata.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/parquet_footer.h"
#include "eider/store/object_store.h"

namespace eider::engine {
namespace {

// What most footers fit into. The store's reader of S3 has fetched as much of the end already.
constexpr std::uint64_t kTailBytes = 64U << 10U;

constexpr std::uint64_t kEdgeBytes = kParquetMagic.size() + kParquetTrailerBytes;

// The last `size` bytes of the object, of which `known` are there already.
Result<std::string> ReadTail(store::ObjectReader& reader, std::uint64_t size,
                             std::string_view known) {
  std::string tail(size, '\0');
  const std::size_t missing = size - known.size();
  std::ranges::copy(known, tail.begin() + static_cast<std::ptrdiff_t>(missing));
  EIDER_CHECK(reader.ReadAt(reader.info().size_bytes - size, std::span<char>(tail).first(missing)));
  return tail;
}

Result<bool> BeginsAsParquet(store::ObjectReader& reader) {
  std::array<char, kParquetMagic.size()> head{};
  EIDER_CHECK(reader.ReadAt(0, head));
  return std::string_view(head.data(), head.size()) == kParquetMagic;
}

}  // namespace

Result<std::map<std::string, std::string>> ReadParquetMetadata(store::ObjectReader& reader) {
  const std::uint64_t size = reader.info().size_bytes;
  const std::string file = reader.info().uri.ToString();
  if (size < kEdgeBytes) return std::map<std::string, std::string>();
  EIDER_ASSIGN(std::string tail, ReadTail(reader, std::min(size, kTailBytes), ""));
  if (!tail.ends_with(kParquetMagic)) return std::map<std::string, std::string>();
  EIDER_ASSIGN(const bool is_parquet, tail.size() == size
                                          ? Result<bool>(tail.starts_with(kParquetMagic))
                                          : BeginsAsParquet(reader));
  if (!is_parquet) return std::map<std::string, std::string>();
  EIDER_ASSIGN(const std::uint64_t footer, ParquetFooterLength(tail));
  if (footer > kParquetFooterBytesMax) {
    return Fail(Code::kInvalid,
                fmt::format("the Parquet footer of {} is too large to be read for its metadata: {} "
                            "bytes, at most {}; route the file by another strategy",
                            file, footer, kParquetFooterBytesMax));
  }
  if (footer > size - kEdgeBytes) {
    return Fail(Code::kCorrupt, fmt::format("the Parquet footer of {} is longer than the file: {} "
                                            "bytes of {}",
                                            file, footer, size));
  }
  if (footer + kParquetTrailerBytes > tail.size()) {
    EIDER_ASSIGN(tail, ReadTail(reader, footer + kParquetTrailerBytes, tail));
  }
  auto metadata = ReadKeyValueMetadata(tail);
  if (!metadata) return Fail("cannot read the metadata of " + file, std::move(metadata).error());
  return metadata;
}

Result<std::string> ReadParquetEnd(store::ObjectReader& reader) {
  const std::uint64_t size = reader.info().size_bytes;
  if (size < kEdgeBytes) return Fail(Code::kCorrupt, "the file is too short for Parquet");
  EIDER_ASSIGN(const std::string trailer, ReadTail(reader, kParquetTrailerBytes, ""));
  EIDER_ASSIGN(const std::uint64_t footer, ParquetFooterLength(trailer));
  if (footer > size - kEdgeBytes) {
    return Fail(Code::kCorrupt, "the Parquet footer is longer than its file");
  }
  return ReadTail(reader, footer + kParquetTrailerBytes, trailer);
}

}  // namespace eider::engine
