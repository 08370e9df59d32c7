// Rows as they are handed on: their order, their bytes, and what ends them.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "eider/engine/testing/engine_fixture.h"

namespace eider::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class RowExport : public EngineFixture {
 protected:
  Result<Exported> Export(const Query& query, RowFormat format,
                          std::optional<std::uint64_t> rows_max = {}) {
    text_.clear();
    return engine_->Export(query, format, rows_max,
                           [this](std::string_view bytes) -> Status {
                             text_ += bytes;
                             return {};
                           },
                           {});
  }

  std::string text_;
};

TEST_F(RowExport, CsvQuotesWhatNeedsIt) {
  const auto input = MakeParquet(
      "SELECT * FROM (VALUES (1, 'a,b', [1, NULL]), (2, '', NULL), (3, NULL, []), "
      "(4, 'say \"x\"', [2])) AS t(\"the id\", t, l)");
  const auto done = Export({.sql = kReadAll, .input = input}, RowFormat::kCsv);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->rows, 4U);
  EXPECT_EQ(text_, R"(the id,t,l
1,"a,b","[1,null]"
2,"",
3,,[]
4,"say ""x""",[2]
)");
}

TEST_F(RowExport, JsonHasAnObjectInEachLine) {
  const auto input = MakeParquet("SELECT 1.50::DECIMAL(9,2) AS d, DATE '2024-02-29' AS day");
  ASSERT_TRUE(Export({.sql = kReadAll, .input = input}, RowFormat::kJson));
  EXPECT_EQ(text_, "{\"d\":1.50,\"day\":\"2024-02-29\"}\n");
}

TEST_F(RowExport, RowsStayInTheOrderOfTheQueryAndEndAtTheLimit) {
  const auto input = MakeParquet("SELECT range AS id FROM range(200000)");
  const Query query{.sql = "SELECT id FROM read_parquet('{s3_input_path}') ORDER BY id DESC",
                    .input = input};
  ASSERT_TRUE(Export(query, RowFormat::kCsv));
  std::string expected = "id\n";
  for (int id = 199'999; id >= 0; --id) expected += std::to_string(id) + "\n";
  EXPECT_EQ(text_ == expected, true);
  const auto first = Export(query, RowFormat::kCsv, 2);
  EXPECT_EQ(first->rows, 2U);
  EXPECT_EQ(text_, "id\n199999\n199998\n");
  const auto preview = engine_->FirstRows(query, 1);
  ASSERT_TRUE(preview);
  EXPECT_THAT(preview->columns, ElementsAre("id"));
  EXPECT_THAT(preview->rows, ElementsAre(ElementsAre("199999")));
}

// The stream's own form is held against pyarrow's reader, end to end.
TEST_F(RowExport, ArrowIsAStreamAlsoWithoutRows) {
  const auto input = MakeParquet("SELECT 1 AS id WHERE false");
  const auto done = Export({.sql = kReadAll, .input = input}, RowFormat::kArrow);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->rows, 0U);
  EXPECT_THAT(text_, StartsWith("\xFF\xFF\xFF\xFF"));
  EXPECT_EQ(text_.substr(text_.size() - 8), std::string("\xFF\xFF\xFF\xFF\0\0\0\0", 8));
}

TEST_F(RowExport, TypesOfTheRouteAndBadRowsAreAsInALoad) {
  const auto input = MakeFile("day,n\n24/12/2026,1\nnever,2\n", "a.csv");
  Query query{.sql = "SELECT * FROM read_csv('{s3_input_path}')", .input = input};
  query.types = {{"day", "DATE '%d/%m/%Y'"}};
  const auto failed = Export(query, RowFormat::kCsv);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("never"));
  query.reject.emplace();
  const auto done = Export(query, RowFormat::kCsv);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->rows_rejected, 1U);
  EXPECT_EQ(text_, "day,n\n2026-12-24,1\n");
}

TEST_F(RowExport, WhoTakesNoMoreEndsIt) {
  const auto input = MakeParquet("SELECT range AS id FROM range(1000000)");
  for (const RowFormat format : {RowFormat::kArrow, RowFormat::kCsv, RowFormat::kJson}) {
    std::size_t bytes = 0;
    const auto done = engine_->Export({.sql = kReadAll, .input = input}, format, {},
                                      [&](std::string_view more) -> Status {
                                        bytes += more.size();
                                        if (bytes > 1'000)
                                          return Fail(Code::kUnavailable, "the pipe is closed");
                                        return {};
                                      },
                                      {});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::kUnavailable);
    EXPECT_EQ(done.error().message, "the pipe is closed");
    EXPECT_LT(bytes, 2'000'000U);
  }
}

TEST_F(RowExport, ErrorsOfTheQueryAreTold) {
  const auto input = MakeParquet("SELECT 1 AS id");
  const auto done =
      Export({.sql = "SELECT other FROM '{s3_input_path}'", .input = input}, RowFormat::kArrow);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("other"));
  EXPECT_EQ(text_, "");
}

}  // namespace
}  // namespace eider::engine
