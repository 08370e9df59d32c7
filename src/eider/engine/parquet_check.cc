// The checks of a footer and of page headers.
#include "eider/engine/parquet_check.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/engine/compact_reader.h"
#include "eider/engine/input_check.h"
#include "eider/engine/parquet_footer.h"

namespace eider::engine {
namespace {

struct Element {
  bool is_column = false;  // has a type
  std::string_view name;
  std::int64_t children = 0;
  std::int64_t digits = 0;  // of a decimal
};

struct Chunk {
  bool is_elsewhere = false;  // in another file, or encrypted
  bool has_metadata = false;
  std::int64_t values = 0;
  std::int64_t bytes = 0;  // compressed
  std::int64_t data_page = 0;
  std::int64_t dictionary_page = 0;
};

struct Footer {
  std::vector<Element> schema;
  std::vector<std::vector<Chunk>> groups;
  std::set<std::int64_t> fields;
};

bool IsInteger(Wire wire) {
  return wire == Wire::kInt16 || wire == Wire::kInt32 || wire == Wire::kInt64;
}

// Reads an integer field into `value`; another type is passed over, as Thrift does.
void ReadInteger(CompactReader& reader, Wire wire, std::int64_t& value) {
  if (!IsInteger(wire)) return reader.Skip(wire);
  value = reader.Integer();
}

// LogicalType, of which only DECIMAL (5) with its precision (2) matters.
void ReadLogicalType(CompactReader& reader, Element& element) {
  reader.Struct([&](std::int64_t id, Wire wire) {
    if (id != 5 || wire != Wire::kStruct) return reader.Skip(wire);
    reader.Struct([&](std::int64_t decimal_id, Wire decimal_wire) {
      if (decimal_id == 2) return ReadInteger(reader, decimal_wire, element.digits);
      reader.Skip(decimal_wire);
    });
  });
}

void ReadElement(CompactReader& reader, Element& element) {
  reader.Struct([&](std::int64_t id, Wire wire) {
    if (id == 4 && wire == Wire::kBinary) {
      element.name = reader.Binary();
      return;
    }
    if (id == 5) return ReadInteger(reader, wire, element.children);
    if (id == 8) return ReadInteger(reader, wire, element.digits);
    if (id == 10 && wire == Wire::kStruct) return ReadLogicalType(reader, element);
    element.is_column = element.is_column || (id == 1 && IsInteger(wire));
    reader.Skip(wire);
  });
}

void ReadChunkMetadata(CompactReader& reader, Chunk& chunk) {
  chunk.has_metadata = true;
  reader.Struct([&](std::int64_t id, Wire wire) {
    switch (id) {
      case 5:
        return ReadInteger(reader, wire, chunk.values);
      case 7:
        return ReadInteger(reader, wire, chunk.bytes);
      case 9:
        return ReadInteger(reader, wire, chunk.data_page);
      case 11:
        return ReadInteger(reader, wire, chunk.dictionary_page);
      default:
        return reader.Skip(wire);
    }
  });
}

void ReadGroup(CompactReader& reader, std::vector<Chunk>& chunks) {
  reader.Struct([&](std::int64_t id, Wire wire) {
    if (id != 1 || wire != Wire::kList) return reader.Skip(wire);
    reader.List([&](Wire element) {
      if (element != Wire::kStruct) return reader.Skip(element);
      Chunk& chunk = chunks.emplace_back();
      reader.Struct([&](std::int64_t chunk_id, Wire chunk_wire) {
        if (chunk_id == 3 && chunk_wire == Wire::kStruct) return ReadChunkMetadata(reader, chunk);
        // 1: file_path, 8 and 9: encryption.
        if (chunk_id == 1 || chunk_id >= 8) chunk.is_elsewhere = true;
        reader.Skip(chunk_wire);
      });
    });
  });
}

Result<Footer> ReadFooter(std::string_view bytes) {
  CompactReader reader(bytes);
  Footer footer;
  reader.Struct([&](std::int64_t id, Wire wire) {
    footer.fields.insert(id);
    if (wire != Wire::kList || (id != 2 && id != 4)) return reader.Skip(wire);
    reader.List([&](Wire element) {
      if (element != Wire::kStruct) return reader.Skip(element);
      if (id == 2) return ReadElement(reader, footer.schema.emplace_back());
      ReadGroup(reader, footer.groups.emplace_back());
    });
  });
  if (!reader.ok()) return Fail(Code::kCorrupt, "the Parquet footer cannot be read");
  return footer;
}

// What DuckDB would read as another value.
Status CheckElement(const Element& element) {
  constexpr std::int64_t kDigitsMax = 38;
  if (!element.is_column || element.digits <= kDigitsMax) return {};
  return Fail(Code::kUnsupported,
              fmt::format("column {} is a decimal of {} digits, at most {} are read without loss",
                          codec::ShortName(element.name), element.digits, kDigitsMax));
}

// The number of columns of the tree that the list of elements is, depth first from its root.
Result<std::size_t> CheckSchemaTree(const std::vector<Element>& schema) {
  if (schema.size() > kParquetElementsMax) {
    return Fail(Code::kUnsupported,
                fmt::format("the Parquet schema has {} columns and groups, at most {} are read",
                            schema.size(), kParquetElementsMax));
  }
  std::size_t columns = 0;
  std::vector<std::int64_t> open{1};  // children that each group around still lacks
  for (const Element& element : schema) {
    while (!open.empty() && open.back() == 0) open.pop_back();
    const bool has_place = !open.empty();
    if (!has_place || element.children < 0 || (element.is_column && element.children > 0)) {
      return Fail(Code::kCorrupt,
                  fmt::format("the Parquet schema is not one tree: {}",
                              has_place ? "an element has a wrong number of children"
                                        : "elements are left over"));
    }
    EIDER_CHECK(CheckElement(element));
    --open.back();
    columns += element.is_column ? 1 : 0;
    if (element.children > 0) open.push_back(element.children);
    if (open.size() > static_cast<std::size_t>(kInputDepthMax) + 2) {
      return Fail(Code::kUnsupported, fmt::format("the Parquet schema is nested deeper than {} "
                                                  "levels",
                                                  kInputDepthMax));
    }
  }
  for (const std::int64_t missing : open) {
    if (missing == 0) continue;
    return Fail(
        Code::kCorrupt,
        fmt::format("the Parquet schema is not one tree: {} children are missing", missing));
  }
  return columns;
}

struct PageFacts {
  std::int64_t type = -1;
  std::int64_t unpacked_bytes = -1;
  std::int64_t bytes = -1;
  std::int64_t values = 0;
  std::int64_t level_bytes = 0;  // of a data page of version 2
};

// The header of a data page of either version (5, 8), or of a dictionary page (7).
void ReadPageKind(CompactReader& reader, bool is_version_2, PageFacts& page) {
  reader.Struct([&](std::int64_t id, Wire wire) {
    std::int64_t value = 0;
    ReadInteger(reader, wire, value);
    if (id == 1) page.values = value;
    const bool is_levels = is_version_2 && (id == 5 || id == 6);
    if (is_levels)
      page.level_bytes = value < 0 || page.level_bytes < 0 ? -1 : page.level_bytes + value;
  });
}

std::unexpected<Error> WrongPage(std::int64_t offset, std::string_view what, std::int64_t value) {
  return Fail(Code::kCorrupt,
              fmt::format("the Parquet page at byte {} {}: {}", offset, what, value));
}

// Whether the header goes on behind `bytes`: statistics in it may be long.
bool IsCutOff(std::string_view bytes) {
  CompactReader reader(bytes);
  reader.Skip(Wire::kStruct);
  return !reader.ok() && reader.offset() == bytes.size();
}

// `bytes` are the first of the page, and `left` those from there to the footer.
Status CheckPage(std::string_view bytes, std::int64_t offset, std::int64_t left,
                 const Chunk& chunk) {
  CompactReader reader(bytes);
  PageFacts page;
  reader.Struct([&](std::int64_t id, Wire wire) {
    if (id == 1) return ReadInteger(reader, wire, page.type);
    if (id == 2) return ReadInteger(reader, wire, page.unpacked_bytes);
    if (id == 3) return ReadInteger(reader, wire, page.bytes);
    const bool is_kind = wire == Wire::kStruct && (id == 5 || id == 7 || id == 8);
    if (is_kind) return ReadPageKind(reader, id == 8, page);
    reader.Skip(wire);
  });
  if (!reader.ok()) {
    return Fail(Code::kCorrupt,
                fmt::format("the header of the Parquet page at byte {} cannot be read", offset));
  }
  left -= static_cast<std::int64_t>(reader.offset());
  if (page.bytes < 0 || page.bytes > left) {
    return WrongPage(offset, fmt::format("has a size outside of 0 to {}", left), page.bytes);
  }
  if (page.unpacked_bytes < 0) return WrongPage(offset, "has a size below 0", page.unpacked_bytes);
  const bool is_dictionary = page.type == 2;
  if (page.values < 0 || (!is_dictionary && page.values > chunk.values)) {
    return WrongPage(offset, fmt::format("has values outside of 0 to {}", chunk.values),
                     page.values);
  }
  if (page.level_bytes < 0 || page.level_bytes > page.bytes) {
    return WrongPage(offset, "has levels of a wrong size", page.level_bytes);
  }
  return {};
}

class PageChecks {
 public:
  PageChecks(std::int64_t pages_end, const ReadBytes& read) : end_(pages_end), read_(read) {}

  std::int64_t end() const { return end_; }

  Status Check(std::int64_t offset, const Chunk& chunk) {
    if (!read_ || ++count_ > kCheckedPagesMax) return {};
    const std::int64_t left = end_ - offset;
    const auto size = std::min<std::int64_t>(kPageHeaderBytes, left);
    EIDER_ASSIGN(std::string bytes, Read(offset, size));
    if (size < left && IsCutOff(bytes)) {
      EIDER_ASSIGN(bytes, Read(offset, left));
    }
    return CheckPage(bytes, offset, left, chunk);
  }

 private:
  Result<std::string> Read(std::int64_t offset, std::int64_t size) const {
    return read_(static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(size));
  }

  std::int64_t end_;  // where the footer begins
  const ReadBytes& read_;
  std::size_t count_ = 0;
};

Status CheckChunk(const Chunk& chunk, PageChecks& pages) {
  const std::int64_t pages_end = pages.end();
  if (chunk.is_elsewhere || !chunk.has_metadata) return {};
  if (chunk.values < 0 || chunk.bytes < 0) {
    return Fail(Code::kCorrupt, fmt::format("a Parquet column has {} values in {} bytes",
                                            chunk.values, chunk.bytes));
  }
  if (chunk.values == 0) return {};
  const bool has_dictionary = chunk.dictionary_page > 0 && chunk.dictionary_page < chunk.data_page;
  const std::int64_t start = has_dictionary ? chunk.dictionary_page : chunk.data_page;
  const bool is_inside = start > 0 && chunk.data_page > 0 && start < pages_end &&
                         chunk.data_page < pages_end && chunk.bytes <= pages_end - start;
  if (!is_inside) {
    return Fail(Code::kCorrupt,
                fmt::format("a Parquet column lies outside of the file's pages: {} bytes from {}, "
                            "data from {}, pages end at {}",
                            chunk.bytes, start, chunk.data_page, pages_end));
  }
  if (has_dictionary) EIDER_CHECK(pages.Check(start, chunk));
  return pages.Check(chunk.data_page, chunk);
}

}  // namespace

Status CheckParquet(std::string_view tail, std::uint64_t size_bytes, const ReadBytes& read) {
  EIDER_ASSIGN(const std::uint32_t length, ParquetFooterLength(tail));
  if (length > tail.size() - kParquetTrailerBytes) {
    return Fail(Code::kCorrupt, "the Parquet footer is longer than the file");
  }
  const std::size_t begin = tail.size() - kParquetTrailerBytes - length;
  EIDER_ASSIGN(const Footer footer, ReadFooter(tail.substr(begin, length)));
  EIDER_ASSIGN(const std::size_t columns, CheckSchemaTree(footer.schema));
  PageChecks pages(static_cast<std::int64_t>(size_bytes - kParquetTrailerBytes - length), read);
  for (const std::vector<Chunk>& group : footer.groups) {
    if (group.size() != columns) {
      return Fail(Code::kCorrupt, fmt::format("a Parquet row group has {} columns, the schema {}",
                                              group.size(), columns));
    }
    for (const Chunk& chunk : group) EIDER_CHECK(CheckChunk(chunk, pages));
  }
  return {};
}

}  // namespace eider::engine
