// Tables for people, wide and narrow.
#include "eider/app/text_table.h"

#include <gtest/gtest.h>

namespace eider::app {
namespace {

TextTable Sample() {
  TextTable table({{"name"}, {"rows", Align::kRight}});
  table.Add({"ñandú", "7"});
  table.Add({"b", "1234567"}, "a note");
  return table;
}

TEST(TextTable, AlignsByWhatIsShown) {
  EXPECT_EQ(Sample().ToString(0),
            "name      rows\n"
            "ñandú        7\n"
            "b      1234567\n"
            "    a note\n");
  EXPECT_EQ(Sample().ToString(14), Sample().ToString(0));
}

TEST(TextTable, NarrowTerminalGetsOneLinePerValue) {
  EXPECT_EQ(Sample().ToString(13),
            "name  ñandú\n"
            "rows  7\n"
            "\n"
            "name  b\n"
            "rows  1234567\n"
            "  a note\n");
}

// Seen: `eider history` showed the lines of an error as one, with \n between them.
TEST(TextTable, LinesOfANoteAreLines) {
  TextTable table({{"name"}});
  table.Add({"a"}, "no such column\nCandidates: b");
  EXPECT_EQ(table.ToString(0), "name\na\n    no such column\n    Candidates: b\n");
  EXPECT_EQ(table.ToString(1), "name  a\n  no such column\n  Candidates: b\n");
}

TEST(TextTable, ARowHasAsManyNotesAsItNeeds) {
  TextTable table({{"name"}});
  table.Add({"a"});
  table.AddNote("one");
  table.AddNote("two");
  table.Add({"b"}, "first");
  table.AddNote("second");
  EXPECT_EQ(table.ToString(0), "name\na\n    one\n    two\nb\n    first\n    second\n");
  EXPECT_EQ(table.ToString(1), "name  a\n  one\n  two\n\nname  b\n  first\n  second\n");
}

TEST(TextTable, ControlCharactersCannotMoveTheCursor) {
  TextTable table({{"key"}});
  table.Add({"a\nb\x1b[2J\tc"}, "x\ry");
  EXPECT_EQ(table.ToString(0), "key\na\\nb\\x1b[2J\\tc\n    x\\ry\n");
}

}  // namespace
}  // namespace eider::app
