// The key-value metadata of files of all sizes, and of those that only look like Parquet.
#include "eider/engine/parquet_metadata.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "eider/engine/testing/engine_fixture.h"

namespace eider::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

// Counts what is read of it.
class CountingReader final : public store::ObjectReader {
 public:
  explicit CountingReader(std::string bytes) : bytes_(std::move(bytes)) {
    info_.uri = {"s3", "in", "counted.parquet"};
    info_.size_bytes = bytes_.size();
  }

  const store::ObjectInfo& info() const override { return info_; }

  Status ReadAt(std::uint64_t offset, std::span<char> out) override {
    reads.emplace_back(offset, out.size());
    bytes_.copy(out.data(), out.size(), offset);
    return {};
  }

  std::vector<std::pair<std::uint64_t, std::size_t>> reads;

 private:
  store::ObjectInfo info_;
  std::string bytes_;
};

class ParquetMetadata : public EngineFixture {
 protected:
  static constexpr const char* kMetadata = ", KV_METADATA {route: 'orders', 'schema version': '2'}";

  Result<std::map<std::string, std::string>> Metadata(const FileRef& input) {
    return engine_->ParquetMetadata({input}, {});
  }

  std::string Bytes(const FileRef& file) {
    auto bytes = store::ReadAll(*store_, file.uri, 1U << 30U);
    return bytes ? *bytes : "";
  }

  static std::string Trailer(std::uint32_t footer_bytes) {
    std::string trailer;
    for (unsigned i = 0; i < 4; ++i) trailer += static_cast<char>((footer_bytes >> (8 * i)) & 0xFF);
    return trailer + "PAR1";
  }
};

TEST_F(ParquetMetadata, IsReadAsBytes) {
  const FileRef input = MakeParquet("SELECT 1 AS x", "data.parquet",
                                    ", KV_METADATA {route: 'orders', raw: '\\xFF\\x00'::BLOB}");
  const auto metadata = Metadata(input);
  ASSERT_TRUE(metadata.has_value()) << metadata.error().message;
  EXPECT_THAT(*metadata,
              ElementsAre(Pair("raw", std::string("\xFF\0", 2)), Pair("route", "orders")));
}

TEST_F(ParquetMetadata, IsEmptyWhereThereIsNone) {
  EXPECT_THAT(*Metadata(MakeParquet("SELECT 1 AS x")), IsEmpty());
  EXPECT_THAT(*Metadata(MakeFile("a,b\n1,2\n", "a.csv")), IsEmpty());
  EXPECT_THAT(*Metadata(MakeFile("", "empty.parquet")), IsEmpty());
  EXPECT_THAT(*Metadata(MakeFile("PAR1", "short.parquet")), IsEmpty());
  EXPECT_THAT(*Metadata(MakeFile("not so PAR1", "end.parquet")), IsEmpty());
  EXPECT_THAT(*Metadata(MakeFile("PAR1 but not in the end", "begin.parquet")), IsEmpty());
  EXPECT_THAT(*Metadata(MakeFile(std::string(100'000, 'x') + "PAR1", "long.parquet")), IsEmpty());
}

TEST_F(ParquetMetadata, TakesOneReadOfASmallFileAndThreeOfTheLargest) {
  CountingReader small(Bytes(MakeParquet("SELECT 1 AS x", "small.parquet", kMetadata)));
  EXPECT_EQ(ReadParquetMetadata(small)->at("route"), "orders");
  EXPECT_THAT(small.reads, ElementsAre(Pair(0U, small.info().size_bytes)));

  CountingReader large(
      Bytes(MakeParquet("SELECT random() AS x FROM range(100000)", "large.parquet", kMetadata)));
  EXPECT_EQ(ReadParquetMetadata(large)->at("schema version"), "2");
  EXPECT_THAT(large.reads,
              ElementsAre(Pair(large.info().size_bytes - 65536, 65536U), Pair(0U, 4U)));

  // A footer of some 200 KiB.
  std::string columns = "'orders' AS c";
  for (int i = 0; i < 2000; ++i) columns += ", 1 AS a_column_with_a_long_name_" + std::to_string(i);
  CountingReader wide(Bytes(MakeParquet("SELECT " + columns, "wide.parquet", kMetadata)));
  EXPECT_EQ(ReadParquetMetadata(wide)->at("route"), "orders");
  ASSERT_EQ(wide.reads.size(), 3U);
  EXPECT_EQ(wide.reads[2].first + wide.reads[2].second, wide.reads[0].first);
}

TEST_F(ParquetMetadata, OfAnEnormousFooterIsRefused) {
  const FileRef claimed =
      MakeFile("PAR1" + std::string(100, 'x') + Trailer(100'000'000), "claim.parquet");
  const auto metadata = Metadata(claimed);
  ASSERT_THAT(metadata, FailsWith(Code::kInvalid, "Parquet footer of s3://in/claim.parquet"));
  EXPECT_THAT(metadata.error().message, HasSubstr("100000000 bytes, at most 33554432"));
  EXPECT_THAT(metadata.error().message, HasSubstr("another strategy"));

  // A file that has such a footer, most of it a hole that takes no disk.
  const std::string path = (root_ / "in/sparse.parquet").string();
  std::ofstream(path, std::ios::binary) << "PAR1";
  std::filesystem::resize_file(path, 100'000'100);
  std::ofstream(path, std::ios::binary | std::ios::app) << Trailer(100'000'000);
  EXPECT_THAT(Metadata(Ref({"s3", "in", "sparse.parquet"})),
              FailsWith(Code::kInvalid, "s3://in/sparse.parquet is too large"));
}

TEST_F(ParquetMetadata, OfADamagedFooterIsCorrupt) {
  EXPECT_THAT(Metadata(MakeFile("PAR1" + std::string(100, 'x') + Trailer(101), "longer.parquet")),
              FailsWith(Code::kCorrupt, "s3://in/longer.parquet is longer than the file"));
  EXPECT_THAT(Metadata(MakeFile("PAR1" + std::string(100, '\x29') + Trailer(100), "bad.parquet")),
              FailsWith(Code::kCorrupt, "s3://in/bad.parquet"));
  const std::string whole = Bytes(MakeParquet("SELECT 1 AS x", "whole.parquet", kMetadata));
  std::string cut = whole;
  cut.erase(cut.size() - 40, 10);  // in the middle of the footer, whose length stays
  EXPECT_THAT(Metadata(MakeFile(cut, "cut.parquet")), FailsWith(Code::kCorrupt, "cut.parquet"));
}

TEST_F(ParquetMetadata, IsThatOfTheFileThatWasMeant) {
  const FileRef before = MakeParquet("SELECT 1 AS x", "data.parquet", kMetadata);
  MakeParquet("SELECT 2 AS x, 3 AS y", "data.parquet");
  EXPECT_THAT(Metadata(before), FailsWith(Code::kConflict, "superseded"));
}

}  // namespace
}  // namespace eider::engine
