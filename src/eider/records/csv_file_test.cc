// CSV texts whose whole decides: dialect, header, names, types, rows, and errors with their lines.
#include "eider/records/csv_file.h"

#include <cstddef>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/records/csv_records.h"
#include "eider/records/testing/text_pieces.h"

namespace eider::records {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Result<CsvFile> Read(std::string text, CsvQuestion question = {}) {
  question.wants_types = true;
  return ReadCsv(PiecesOf(std::move(text)), question);
}

std::string ErrorOf(std::string text, const CsvQuestion& question = {}) {
  const auto file = Read(std::move(text), question);
  return file ? "" : file.error().message;
}

std::vector<std::string> TypesOf(const CsvFile& file) {
  std::vector<std::string> types;
  for (const TextType& type : file.types) types.push_back(type.Sql());
  return types;
}

TEST(CsvFileTest, HeaderNamesAndTypesHoldForAllRows) {
  const auto file = Read("id,name,day\n1,x,2024-01-31\n-2,,\n3,\"a,\nb\",2024-02-29\n");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_TRUE(file->has_header);
  EXPECT_THAT(file->names, ElementsAre("id", "name", "day"));
  EXPECT_THAT(TypesOf(*file), ElementsAre("BIGINT", "VARCHAR", "DATE"));
  EXPECT_EQ(file->records, 3U);
}

TEST(CsvFileTest, RowsAreNeverTakenForAPreamble) {
  EXPECT_THAT(ErrorOf("a,b\n1,2\n3,4,5\n"), HasSubstr("line 3 has 3 fields, the first one has 2"));
  EXPECT_THAT(ErrorOf("a,b,c\n1,2,3\n4,5\n6,7,8\n"),
              HasSubstr("line 3 has 2 fields, the first one has 3"));
  EXPECT_THAT(ErrorOf("1,2\n3,4\n5,6,7\n"), HasSubstr("line 3 has 3 fields"));
}

// Seen: a new table of the one column `made today`.
TEST(CsvFileTest, LinesAboveThoseThatADelimiterSplitsAreNoHeader) {
  EXPECT_THAT(ErrorOf("made today\na,b\n1,2\n"),
              AllOf(HasSubstr("line 2 has 2 fields, the first one has 1 (delimiter ',')"),
                    HasSubstr("skip = 1")));
  EXPECT_THAT(ErrorOf("made today\n\nby me\na;b\n1;2\n3;4\n"), HasSubstr("skip = 3"));
}

TEST(CsvFileTest, ATablesColumnIsAHeaderWhateverItsTextsHold) {
  const auto file = Read("name\nDoe, John\nRoe, Jane\n", {.likely_names = {"Name"}});
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_THAT(file->names, ElementsAre("name"));
  EXPECT_EQ(file->records, 2U);
}

// By three threads and by one: what is found, or the first line that is wrong.
std::string ToldBy(const std::string& text, std::size_t threads, std::size_t chunk_bytes) {
  const auto file = ReadCsv(PiecesOf(text, 100),
                            {.wants_types = true, .threads = threads, .chunk_bytes = chunk_bytes});
  if (!file) return file.error().message;
  std::string found = std::to_string(file->records) + (file->has_later_lf ? " later LF" : "");
  for (const TextType& type : file->types) found += " " + type.Sql();
  return found;
}

TEST(CsvFileTest, SideBySideTheSameIsFound) {
  std::string plain = "id,t\n";
  std::string quoted = "id,t\r\n";
  for (int i = 0; i < 300; ++i) {
    plain += std::to_string(i) + ",x\n";
    quoted += std::to_string(i) + (i % 3 == 0 ? ",\"a\r\n1,b\"\r\n" : ",\"c\"\"d\"\r\n");
  }
  for (const std::string& text :
       {plain, quoted, plain + "1.5,x\n", plain + "1,x,y\n", plain + "1,\"x\n", plain + "1,x\r\n",
        plain + "\n\n1,x", std::string(40, '\n') + plain, "id\n" + plain.substr(5),
        std::string("id,t\n"), std::string()}) {
    for (const std::size_t chunk_bytes : {16, 40, 200, 3000}) {
      EXPECT_EQ(ToldBy(text, 3, chunk_bytes), ToldBy(text, 1, chunk_bytes)) << chunk_bytes;
    }
  }
  EXPECT_EQ(ToldBy(quoted, 3, 200), "300 BIGINT VARCHAR");
}

TEST(CsvFileTest, SideBySideTheSameIsFoundOfAnyLetters) {
  std::mt19937 dice(20261201);
  const std::vector<std::string> parts = {"1",    "ab",    ",",         "\n",           "\n",
                                          "\r\n", "\"",    "\"\"",      ",\"x",         "\",",
                                          "\"\n", "1,2\n", "1,\"a\"\n", "\xEF\xBB\xBF", " "};
  for (int i = 0; i < 3000; ++i) {
    std::string text = dice() % 2 == 0 ? "id,t\n" : "";
    for (auto left = dice() % 40; left > 0; --left) text += parts[dice() % parts.size()];
    const std::size_t chunk_bytes = 4 + dice() % 40;
    ASSERT_EQ(ToldBy(text, 3, chunk_bytes), ToldBy(text, 1, chunk_bytes)) << text << chunk_bytes;
  }
}

TEST(CsvFileTest, AFirstLineEndWithinQuotesIsTold) {
  EXPECT_TRUE(Read("\"a\r\n\",b\n1,2\n")->has_later_lf);
  EXPECT_FALSE(Read("a,b\n1,\"\r\n\"\n")->has_later_lf);
  EXPECT_FALSE(Read("\"a\n\",b\r\n1,2\r\n")->has_later_lf);
}

TEST(CsvFileTest, OneColumnMayHoldWhatElsewhereDelimits) {
  const auto file = Read("c0\nv0\na;b\n");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_THAT(file->names, ElementsAre("c0"));
  EXPECT_EQ(file->records, 2U);
  EXPECT_NE(file->dialect.delimiter, ';');
}

TEST(CsvFileTest, OneColumnMayHoldAllDelimiters) {
  const auto file = Read("text\na,b\nc;d\ne|f\ng\th\n");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_THAT(file->names, ElementsAre("text"));
  EXPECT_EQ(file->records, 4U);
}

TEST(CsvFileTest, CommentsAreRows) {
  EXPECT_THAT(ErrorOf("a;b\n# x\n1;2\n3;4#5;6\n"), HasSubstr("line 2 has 1 field,"));
}

TEST(CsvFileTest, ABlankBeforeAQuoteStillQuotes) {
  std::string text;
  for (int i = 1; i <= 5; ++i) text += "\"1\",\"x\",\"5\"\n";
  const auto file = Read(text + "\"6\", \"the 'best', one\",\"2\"\n");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->records, 6U);
}

TEST(CsvFileTest, FaultsNameTheirLine) {
  EXPECT_THAT(ErrorOf("a,b\n\"x\ny\",1\n3,\"4\n"), HasSubstr("line 4: a quote (\") is not closed"));
  EXPECT_THAT(ErrorOf("a,b\n1,\"2\"x\n3,4\n"), HasSubstr("line 2: text stands behind"));
  EXPECT_THAT(ErrorOf("a,b\n1,2\r\n3,4\n"), HasSubstr("line 2 ends otherwise"));
  EXPECT_THAT(ErrorOf("a,b\n1," + std::string(kRecordBytesMax + 1, 'x') + "\n"),
              HasSubstr("line 2 is longer than"));
}

TEST(CsvFileTest, DialectsAreFoundWithTheirEscapes) {
  const auto semicolons = Read("a;b\n1,5;2,5\n");
  ASSERT_TRUE(semicolons);
  EXPECT_EQ(semicolons->dialect.delimiter, ';');
  const auto backslash = Read("a,b\n\"x\\\",y\",2\n");
  ASSERT_TRUE(backslash) << backslash.error().message;
  EXPECT_EQ(backslash->dialect.escape, '\\');
  const auto doubled = Read("a,b\n\"x\"\"y\",2\n\"C:\\\",3\n");
  ASSERT_TRUE(doubled) << doubled.error().message;
  EXPECT_EQ(doubled->dialect.escape, '"');
  EXPECT_EQ(doubled->records, 2U);
}

TEST(CsvFileTest, EveryPieceSizeGivesTheSame) {
  const std::string text = "\xEF\xBB\xBFid,t\r\n1,\"a\"\"b\"\r\n\r\n2,\"c\r\nd\"\r\n3,";
  for (std::size_t bytes = 1; bytes < text.size(); ++bytes) {
    const auto file = ReadCsv(PiecesOf(text, bytes), {});
    ASSERT_TRUE(file) << bytes << ": " << file.error().message;
    EXPECT_THAT(file->names, ElementsAre("id", "t")) << bytes;
    EXPECT_EQ(file->records, 3U) << bytes;
  }
}

TEST(CsvFileTest, AHeaderIsToldByTypesOrKnownNames) {
  EXPECT_FALSE(Read("1,2\n3,4\n")->has_header);
  EXPECT_FALSE(Read("N/A,2\n3,4\n")->has_header);
  EXPECT_TRUE(Read("name,city\nbob,rome\n")->has_header);
  EXPECT_FALSE(Read("rome,bob\nrome,ann\nbonn,bob\n")->has_header);
  EXPECT_TRUE(Read("id,x\n")->has_header);
  EXPECT_TRUE(Read("1,2\n3,4\n", {.likely_names = {"1", "b"}})->has_header);
  EXPECT_FALSE(Read("name,city\nbob,rome\n", {.has_header = false})->has_header);
}

// Seen: elements.csv of bokeh-sampledata lost its names, and had a row too many.
TEST(CsvFileTest, ANameThatIsAValueOfItsColumnToo) {
  const auto file = Read("number,metal,radius\n1,nonmetal,37.0\n3,metal,182.0\n");
  ASSERT_TRUE(file.has_value()) << file.error().message;
  EXPECT_TRUE(file->has_header);
  EXPECT_EQ(file->records, 2U);
  // A first line that is no line of names only.
  EXPECT_FALSE(Read("N/A,x,1\n2,x,3\n")->has_header);
}

TEST(CsvFileTest, NamesAreUniqueWithoutRegardToCase) {
  const auto file = Read(" a , b,,a\n1,2,3,4\n");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_THAT(file->names, ElementsAre("a", "b", "column2", "a_1"));
  EXPECT_THAT(file->renamed, ElementsAre("column2 (no name)", "a_1 (a)"));
  EXPECT_THAT(ErrorOf("id,ID\n1,2\n"), HasSubstr("id and ID differ only in case"));
  EXPECT_THAT(Read("x,y\n1,2\n")->renamed, IsEmpty());
}

// Seen: the regions of gapminder, where `country` is a country, too: the header was loaded as a
// row.
TEST(CsvFileTest, AHeaderAmongTextsThatIsAValueTooIsNeverARow) {
  const std::string regions = "country,region\nchad,africa\ncountry,none\n";
  EXPECT_THAT(ErrorOf(regions),
              AllOf(HasSubstr("whether the first line is a header cannot be told"),
                    HasSubstr("its cell `country` is a value of that column as well"),
                    HasSubstr("header = true), or header = false")));
  EXPECT_TRUE(Read(regions, {.has_header = true})->has_header);
  EXPECT_FALSE(Read(regions, {.has_header = false})->has_header);
  EXPECT_TRUE(Read(regions, {.likely_names = {"Country"}})->has_header);
  EXPECT_TRUE(Read("country,region,n\nchad,africa,1\ncountry,none,2\n")->has_header);
}

TEST(CsvFileTest, WhatMayBeAHeaderOfTextsIsNeverARow) {
  // Two files, one behind the other; names that are missing, or there twice.
  for (const char* text : {"a,b\nx,y\na,b\nz,w\n", "a\nx\na\n", ",a\nx,y\n", "a,a\nx,y\n"}) {
    EXPECT_THAT(ErrorOf(text), HasSubstr("cannot be told")) << text;
  }
  // A number or a date is no name.
  EXPECT_FALSE(Read("1,x\na,x\n")->has_header);
  EXPECT_FALSE(Read("2024-01-31,x\na,x\n")->has_header);
}

// Seen: a table by year; its header was loaded as a row.
TEST(CsvFileTest, YearsAboveNumbersAreNeverARow) {
  for (const char* text :
       {"2019,2020,2021\n1,2,3\n4,5,6\n", "country,2019,2020\nDE,1,2\nFR,3,4\n",
        "2021;2020\n1,5;2,5\n", ",2019,2020\nDE,1,2\n", "country,2019,2020,total\nDE,1,2,3\n",
        "2010,2015,2020\n1,2,3\n", "country,2020,2010\nDE,1,2\n"}) {
    EXPECT_THAT(ErrorOf(text), AllOf(HasSubstr("cannot be told"), HasSubstr("years"),
                                     HasSubstr("header = true), or header = false")))
        << text;
    EXPECT_TRUE(Read(text, {.has_header = true})->has_header);
    EXPECT_FALSE(Read(text, {.has_header = false})->has_header);
  }
  EXPECT_TRUE(Read("country,2019,2020\nDE,1,2\n", {.likely_names = {"2019"}})->has_header);
  // Rows of years, and of numbers that are none.
  EXPECT_FALSE(Read("2019,2020\n2020,2021\n")->has_header);
  EXPECT_FALSE(Read("1,2,3\n4,5,6\n")->has_header);
  EXPECT_FALSE(Read("2019,1\n5,2\n")->has_header);
  EXPECT_FALSE(Read("2019,2019\n5,2\n")->has_header);
}

TEST(CsvFileTest, LinesBeforeTheHeaderAreSkippedOnRequest) {
  const auto file = Read("made by hand, \"\nid,x\n1,2\n", {.skip_lines = 1});
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_THAT(file->names, ElementsAre("id", "x"));
  EXPECT_THAT(ErrorOf("# x\nid,x\n1,2,3\n", {.skip_lines = 1}), HasSubstr("line 3 has 3 fields"));
}

TEST(CsvFileTest, TheLateRowDecidesTheType) {
  std::string text = "i,x,code,t\n";
  for (int i = 0; i < 30'000; ++i) text += "1,2,10001,2024-01-01\n";
  text += "30000,1.5,01234,2024-01-01 12:34:56\n";
  const auto file = ReadCsv(PiecesOf(text, 1U << 20U), {.wants_types = true});
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_THAT(TypesOf(*file), ElementsAre("BIGINT", "DOUBLE", "VARCHAR", "TIMESTAMP"));
}

TEST(CsvFileTest, AValueIsFoundByItsLine) {
  const std::string text = "id,x\n1,\"a\nb\"\n2,c\n";
  const auto file = ReadCsv(PiecesOf(text), {});
  ASSERT_TRUE(file);
  EXPECT_EQ(*FindCsvLine(PiecesOf(text), *file, 1, "c"), 4U);
  EXPECT_EQ(*FindCsvLine(PiecesOf(text), *file, 0, "9"), 0U);
}

TEST(CsvFileTest, ColumnsAreBounded) {
  EXPECT_THAT(ErrorOf("1," + std::string(kCsvColumnsMax, ',') + "\n"), HasSubstr("at most 50000"));
}

TEST(CsvFileTest, NoBytesAreNoColumns) {
  const auto file = Read("");
  ASSERT_TRUE(file);
  EXPECT_THAT(file->names, IsEmpty());
  EXPECT_EQ(file->records, 0U);
}

}  // namespace
}  // namespace eider::records
