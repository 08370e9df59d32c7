#include "eider/engine/parquet_piece.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/compact_reader.h"
#include "eider/engine/parquet_footer.h"
#include "eider/engine/parquet_metadata.h"
#include "eider/store/object_store.h"

namespace eider::engine {
namespace {

// A part of the footer's bytes.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct RowGroupPlace {
  Span bytes;
  std::int64_t rows = 0;
};

// Where in a footer those values stand that a piece has others of.
struct FooterPlaces {
  std::optional<Span> rows;    // the number
  std::optional<Span> groups;  // the list
  std::vector<RowGroupPlace> row_groups;
};

// RowGroup: 3 num_rows.
RowGroupPlace ReadPlace(CompactReader& reader) {
  RowGroupPlace place{.bytes = {.begin = reader.offset(), .end = 0}};
  reader.Struct([&](std::int64_t id, Wire wire) {
    if (id == 3) return reader.IntegerOr(wire, place.rows);
    reader.Skip(wire);
  });
  place.bytes.end = reader.offset();
  return place;
}

Result<FooterPlaces> FindPlaces(std::string_view footer) {
  FooterPlaces places;
  CompactReader reader(footer);
  reader.Struct([&](std::int64_t id, Wire wire) {
    const std::size_t begin = reader.offset();
    if (id == 3 && IsInteger(wire)) {
      reader.Integer();
      places.rows = {begin, reader.offset()};
    } else if (id == 4 && wire == Wire::kList) {
      reader.List([&](Wire element) {
        if (element != Wire::kStruct) return reader.Skip(element);
        places.row_groups.push_back(ReadPlace(reader));
      });
      places.groups = {begin, reader.offset()};
    } else {
      reader.Skip(wire);
    }
  });
  if (reader.ok() && places.rows && places.groups) return places;
  return Fail(Code::kCorrupt, "a Parquet footer cannot be read");
}

void AddVarint(std::uint64_t value, std::string& out) {
  for (; value >= 0x80U; value >>= 7U) out += static_cast<char>((value & 0x7FU) | 0x80U);
  out += static_cast<char>(value);
}

void AddInteger(std::int64_t value, std::string& out) {
  const auto bits = static_cast<std::uint64_t>(value);
  AddVarint((bits << 1U) ^ (value < 0 ? ~std::uint64_t{0} : 0), out);
}

void AddListOfStructs(std::size_t size, std::string& out) {
  const auto element = static_cast<std::uint8_t>(Wire::kStruct);
  if (size < 15) {
    out += static_cast<char>((size << 4U) | element);
    return;
  }
  out += static_cast<char>(0xF0U | element);
  AddVarint(size, out);
}

// The place of the first row group behind the first so many pieces.
std::size_t GroupsBefore(int pieces, int of, std::size_t groups) {
  return groups * static_cast<std::size_t>(pieces) / static_cast<std::size_t>(of);
}

// By the mark at its end: what stands there of a text is none.
Result<bool> IsParquet(store::ObjectReader& reader) {
  std::string mark(kParquetMagic.size(), '\0');
  const std::uint64_t size = reader.info().size_bytes;
  if (size < kParquetTrailerBytes) return false;
  EIDER_CHECK(reader.ReadAt(size - mark.size(), mark));
  if (mark != kParquetMagic) return false;
  EIDER_CHECK(reader.ReadAt(0, mark));
  return mark == kParquetMagic;
}

}  // namespace

Result<std::string> EndOfPiece(std::string_view end, const Piece& piece) {
  EIDER_ASSIGN(const std::uint32_t length, ParquetFooterLength(end));
  if (length != end.size() - kParquetTrailerBytes) {
    return Fail(Code::kCorrupt, "a Parquet footer has another length than it says");
  }
  const std::string_view footer = end.substr(0, length);
  EIDER_ASSIGN(const FooterPlaces places, FindPlaces(footer));
  const std::size_t first = GroupsBefore(piece.number - 1, piece.of, places.row_groups.size());
  const std::size_t behind = GroupsBefore(piece.number, piece.of, places.row_groups.size());
  std::string groups;
  AddListOfStructs(behind - first, groups);
  std::int64_t rows = 0;
  for (std::size_t i = first; i < behind; ++i) {
    const RowGroupPlace& group = places.row_groups[i];
    groups += footer.substr(group.bytes.begin, group.bytes.end - group.bytes.begin);
    if (__builtin_add_overflow(rows, group.rows, &rows)) {
      return Fail(Code::kCorrupt, "the row groups of a Parquet footer have too many rows");
    }
  }
  std::string count;
  AddInteger(rows, count);
  // Whichever of the two comes first.
  std::vector<std::pair<Span, std::string>> changes = {{*places.rows, count},
                                                       {*places.groups, groups}};
  if (places.groups->begin < places.rows->begin) std::swap(changes[0], changes[1]);
  std::string made;
  std::size_t at = 0;
  for (const auto& [span, bytes] : changes) {
    made += footer.substr(at, span.begin - at);
    made += bytes;
    at = span.end;
  }
  made += footer.substr(at);
  const auto made_length = static_cast<std::uint32_t>(made.size());
  for (unsigned i = 0; i < 4; ++i) made += static_cast<char>((made_length >> (8 * i)) & 0xFFU);
  made += kParquetMagic;
  return made;
}

Result<bool> CutParquet(QueryGrants& grants, const std::string& path, const Piece& piece) {
  EIDER_ASSIGN(store::ObjectReader* const whole, grants.OpenUnchecked(path));
  EIDER_ASSIGN(const bool is_parquet, IsParquet(*whole));
  if (!is_parquet) return false;
  const auto cut = [&]() -> Status {
    EIDER_ASSIGN(const std::string end, ReadParquetEnd(*whole));
    EIDER_ASSIGN(std::string piece_end, EndOfPiece(end, piece));
    return grants.EndWith(path, whole->info().size_bytes - end.size(), std::move(piece_end));
  };
  if (Status status = cut(); !status) {
    return Fail(fmt::format("file {}", path), std::move(status).error());
  }
  return true;
}

}  // namespace eider::engine
