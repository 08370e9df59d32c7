// Pieces of a file have the rows of the file, however it is cut. The files are DuckDB's and, end to
// end, pyarrow's; what reads the pieces is DuckDB.
#include "eider/engine/parquet_piece.h"

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "eider/engine/parquet_footer.h"
#include "eider/engine/testing/piece_fixture.h"

namespace eider::engine {
namespace {

using testing::IsEmpty;

class ParquetPieceTest : public PieceFixture {
 protected:
  // Five row groups, the last one smaller.
  FileRef FiveGroups() {
    return MakeParquet("SELECT range AS id, 'text ' || range AS t FROM range(9000)", "five.parquet",
                       ", ROW_GROUP_SIZE 2048");
  }

  // The rows of all pieces together, in no order.
  std::string RowsOf(const FileRef& input, int pieces, const std::string& sql = kReadAll) {
    std::string files;
    std::uint64_t read = 0;
    for (int number = pieces; number >= 1; --number) {
      const auto written = Load({.sql = sql, .input = input, .piece = Piece{number, pieces}});
      EXPECT_TRUE(written) << (written ? "" : written.error().message);
      if (!written) return "";
      read += written->rows_read.value_or(1'000'000'000);
      for (const auto& file : written->files) {
        files += (files.empty() ? "" : ", ") + Literal(LocalPath(file));
      }
    }
    read_ = read;
    return PlainText("SELECT (count(*), count(DISTINCT id), sum(id), min(t)) FROM read_parquet([" +
                     files + "])");
  }

  std::uint64_t read_ = 0;
};

TEST_F(ParquetPieceTest, AnyNumberOfPiecesHasTheRowsOfTheFile) {
  const auto input = FiveGroups();
  for (const int pieces : {1, 2, 3, 4, 5, 6, 7, 20}) {
    EXPECT_EQ(RowsOf(input, pieces), "(9000, 9000, 40495500, text 0)") << pieces;
    EXPECT_EQ(read_, 9'000U) << pieces;
  }
}

TEST_F(ParquetPieceTest, SqlThatFiltersAndProjectsIsOfEachPiece) {
  const auto input = FiveGroups();
  EXPECT_EQ(RowsOf(input, 3,
                   "WITH x AS (SELECT id, upper(t) AS t FROM read_parquet('{s3_input_path}')) "
                   "SELECT id, t FROM x WHERE id % 3 = 0"),
            "(3000, 3000, 13495500, TEXT 0)");
}

TEST_F(ParquetPieceTest, FilesOfOneGroupOrNoRowsHaveEmptyPieces) {
  const auto one = MakeParquet("SELECT range AS id, 'x' AS t FROM range(10)", "one.parquet");
  EXPECT_EQ(RowsOf(one, 4), "(10, 10, 45, x)");
  const auto none = MakeParquet("SELECT 1::BIGINT AS id, 'x' AS t WHERE false", "none.parquet");
  const auto written = Load({.sql = kReadAll, .input = none, .piece = Piece{1, 2}});
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_THAT(written->files, IsEmpty());
  EXPECT_EQ(written->rows_read, 0U);
}

TEST_F(ParquetPieceTest, ManyGroupsHaveAListOfMoreThanFifteen) {
  const auto input = MakeParquet("SELECT range AS id, 'x' AS t FROM range(100000)", "many.parquet",
                                 ", ROW_GROUP_SIZE 2048");
  EXPECT_EQ(RowsOf(input, 2), "(100000, 100000, 4999950000, x)");
}

TEST_F(ParquetPieceTest, SqlThatNeedsAllRowsIsRefusedWithWhy) {
  const auto input = FiveGroups();
  const std::string from = " FROM read_parquet('{s3_input_path}'";
  for (const auto& [sql, why] : std::vector<std::pair<std::string, std::string>>{
           {"SELECT count(*) AS id, 'x' AS t" + from + ")", "it has AGGREGATE"},
           {"SELECT *" + from + ") ORDER BY id", "it has ORDER_BY"},
           {"SELECT *" + from + ") LIMIT 3", "it has LIMIT"},
           {"SELECT DISTINCT id, t" + from + ")", "it has"},
           {"SELECT row_number() OVER () AS id, t" + from + ")", "it has WINDOW"},
           {"SELECT (random() * 100)::BIGINT AS id, t" + from + ")", "another value each time"},
           {"SELECT file_row_number AS id, t" + from + ", file_row_number = true)", "it numbers"},
           {"SELECT file_row_number AS id, t" + from + ")", "it numbers"},
           {"SELECT a.id, a.t" + from + ") a JOIN" + from.substr(5) + ") b USING (id)",
            "it has"}}) {
    const auto written = Load({.sql = sql, .input = input, .piece = Piece{1, 2}});
    EXPECT_THAT(written, FailsWith(Code::kUnsupported, why)) << sql;
    EXPECT_THAT(FilesInLake(), IsEmpty());
  }
}

TEST_F(ParquetPieceTest, ATornFileFails) {
  const auto torn = MakeFile("PAR1 and no footer PAR1", "torn.parquet");
  EXPECT_THAT(Load({.sql = kReadAll, .input = torn, .piece = Piece{1, 2}}),
              FailsWith(Code::kCorrupt, "torn.parquet"));
}

// FileMetaData of two row groups (field 4) that each have the most rows that 64 bits can tell
// (field 3).
TEST_F(ParquetPieceTest, RowGroupsOfMoreRowsThanCanBeCountedAreCorrupt) {
  const std::string most = "\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01";
  const std::string group = "\x36" + most + std::string(1, '\0');
  std::string end = "\x36" + most + "\x19\x2C" + group + group + std::string(1, '\0');
  end += static_cast<char>(end.size()) + std::string(3, '\0') + std::string(kParquetMagic);
  EXPECT_TRUE(EndOfPiece(end, {1, 2}));
  EXPECT_THAT(EndOfPiece(end, {1, 1}), FailsWith(Code::kCorrupt, "too many rows"));
}

TEST_F(ParquetPieceTest, AFooterThatLiesIsCorruptAndNeverMore) {
  const auto input = FiveGroups();
  std::ifstream file(root_ / "in" / "five.parquet", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const std::string end =
      bytes.substr(bytes.size() - kParquetTrailerBytes - *ParquetFooterLength(bytes));
  ASSERT_TRUE(EndOfPiece(end, {1, 2}));
  for (std::size_t size = 0; size < end.size(); size += 7) {
    EXPECT_FALSE(EndOfPiece(end.substr(0, size), {1, 2}));
    std::string cut = end.substr(size);
    (void)EndOfPiece(cut, {1, 2});
    std::string changed = end;
    changed[size] = static_cast<char>(changed[size] ^ 0x55);
    (void)EndOfPiece(changed, {2, 3});
  }
}

}  // namespace
}  // namespace eider::engine
