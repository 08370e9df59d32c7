// What is kept and what is put aside, wherever pieces of the text end.
#include "eider/records/sift.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/codec/utf8.h"
#include "eider/records/csv_file.h"
#include "eider/records/testing/text_pieces.h"

namespace eider::records {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Sifted {
  std::string text;
  std::vector<std::string> rejected;  // "line column=value: reason (record)"
  Result<Kept> kept = 0;
};

SiftTakers TakersOf(Sifted& sifted) {
  return {.keep =
              [&sifted](std::string_view text) {
                sifted.text.append(text);
                return Status();
              },
          .reject =
              [&sifted](const RejectedRecord& record) {
                sifted.rejected.push_back(std::to_string(record.line) + " " + record.column + "=" +
                                          record.value.value_or("NULL") + ": " + record.reason +
                                          " (" + record.record + ")");
                return Status();
              }};
}

ColumnRule Rule(std::string column, std::size_t index, const char* type, bool is_required = false) {
  ColumnRule rule{.column = std::move(column), .index = index, .is_required = is_required};
  if (*type != '\0') rule.type = *ParseValueType(type);
  rule.wrong_type = "no " + std::string(type);
  rule.no_value = "null";
  return rule;
}

// By pieces of that many bytes: records and their line ends lie across them.
Sifted SiftCsvText(const std::string& text, std::size_t bytes,
                   const std::vector<ColumnRule>& rules = {}) {
  Sifted sifted;
  const Pieces pieces = PiecesOf(text, bytes);
  const auto file = BeginCsv(pieces, {});
  EXPECT_TRUE(file);
  sifted.kept = SiftCsv(pieces, *file, "", rules, TakersOf(sifted));
  return sifted;
}

Sifted SiftJsonText(const std::string& text, JsonFormat format, std::size_t bytes,
                    const std::vector<ColumnRule>& rules = {}) {
  Sifted sifted;
  sifted.kept = SiftJson(PiecesOf(text, bytes), {.format = format}, rules, TakersOf(sifted));
  return sifted;
}

constexpr std::size_t kPieces[] = {1, 2, 3, 7, 1U << 20U};

TEST(SiftCsv, PutsLinesOfOtherFieldsAsideAndKeepsTheirPlaces) {
  for (const std::size_t bytes : kPieces) {
    const auto sifted = SiftCsvText("a,b\n1,2\n3,4,5\n6\n7,8\n", bytes);
    EXPECT_EQ(sifted.text, "a,b\n1,2\n\n\n7,8\n");
    EXPECT_THAT(sifted.rejected,
                ElementsAre("3 =NULL: has 3 fields, the first one has 2 (delimiter ',') (3,4,5)",
                            "4 =NULL: has 1 field, the first one has 2 (delimiter ',') (6)"));
    EXPECT_EQ(*sifted.kept, 2);
  }
}

TEST(SiftCsv, BeginsAnewBehindALineWhoseQuoteDoesNotClose) {
  for (const std::size_t bytes : kPieces) {
    const auto sifted = SiftCsvText("a,b\r\n1,\"x\r\n2,y\r\n3,\"z\"\r\n4,w", bytes);
    EXPECT_EQ(sifted.text, "a,b\r\n\r\n2,y\r\n3,\"z\"\r\n4,w");
    ASSERT_EQ(sifted.rejected.size(), 1);
    EXPECT_THAT(sifted.rejected[0], HasSubstr("2 =NULL: text stands behind a closing quote"));
    EXPECT_EQ(*sifted.kept, 3);
  }
}

TEST(SiftCsv, PutsTheLastLineAsideWhoseQuoteDoesNotClose) {
  for (const std::size_t bytes : kPieces) {
    const auto sifted = SiftCsvText("a,b\n1,2\n3,\"x", bytes);
    EXPECT_EQ(sifted.text, "a,b\n1,2\n");
    EXPECT_THAT(sifted.rejected, ElementsAre("3 =NULL: a quote (\") is not closed (3,\"x)"));
  }
}

TEST(SiftCsv, TellsTheColumnAndTheValueThatDoesNotFit) {
  for (const std::size_t bytes : kPieces) {
    const auto sifted = SiftCsvText("a,b\n1,x\nn/a,y\n3,\n", bytes,
                                    {Rule("a", 0, "BIGINT"), Rule("b", 1, "", true)});
    EXPECT_EQ(sifted.text, "a,b\n1,x\n\n\n");
    EXPECT_THAT(sifted.rejected, ElementsAre("3 a=n/a: no BIGINT (n/a,y)", "4 b=NULL: null (3,)"));
    EXPECT_EQ(*sifted.kept, 1);
  }
}

TEST(SiftCsv, KeepsAsManyLinesAsARejectedRecordHad) {
  for (const std::size_t bytes : kPieces) {
    const auto sifted = SiftCsvText("a,b\nx,\"one\ntwo\"\n2,z\n", bytes, {Rule("a", 0, "BIGINT")});
    EXPECT_EQ(sifted.text, "a,b\n\n\n2,z\n");
    EXPECT_THAT(sifted.rejected, ElementsAre("2 a=x: no BIGINT (x,\"one\ntwo\")"));
  }
}

TEST(SiftCsv, OfOneColumnLeavesNoEmptyLineBehind) {
  const auto sifted = SiftCsvText("a\n1\nx\n3\n", 2, {Rule("a", 0, "BIGINT")});
  EXPECT_EQ(sifted.text, "a\n1\n3\n");
  EXPECT_EQ(*sifted.kept, 2);
}

TEST(SiftCsv, PutsALineAsideThatIsNotUtf8) {
  const auto sifted = SiftCsvText("a,b\n1,M\xFCller\n2,x\n", 5);
  EXPECT_THAT(sifted.rejected, ElementsAre("2 =NULL: is not UTF-8 (1,M\xFCller)"));
}

TEST(SiftCsv, PutsALineAsideThatIsTooLongAndKeepsItsBeginning) {
  const std::string text = "a,b\n1," + std::string(3'000'000, 'x') + "\n2,y\n";
  for (const std::size_t bytes : {std::size_t{1000}, std::size_t{1} << 20U}) {
    const auto sifted = SiftCsvText(text, bytes);
    EXPECT_EQ(sifted.text, "a,b\n\n2,y\n");
    ASSERT_EQ(sifted.rejected.size(), 1);
    EXPECT_THAT(sifted.rejected[0], HasSubstr("2 =NULL: is longer than 2000000 bytes (1,xxx"));
    EXPECT_LT(sifted.rejected[0].size(), kRejectedTextMax + 100);
  }
}

TEST(SiftCsv, CutsALongLineBetweenTwoCharacters) {
  std::string wide;
  while (wide.size() < 3'000'000) wide += "€";
  for (const std::string shift : {"", ".", ".."}) {
    const auto sifted = SiftCsvText("a,b\n1," + shift + wide + "\n2,y\n", 1U << 20U);
    ASSERT_EQ(sifted.rejected.size(), 1);
    EXPECT_TRUE(codec::IsUtf8(sifted.rejected[0]));
  }
}

TEST(SiftCsv, SaysHowMuchOfALongRecordIsLeftOut) {
  const std::string text = "a,b\nx," + std::string(100'000, 'y') + "z\n2,y\n";
  const auto sifted = SiftCsvText(text, 1000, {Rule("a", 0, "BIGINT")});
  ASSERT_EQ(sifted.rejected.size(), 1);
  EXPECT_THAT(sifted.rejected[0], HasSubstr(" bytes more) …"));
  EXPECT_THAT(sifted.rejected[0], HasSubstr("yz)"));
}

TEST(SiftCsv, KeepsAByteOrderMark) {
  for (const std::size_t bytes : kPieces) {
    const auto sifted = SiftCsvText(
        "\xEF\xBB\xBF"
        "a,b\n1\n2,3\n",
        bytes);
    EXPECT_EQ(sifted.text,
              "\xEF\xBB\xBF"
              "a,b\n\n2,3\n");
    EXPECT_EQ(sifted.rejected.size(), 1);
  }
}

TEST(SiftCsv, RefusesMixedLineEnds) {
  const auto sifted = SiftCsvText("a,b\n1,2\r\n3,4,5\n", 1U << 20U);
  ASSERT_FALSE(sifted.kept);
  EXPECT_THAT(sifted.kept.error().message, HasSubstr("line 2 ends otherwise"));
}

TEST(SiftJson, PutsLinesAsideThatAreNoObjects) {
  for (const std::size_t bytes : kPieces) {
    const auto sifted =
        SiftJsonText("{\"a\":1}\n{\"a\":2,}\n[3]\n\n{\"a\":4}", JsonFormat::kLines, bytes);
    EXPECT_EQ(sifted.text, "{\"a\":1}\n\n\n\n{\"a\":4}");
    EXPECT_THAT(sifted.rejected,
                ElementsAre("2 =NULL: is not JSON ({\"a\":2,})", "3 =NULL: is no object ([3])"));
    EXPECT_EQ(*sifted.kept, 2);
  }
}

TEST(SiftJson, HoldsNumbersAgainstTheirOwnLetters) {
  const auto sifted =
      SiftJsonText("{\"a\":0.10}\n{\"a\":0.123}\n{\"a\":\"0.2\"}\n{\"a\":null}\n{}\n",
                   JsonFormat::kLines, 4, {Rule("a", 0, "DECIMAL(4,2)")});
  EXPECT_THAT(sifted.rejected, ElementsAre("2 a=0.123: no DECIMAL(4,2) ({\"a\":0.123})"));
  EXPECT_EQ(*sifted.kept, 4);
}

TEST(SiftJson, TellsAKeyThatIsNotThereWhereItIsRequired) {
  const auto sifted = SiftJsonText("{\"a\":1}\n{\"b\":1}\n{\"a\":null}\n", JsonFormat::kLines, 4,
                                   {Rule("a", 0, "", true)});
  EXPECT_THAT(sifted.rejected,
              ElementsAre("2 a=NULL: null ({\"b\":1})", "3 a=NULL: null ({\"a\":null})"));
}

TEST(SiftJson, OfAnArrayLeavesAnArray) {
  for (const std::size_t bytes : kPieces) {
    const auto sifted = SiftJsonText("[{\"a\":1},\n {\"a\":\"x\"},\n {\"a\":3}]",
                                     JsonFormat::kArray, bytes, {Rule("a", 0, "BIGINT")});
    EXPECT_EQ(sifted.text, "[\n{\"a\":1},\n{\"a\":3}]\n");
    EXPECT_THAT(sifted.rejected, ElementsAre("2 a=x: no BIGINT ({\"a\":\"x\"})"));
  }
}

TEST(SiftJson, OfAnArrayWithoutAGoodValueLeavesAnEmptyOne) {
  const auto sifted =
      SiftJsonText("[{\"a\":\"x\"}]", JsonFormat::kArray, 3, {Rule("a", 0, "BIGINT")});
  EXPECT_EQ(sifted.text, "[]\n");
  EXPECT_EQ(*sifted.kept, 0);
}

TEST(SiftJson, PutsALineAsideThatIsTooDeep) {
  const std::string deep = "{\"a\":" + std::string(300, '[') + std::string(300, ']') + "}";
  const auto sifted = SiftJsonText(deep + "\n{\"a\":1}\n", JsonFormat::kLines, 50);
  EXPECT_EQ(sifted.rejected.size(), 1);
  EXPECT_EQ(*sifted.kept, 1);
}

TEST(SiftJson, HandsOnTheErrorOfATaker) {
  const SiftTakers takers{.keep = [](std::string_view) { return Status(); },
                          .reject = [](const RejectedRecord&) -> Status {
                            return Fail(Code::kUnavailable, "no room");
                          }};
  const auto kept = SiftJson(PiecesOf("x\n{}\n", 2), {.format = JsonFormat::kLines}, {}, takers);
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace eider::records
