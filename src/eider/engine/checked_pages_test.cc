// Pages that are what their headers say, and others, in whatever pieces they are read.
#include "eider/engine/checked_pages.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "eider/codec/crc32.h"
#include "eider/engine/parquet_page.h"
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

// "PAR1" and the pages of one column of row group 7, whose last bytes may not be counted.
class CheckedPages : public testing::Test {
 protected:
  static Status Read(const std::string& pages, std::size_t offset, std::size_t size,
                     bool is_nullable = true, std::size_t not_counted = 0) {
    ParquetFacts facts;
    facts.columns = {{"amount", is_nullable, false, 0, 0}};
    facts.pages = {{4, 4 + pages.size() - not_counted, 0, 7}};
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

// A data page of version 2 whose values are not compressed: with one bit of its unpacked size
// changed DuckDB's reader took bytes behind it for an index into the dictionary.
TEST_F(CheckedPages, ThatAreNotCompressedHaveOneSize) {
  const auto page = [](char unpacked, char is_compressed) {
    return std::string("\x15\x06\x15") + unpacked + "\x15\x0A\x5C" +  // type 3, sizes; field 8
           std::string("\x15\x02\x15\x00\x15\x02\x15\x10\x15\x04\x15\x00", 12) + is_compressed +
           std::string("\x00\x00", 2) + "\x02\x01" + "345";
  };
  constexpr char kTrue = 0x11;
  constexpr char kFalse = 0x12;
  EXPECT_TRUE(Read(page(0x0A, kFalse), 4, 27).has_value());
  EXPECT_TRUE(Read(page(0x1A, kTrue), 4, 27).has_value());
  EXPECT_THAT(Read(page(0x1A, kFalse), 4, 27),
              FailsWith(Code::kCorrupt, "has 5 bytes, and says that it would have 13 unpacked"));
}

TEST(ParquetLevels, AreRunsThatHoldTheValuesAndNothingElse) {
  EXPECT_TRUE(AreLevels("", 1, 0));
  EXPECT_TRUE(AreLevels("\x06\x01", 1, 3));      // one level, three times
  EXPECT_TRUE(AreLevels("\x03\x05", 1, 3));      // eight levels of one bit
  EXPECT_TRUE(AreLevels("\x03\x05\x01", 3, 8));  // of two bits
  EXPECT_TRUE(AreLevels(std::string("\x80\x02\x01\x02\x00", 5), 1, 129));  // two runs
  EXPECT_FALSE(AreLevels("\x06", 1, 3));
  EXPECT_FALSE(AreLevels(std::string("\x06\x01\x00", 3), 1, 3));
  EXPECT_FALSE(AreLevels("\x04\x01", 1, 3));
  EXPECT_FALSE(AreLevels("\x03\x05", 3, 8));
  EXPECT_FALSE(AreLevels("\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 1, 3));
}

// Seen: one bit of the levels' size changed, which no checksum is of; a 2 was loaded as a 1.
TEST_F(CheckedPages, OfVersion2HaveTheLevelsThatTheirHeadersSay) {
  const auto page = [](char level_bytes) {
    return std::string("\x15\x06\x15\x0A\x15\x0A\x5C") +  // type 3, sizes; field 8
           std::string("\x15\x02\x15\x00\x15\x02\x15\x10\x15", 9) + level_bytes +
           std::string("\x15\x00\x12\x00\x00", 5) + "\x02\x01" + "345";
  };
  EXPECT_TRUE(Read(page(4), 4, 27).has_value());
  for (const char wrong : {'\x00', '\x02', '\x06'}) {
    EXPECT_THAT(Read(page(wrong), 4, 27), FailsWith(Code::kCorrupt, "of its 1 values"));
  }
  EXPECT_TRUE(Read(page(0), 4, 27, false).has_value()) << "a required column has none";
}

// Of the last page of a column, with one bit of its size changed, nothing was checked.
TEST_F(CheckedPages, ThatReachBeyondTheirColumnAreLookedAtAsWell) {
  std::string pages = Page("some values") + Page("others");
  EXPECT_TRUE(Read(pages, 0, pages.size() + 4, true, 3).has_value());
  pages[pages.size() - 1] = 'S';
  EXPECT_THAT(Read(pages, 0, pages.size() + 4, true, 3), FailsWith(Code::kCorrupt, "checksum"));
  EXPECT_THAT(Read(pages, 4, 1, true, 3), FailsWith(Code::kCorrupt, "checksum"));
}

TEST_F(CheckedPages, EndWhereNoPageFollows) {
  const std::string pages = Page("some values") + "\xFF\xFF\xFF\xFF";
  EXPECT_TRUE(Read(pages, 4, pages.size()).has_value());
}

}  // namespace
}  // namespace eider::engine
