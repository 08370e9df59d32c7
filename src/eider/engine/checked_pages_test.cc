// Pages that are what their headers say, and others, in whatever pieces they are read.
#include "eider/engine/checked_pages.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "eider/codec/crc32.h"
#include "eider/engine/testing/engine_fixture.h"

namespace eider::engine {
namespace {

std::string Zigzag(std::int32_t value) {
  auto bits = (static_cast<std::uint32_t>(value) << 1U) ^ static_cast<std::uint32_t>(value >> 31);
  std::string bytes;
  for (; bits >= 0x80U; bits >>= 7U) bytes += static_cast<char>(bits | 0x80U);
  return bytes + static_cast<char>(bits);
}

// A data page of version 1: type, sizes, checksum, then values and the encodings of values and
// levels.
std::string Page(std::string_view content, std::int32_t checksum, char level_encoding = 3) {
  const std::string size = Zigzag(static_cast<std::int32_t>(content.size()));
  std::string header = std::string("\x15\x00", 2) + "\x15" + size + "\x15" + size;
  header += "\x15" + Zigzag(checksum) + "\x1C" + std::string("\x15\x02\x15\x00\x15", 5);
  header += static_cast<char>(2 * level_encoding);
  return header + std::string("\x15\x06\x00\x00", 4) + std::string(content);
}

std::string Page(std::string_view content) {
  return Page(content, static_cast<std::int32_t>(codec::Crc32(content)));
}

class TextReader final : public store::ObjectReader {
 public:
  explicit TextReader(std::string bytes) : bytes_(std::move(bytes)) {
    info_.uri = {"s3", "in", "a.parquet"};
    info_.size_bytes = bytes_.size();
  }

  const store::ObjectInfo& info() const override { return info_; }

  Status ReadAt(std::uint64_t offset, std::span<char> out) override {
    bytes_.copy(out.data(), out.size(), offset);
    return {};
  }

 private:
  store::ObjectInfo info_;
  std::string bytes_;
};

// "PAR1" and the pages of one column of row group 7.
class CheckedPages : public testing::Test {
 protected:
  static Status Read(const std::string& pages, std::size_t offset, std::size_t size,
                     bool is_nullable = true) {
    ParquetFacts facts;
    facts.columns = {{"amount", is_nullable, false, 0, 0}};
    facts.pages = {{4, 4 + pages.size(), 0, 7}};
    const auto reader = CheckPages(std::make_shared<TextReader>("PAR1" + pages + "rest"), facts);
    std::string out(size, '\0');
    return reader->ReadAt(offset, out);
  }
};

TEST_F(CheckedPages, PassWhereTheirChecksumsHold) {
  const std::string pages = Page("some values") + Page("others");
  EXPECT_TRUE(Read(pages, 0, pages.size() + 8).has_value());
  EXPECT_TRUE(Read(pages, 4, pages.size()).has_value());
  EXPECT_TRUE(Read(pages, 10, 3).has_value());
}

TEST_F(CheckedPages, FailByTheirColumnInWhateverPieces) {
  const std::string pages = Page("some values") + Page("others", 12345);
  for (const auto& [offset, size] :
       {std::pair{0UL, pages.size() + 4}, {4UL, pages.size()}, {4UL, 1UL}, {pages.size(), 2UL}}) {
    EXPECT_THAT(Read(pages, offset, size),
                FailsWith(Code::kCorrupt, "column amount, row group 7: the page at byte"))
        << offset;
  }
}

TEST_F(CheckedPages, OfWhichNoneIsReadAreNotLookedAt) {
  const std::string pages = Page("some values", 12345);
  EXPECT_TRUE(Read(pages, 0, 4).has_value());
  EXPECT_TRUE(Read(pages, 4 + pages.size(), 4).has_value());
}

TEST_F(CheckedPages, WithLevelsThatDuckDbTakesForOthersFail) {
  constexpr char kBitPacked = 4;
  const std::string content = "some values";
  const auto checksum = static_cast<std::int32_t>(codec::Crc32(content));
  const std::string pages = Page(content, checksum, kBitPacked);
  EXPECT_THAT(Read(pages, 4, pages.size()), FailsWith(Code::kUnsupported, "not encoded by RLE"));
  // A required column has no levels, whatever its pages say of them.
  EXPECT_TRUE(Read(pages, 4, pages.size(), false).has_value());
}

TEST_F(CheckedPages, EndWhereNoPageFollows) {
  const std::string pages = Page("some values") + "\xFF\xFF\xFF\xFF";
  EXPECT_TRUE(Read(pages, 4, pages.size()).has_value());
}

}  // namespace
}  // namespace eider::engine
