// The checks of a footer and of page headers.
#include "eider/engine/parquet_check.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/input_check.h"
#include "eider/engine/parquet_facts.h"
#include "eider/engine/parquet_footer.h"
#include "eider/engine/parquet_layout.h"
#include "eider/engine/parquet_page.h"

namespace eider::engine {
namespace {

std::unexpected<Error> NoTree(const std::string& why) {
  return Fail(Code::kCorrupt, "the Parquet schema is not one tree: " + why);
}

// A group that is open while the elements below it are read.
struct OpenGroup {
  std::int64_t missing = 0;  // children
  int definition_max = 0;
  int repetition_max = 0;
};

// The columns of the tree that the list of elements is, depth first from its root.
Result<std::vector<ParquetColumn>> CheckSchemaTree(const std::vector<ParquetElement>& schema) {
  if (schema.size() > kParquetElementsMax) {
    return Fail(Code::kUnsupported,
                fmt::format("the Parquet schema has {} columns and groups, at most {} are read",
                            schema.size(), kParquetElementsMax));
  }
  constexpr std::size_t kTopLevel = 2;  // of open groups: the place of the root, and the root
  std::vector<ParquetColumn> columns;
  std::string top;
  std::vector<OpenGroup> open{{.missing = 1}};
  for (const ParquetElement& element : schema) {
    while (!open.empty() && open.back().missing == 0) open.pop_back();
    if (open.empty()) return NoTree("elements are left over");
    if (element.children < 0 || (element.is_column && element.children > 0)) {
      return NoTree("an element has a wrong number of children");
    }
    --open.back().missing;
    const bool is_root = open.size() == 1;
    OpenGroup group{element.children, open.back().definition_max, open.back().repetition_max};
    if (!is_root && element.repetition != 0) ++group.definition_max;
    if (!is_root && element.repetition == kParquetRepeated) ++group.repetition_max;
    if (open.size() <= kTopLevel) top = element.name;
    if (element.is_column) {
      columns.push_back(
          {top, group.definition_max, group.repetition_max, element.type, element.digits});
    }
    if (element.children > 0) open.push_back(group);
    if (open.size() > static_cast<std::size_t>(kInputDepthMax) + 2) {
      return Fail(Code::kUnsupported, fmt::format("the Parquet schema is nested deeper than {} "
                                                  "levels",
                                                  kInputDepthMax));
    }
  }
  for (const OpenGroup& group : open) {
    if (group.missing != 0) return NoTree(fmt::format("{} children are missing", group.missing));
  }
  return columns;
}

std::unexpected<Error> WrongPage(std::int64_t offset, std::string_view what, std::int64_t value) {
  return Fail(Code::kCorrupt,
              fmt::format("the Parquet page at byte {} {}: {}", offset, what, value));
}

// `bytes` are the first of the page, and `left` those from there to the footer.
Status CheckPage(std::string_view bytes, std::int64_t offset, std::int64_t left,
                 const ParquetChunk& chunk) {
  const auto page = ReadPageHeader(bytes);
  if (!page) {
    return Fail(Code::kCorrupt,
                fmt::format("the header of the Parquet page at byte {} cannot be read", offset));
  }
  left -= static_cast<std::int64_t>(page->header_bytes);
  if (page->bytes < 0 || page->bytes > left) {
    return WrongPage(offset, fmt::format("has a size outside of 0 to {}", left), page->bytes);
  }
  if (page->unpacked_bytes < 0)
    return WrongPage(offset, "has a size below 0", page->unpacked_bytes);
  const bool is_dictionary = page->type == kDictionaryPage;
  if (page->values < 0 || (!is_dictionary && page->values > chunk.values)) {
    return WrongPage(offset, fmt::format("has values outside of 0 to {}", chunk.values),
                     page->values);
  }
  if (!page->has_levels_within()) {
    return WrongPage(offset, "has levels of a wrong size", page->definition_bytes);
  }
  return {};
}

class PageChecks {
 public:
  PageChecks(std::int64_t pages_end, const ReadBytes& read) : end_(pages_end), read_(read) {}

  std::int64_t end() const { return end_; }

  Status Check(std::int64_t offset, const ParquetChunk& chunk) {
    if (!read_ || ++count_ > kCheckedPagesMax) return {};
    const std::int64_t left = end_ - offset;
    const auto size = std::min<std::int64_t>(kPageHeaderBytes, left);
    EIDER_ASSIGN(std::string bytes, Read(offset, size));
    if (size < left && IsPageHeaderCutOff(bytes)) {
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

Status CheckChunk(const ParquetChunk& chunk, PageChecks& pages) {
  const std::int64_t pages_end = pages.end();
  const bool is_elsewhere = !chunk.file_path.empty() || chunk.is_encrypted;
  if (is_elsewhere || !chunk.has_metadata) return {};
  if (chunk.values < 0 || chunk.bytes < 0) {
    return Fail(Code::kCorrupt, fmt::format("a Parquet column has {} values in {} bytes",
                                            chunk.values, chunk.bytes));
  }
  if (chunk.values == 0) return {};
  const std::int64_t start = chunk.FirstPage();
  const bool is_inside = start > 0 && chunk.data_page > 0 && start < pages_end &&
                         chunk.data_page < pages_end && chunk.bytes <= pages_end - start;
  if (!is_inside) {
    return Fail(Code::kCorrupt,
                fmt::format("a Parquet column lies outside of the file's pages: {} bytes from {}, "
                            "data from {}, pages end at {}",
                            chunk.bytes, start, chunk.data_page, pages_end));
  }
  if (chunk.HasDictionary()) EIDER_CHECK(pages.Check(start, chunk));
  return pages.Check(chunk.data_page, chunk);
}

}  // namespace

Result<ParquetFacts> CheckParquet(std::string_view tail, std::uint64_t size_bytes,
                                  const ReadBytes& read) {
  EIDER_ASSIGN(const std::uint32_t length, ParquetFooterLength(tail));
  if (length > tail.size() - kParquetTrailerBytes) {
    return Fail(Code::kCorrupt, "the Parquet footer is longer than the file");
  }
  const std::size_t begin = tail.size() - kParquetTrailerBytes - length;
  EIDER_ASSIGN(const ParquetLayout layout, ReadParquetLayout(tail.substr(begin, length)));
  EIDER_ASSIGN(auto columns, CheckSchemaTree(layout.schema));
  PageChecks pages(static_cast<std::int64_t>(size_bytes - kParquetTrailerBytes - length), read);
  for (const std::vector<ParquetChunk>& group : layout.groups) {
    if (group.size() != columns.size()) {
      return Fail(Code::kCorrupt, fmt::format("a Parquet row group has {} columns, the schema {}",
                                              group.size(), columns.size()));
    }
    for (const ParquetChunk& chunk : group) EIDER_CHECK(CheckChunk(chunk, pages));
  }
  return FactsOf(layout, std::move(columns));
}

}  // namespace eider::engine
