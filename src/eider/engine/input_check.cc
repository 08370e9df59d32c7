#include "eider/engine/input_check.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/json_depth.h"
#include "eider/codec/unpacker.h"
#include "eider/engine/parquet_check.h"
#include "eider/engine/parquet_facts.h"
#include "eider/engine/parquet_footer.h"
#include "eider/store/object_store.h"

namespace eider::engine {
namespace {

constexpr std::uint64_t kHeadBytes = 4U << 10U;
constexpr std::uint64_t kPieceBytes = 1U << 20U;

// Smaller files come whole with the first request, so that their pages cost no further one.
constexpr std::uint64_t kWholeBytesMax = kCheckedBeginningBytes;

Result<std::string> Read(store::ObjectReader& reader, std::uint64_t offset, std::uint64_t size) {
  std::string bytes(size, '\0');
  EIDER_CHECK(reader.ReadAt(offset, bytes));
  return bytes;
}

// The last four bytes; of an object too short for Parquet none.
Result<std::string> MagicOf(store::ObjectReader& reader) {
  const std::uint64_t size = reader.info().size_bytes;
  if (size < kParquetMagic.size() + kParquetTrailerBytes) return "";
  return Read(reader, size - kParquetMagic.size(), kParquetMagic.size());
}

using Facts = std::optional<ParquetFacts>;

Result<Facts> CheckParquetFile(store::ObjectReader& reader, bool begins_as_parquet) {
  const std::uint64_t size = reader.info().size_bytes;
  EIDER_ASSIGN(std::string tail, Read(reader, size - kParquetTrailerBytes, kParquetTrailerBytes));
  EIDER_ASSIGN(const std::uint64_t footer, ParquetFooterLength(tail));
  if (footer > size - kParquetTrailerBytes - kParquetMagic.size()) {
    if (!begins_as_parquet) return Facts();  // a text that happens to end so
    return Fail(Code::kCorrupt,
                fmt::format("the footer is longer than the file: {} bytes of {}", footer, size));
  }
  if (footer > kCheckedFooterBytesMax) return Facts();
  const std::uint64_t needed = footer + kParquetTrailerBytes;
  EIDER_ASSIGN(tail, Read(reader, size - needed, needed));
  ReadBytes read;
  if (size <= kWholeBytesMax) {
    read = [&](std::uint64_t offset, std::uint64_t bytes) { return Read(reader, offset, bytes); };
  }
  EIDER_ASSIGN(ParquetFacts facts, CheckParquet(tail, size, read));
  return Facts(std::move(facts));
}

Status TooDeep(std::uint64_t offset, bool is_packed) {
  return Fail(Code::kUnsupported,
              fmt::format("JSON is nested deeper than {} levels at byte {}{}", kInputDepthMax,
                          offset, is_packed ? " of what is unpacked" : ""));
}

// `head` is the file's beginning.
Status CheckJson(store::ObjectReader& reader, std::string_view head) {
  const std::uint64_t size = reader.info().size_bytes;
  const std::uint64_t checked = size <= kCheckedBytesMax ? size : kCheckedBeginningBytes;
  codec::JsonDepth depth(kInputDepthMax);
  const auto unpacker = codec::Unpacker::For(head);
  std::optional<std::uint64_t> too_deep;
  std::uint64_t unpacked = 0;
  const auto take = [&](std::string_view piece) {
    too_deep = depth.Feed(piece);
    unpacked += piece.size();
    return !too_deep && depth.MayBeJson() && unpacked < kCheckedBytesMax;
  };
  std::string piece(head);
  for (std::uint64_t offset = 0;;) {
    const bool goes_on = unpacker ? unpacker->Feed(piece, take) : take(piece);
    if (too_deep) return TooDeep(*too_deep, unpacker != nullptr);
    offset += piece.size();
    if (!goes_on || offset >= checked) return {};
    piece.resize(std::min(kPieceBytes, checked - offset));
    EIDER_CHECK(reader.ReadAt(offset, piece));
  }
}

Result<Facts> Check(store::ObjectReader& reader) {
  const std::uint64_t size = reader.info().size_bytes;
  EIDER_ASSIGN(const std::string head, Read(reader, 0, std::min(size, kHeadBytes)));
  EIDER_ASSIGN(const std::string magic, MagicOf(reader));
  if (magic == kParquetMagic) return CheckParquetFile(reader, head.starts_with(kParquetMagic));
  if (magic == kEncryptedParquetMagic && head.starts_with(kEncryptedParquetMagic)) {
    return Fail(Code::kUnsupported,
                "it is an encrypted Parquet file, and Eider has no keys: have it written without "
                "encryption");
  }
  EIDER_CHECK(CheckJson(reader, head));
  return Facts();
}

}  // namespace

Result<std::optional<ParquetFacts>> CheckInput(store::ObjectReader& reader) {
  Result<Facts> checked = Check(reader);
  if (checked) return checked;
  Error error = std::move(checked).error();
  const bool is_ours = error.code == Code::kCorrupt || error.code == Code::kUnsupported;
  if (!is_ours) return std::unexpected(std::move(error));
  return Fail(fmt::format("the file is not read: {}", reader.info().uri.ToString()),
              std::move(error));
}

}  // namespace eider::engine
