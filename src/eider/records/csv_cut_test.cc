// Where CSV texts may be cut.
#include "eider/records/csv_cut.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/records/testing/text_pieces.h"

namespace eider::records {
namespace {

std::uint64_t HeadOf(const std::string& text, const CsvQuestion& question = {}) {
  const Pieces pieces = PiecesOf(text);
  const auto beginning = BeginCsv(pieces, question);
  EXPECT_TRUE(beginning) << (beginning ? "" : beginning.error().message);
  const auto head = ReadCsvHead(pieces, *beginning);
  EXPECT_TRUE(head) << (head ? "" : head.error().message);
  return head ? head->bytes : 999;
}

TEST(CsvCut, TheHeadEndsWithTheHeader) {
  EXPECT_EQ(HeadOf("id,name\n1,a\n2,b\n"), 8U);
  EXPECT_EQ(HeadOf("id,name\r\n1,a\r\n"), 9U);
  EXPECT_EQ(HeadOf("\xEF\xBB\xBFid,name\n1,a\n"), 11U);
  EXPECT_EQ(HeadOf("\n\nid,name\n1,a\n"), 10U);
  EXPECT_EQ(HeadOf("\"id\n\"\"x\"\"\",name\n1,a\n"), 16U);
  EXPECT_EQ(HeadOf("made by hand\nid,name\n1,a\n", {.skip_lines = 1}), 21U);
}

TEST(CsvCut, WithoutAHeaderThereIsNoHeadButSkippedLines) {
  EXPECT_EQ(HeadOf("1,2\n3,4\n", {.has_header = false}), 0U);
  EXPECT_EQ(HeadOf("\xEF\xBB\xBF"
                   "1,2\n3,4\n",
                   {.has_header = false}),
            3U);
  EXPECT_EQ(HeadOf("made by hand\n1,2\n", {.has_header = false, .skip_lines = 1}), 13U);
  EXPECT_EQ(HeadOf(""), 0U);
}

TEST(CsvCut, AHeaderAloneIsAllOfTheText) {
  EXPECT_EQ(HeadOf("id,name", {.has_header = true}), 7U);
  EXPECT_EQ(HeadOf("id,name\n", {.has_header = true}), 8U);
  EXPECT_EQ(HeadOf("id,name\r1,a\r2,b\r"), 8U);
}

TEST(CsvCut, WhatFollowsALineEndTellsWhetherARecordBegins) {
  const auto tell = [](const char* text, std::size_t columns) {
    return TellRecordBegin(text, CsvDialect(), columns);
  };
  EXPECT_EQ(tell("1,a\n2,b\n", 2), RecordBegin::kLikely);
  EXPECT_EQ(tell("1,\"a", 2), RecordBegin::kLikely);  // it may go on
  EXPECT_EQ(tell("\n1,a\n", 2), RecordBegin::kLikely);
  EXPECT_EQ(tell("", 2), RecordBegin::kLikely);
  EXPECT_EQ(tell("1,5\" pipe\n2,b\n", 2), RecordBegin::kLikely);
  EXPECT_EQ(tell("the second line of a text\n1,a\n", 2), RecordBegin::kNone);
  EXPECT_EQ(tell("so\", he said\n1,a\n2,b\n", 3), RecordBegin::kNone);
  EXPECT_EQ(tell("\"a\" b,c\n", 2), RecordBegin::kNone);
  // The rest of a text with a comma, and a row behind it.
  EXPECT_EQ(tell(", and more\"\n1,a\n2,\"b\"\n", 2), RecordBegin::kPerhaps);
  EXPECT_EQ(tell("1,5\"\n2,6\"\n", 2), RecordBegin::kPerhaps);
}

}  // namespace
}  // namespace eider::records
