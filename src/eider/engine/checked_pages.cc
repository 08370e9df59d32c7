// Walking from page to page, over the bytes that were read or over pieces of their own.
#include "eider/engine/checked_pages.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/crc32.h"
#include "eider/codec/shortened_text.h"
#include "eider/engine/parquet_deltas.h"
#include "eider/engine/parquet_page.h"

namespace eider::engine {
namespace {

constexpr std::uint64_t kPieceBytes = 1U << 20U;
constexpr std::uint64_t kHeaderBytes = 4U << 10U;  // longer ones are read by pieces of the former

// Bytes of the file, from `offset` on; at most as many as asked for.
using Fetch = std::function<Result<std::string_view>(std::uint64_t offset, std::uint64_t size)>;

class CheckedPages final : public store::ObjectReader {
 public:
  CheckedPages(store::SharedReader whole, ParquetFacts facts)
      : whole_(std::move(whole)), facts_(std::move(facts)), is_checked_(facts_.pages.size()) {
    std::ranges::sort(facts_.pages, {}, &ColumnPages::begin);
  }

  const store::ObjectInfo& info() const override { return whole_->info(); }

  Status ReadAt(std::uint64_t offset, std::span<char> out) override {
    EIDER_CHECK(whole_->ReadAt(offset, out));
    const std::uint64_t end = offset + out.size();
    // Columns do not lie in each other: their ends are in the order of their beginnings.
    auto pages = std::ranges::upper_bound(facts_.pages, offset, {}, &ColumnPages::end);
    for (; pages != facts_.pages.end() && pages->begin < end; ++pages) {
      std::atomic<bool>& is_checked =
          is_checked_[static_cast<std::size_t>(pages - facts_.pages.begin())];
      if (is_checked.load()) continue;
      const bool is_here = offset <= pages->begin && pages->end <= end;
      const std::string_view bytes(out.data(), out.size());
      EIDER_CHECK(is_here ? CheckHere(*pages, bytes.substr(pages->begin - offset))
                          : CheckByPieces(*pages));
      is_checked.store(true);
    }
    return {};
  }

 private:
  // `bytes` begin with the pages.
  Status CheckHere(const ColumnPages& pages, std::string_view bytes) const {
    std::string piece;
    return Check(pages, [&](std::uint64_t offset, std::uint64_t size) -> Result<std::string_view> {
      const std::uint64_t at = offset - pages.begin;
      if (at < bytes.size() && size <= bytes.size() - at) return bytes.substr(at, size);
      return ReadPiece(offset, size, piece);
    });
  }

  Status CheckByPieces(const ColumnPages& pages) const {
    std::string piece;
    return Check(pages, [&](std::uint64_t offset, std::uint64_t size) {
      return ReadPiece(offset, size, piece);
    });
  }

  Result<std::string_view> ReadPiece(std::uint64_t offset, std::uint64_t size,
                                     std::string& piece) const {
    piece.resize(std::min(size, kPieceBytes));
    EIDER_CHECK(whole_->ReadAt(offset, piece));
    return piece;
  }

  // Ends at what is no page. The last one may reach beyond the end: some writers count a column's
  // bytes without its dictionary.
  Status Check(const ColumnPages& pages, const Fetch& fetch) const {
    for (std::uint64_t at = pages.begin; at < pages.end;) {
      EIDER_ASSIGN(const auto header, HeaderAt(at, pages.end, fetch));
      if (!header) return {};
      const std::uint64_t begin = at + header->header_bytes;
      const bool is_inside = header->bytes >= 0 && begin <= info().size_bytes &&
                             static_cast<std::uint64_t>(header->bytes) <= info().size_bytes - begin;
      if (!is_inside) return {};
      EIDER_CHECK(CheckEncodings(pages, *header, at));
      EIDER_CHECK(CheckSize(pages, *header, at));
      if (header->is_of_version_2()) EIDER_CHECK(CheckLevels(pages, *header, at, fetch));
      EIDER_CHECK(CheckDeltas(pages, *header, at, fetch));
      const std::uint64_t end = begin + static_cast<std::uint64_t>(header->bytes);
      if (header->checksum) {
        EIDER_ASSIGN(const std::uint32_t checksum, ChecksumOf(begin, end, fetch));
        if (checksum != *header->checksum)
          return Damaged(pages, at, "has other bytes than its checksum is of");
      }
      at = end;
    }
    return {};
  }

  static bool IsPacked(const ColumnPages& pages, const PageHeader& header) {
    return pages.is_compressed && header.is_compressed;
  }

  static Result<std::optional<PageHeader>> HeaderAt(std::uint64_t at, std::uint64_t end,
                                                    const Fetch& fetch) {
    EIDER_ASSIGN(std::string_view bytes, fetch(at, std::min(kHeaderBytes, end - at)));
    auto header = ReadPageHeader(bytes);
    if (!header && IsPageHeaderCutOff(bytes) && bytes.size() < end - at) {
      EIDER_ASSIGN(bytes, fetch(at, std::min(kPieceBytes, end - at)));
      header = ReadPageHeader(bytes);
    }
    return header;
  }

  static Result<std::uint32_t> ChecksumOf(std::uint64_t begin, std::uint64_t end,
                                          const Fetch& fetch) {
    std::uint32_t checksum = 0;
    while (begin < end) {
      EIDER_ASSIGN(const std::string_view bytes, fetch(begin, end - begin));
      checksum = codec::Crc32(bytes, checksum);
      begin += bytes.size();
    }
    return checksum;
  }

  // Where levels end the values begin; a header's checksum is of neither.
  Status CheckLevels(const ColumnPages& pages, const PageHeader& header, std::uint64_t at,
                     const Fetch& fetch) const {
    if (!header.has_levels_within()) return WrongLevels(pages, header, at);
    const ParquetColumn& column = facts_.columns[pages.column];
    std::uint64_t begin = at + header.header_bytes;
    for (const auto& [bytes, level_max] :
         {std::pair(header.repetition_bytes, column.repetition_max),
          {header.definition_bytes, column.definition_max}}) {
      const auto size = static_cast<std::uint64_t>(bytes);
      if (level_max > 0 && size <= kPieceBytes) {
        EIDER_ASSIGN(const std::string_view levels, fetch(begin, size));
        if (!AreLevels(levels, level_max, header.values)) return WrongLevels(pages, header, at);
      }
      begin += size;
    }
    return {};
  }

  std::unexpected<Error> WrongLevels(const ColumnPages& pages, const PageHeader& header,
                                     std::uint64_t at) const {
    return Damaged(pages, at,
                   fmt::format("says that {} and {} bytes are the levels of its {} values, and "
                               "they are not",
                               header.repetition_bytes, header.definition_bytes, header.values));
  }

  Status CheckEncodings(const ColumnPages& pages, const PageHeader& header,
                        std::uint64_t at) const {
    const ParquetColumn& column = facts_.columns[pages.column];
    const bool is_known =
        (column.definition_max == 0 || header.definition_encoding == kParquetRle) &&
        (column.repetition_max == 0 || header.repetition_encoding == kParquetRle);
    if (is_known) return {};
    return Refused(
        Code::kUnsupported, pages, at,
        "has levels that are not encoded by RLE, which DuckDB's reader would take for "
        "others: have the file written anew, or leave the column out of the route's SQL");
  }

  // What is behind such a page is no part of it, and DuckDB's reader would take it for values.
  Status CheckSize(const ColumnPages& pages, const PageHeader& header, std::uint64_t at) const {
    if (IsPacked(pages, header) || header.unpacked_bytes == header.bytes) return {};
    return Damaged(pages, at,
                   fmt::format("has {} bytes, and says that it would have {} unpacked, but is not "
                               "compressed",
                               header.bytes, header.unpacked_bytes));
  }

  // Of a page that is compressed, or the part of one that is longer than a piece, nothing is seen:
  // its reader may die, and does so in a process of its own when it has done so before.
  Status CheckDeltas(const ColumnPages& pages, const PageHeader& header, std::uint64_t at,
                     const Fetch& fetch) const {
    if (IsPacked(pages, header) || !IsDeltaEncoding(header.encoding)) return {};
    const auto size = static_cast<std::uint64_t>(header.bytes);
    EIDER_ASSIGN(std::string_view bytes, fetch(at + header.header_bytes, size));
    bytes = bytes.substr(0, size);
    const ParquetColumn& column = facts_.columns[pages.column];
    const int kinds = (column.repetition_max > 0 ? 1 : 0) + (column.definition_max > 0 ? 1 : 0);
    const std::uint64_t levels = LevelBytes(header, kinds, bytes);
    if (levels > bytes.size() || !HasEmptyDeltaBlocks(bytes.substr(levels), header.encoding)) {
      return {};
    }
    return Damaged(pages, at, "has values in blocks of 0 differences");
  }

  std::unexpected<Error> Damaged(const ColumnPages& pages, std::uint64_t at,
                                 std::string_view what) const {
    return Refused(Code::kCorrupt, pages, at,
                   fmt::format("{}: the file is damaged; get it again from where it came", what));
  }

  std::unexpected<Error> Refused(Code code, const ColumnPages& pages, std::uint64_t at,
                                 std::string_view why) const {
    return Fail(code, fmt::format("column {}, row group {}: the page at byte {} of {} {}",
                                  codec::ShortName(facts_.columns[pages.column].name), pages.group,
                                  at, info().uri.ToString(), why));
  }

  store::SharedReader whole_;
  ParquetFacts facts_;
  std::vector<std::atomic<bool>> is_checked_;  // of each of the facts' pages
};

}  // namespace

store::SharedReader CheckPages(store::SharedReader whole, ParquetFacts facts) {
  return std::make_shared<CheckedPages>(std::move(whole), std::move(facts));
}

}  // namespace eider::engine
