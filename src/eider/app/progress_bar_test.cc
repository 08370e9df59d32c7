// The bar is seen on a terminal only, and never in the way of a line.
#include "eider/app/progress_bar.h"

#include <ostream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/app/console.h"
#include "eider/base/clock.h"

namespace eider::app {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

std::string Drawn(bool is_terminal, std::size_t steps, int columns) {
  std::istringstream in;
  std::ostringstream out;
  Console console{in, out, out};
  console.err_is_terminal = is_terminal;
  console.columns = columns;
  ManualClock clock(TimePoint(Milliseconds(1'000'000)));
  ProgressBar bar(console, clock, steps, true);
  clock.Advance(Milliseconds(2'000));
  bar.Step(24'000, [&] { console.out << "a line\n"; });
  bar.Finish();
  return out.str();
}

TEST(ProgressBar, IsWipedBeforeALineAndAtTheEnd) {
  const std::string drawn = Drawn(true, 2, 80);
  EXPECT_THAT(drawn, HasSubstr("0/2 files, 0 rows\r\x1b[Ka line\n"));
  EXPECT_THAT(drawn, HasSubstr("1/2 files"));
  EXPECT_THAT(drawn, EndsWith("\r\x1b[K"));
}

TEST(ProgressBar, TellsRowsRateAndTheTimeThatRemains) {
  EXPECT_THAT(Drawn(true, 300, 120),
              HasSubstr("] 1/300 files, 24000 rows, 0.5 files/s, 598 s left\r"));
}

TEST(ProgressBar, IsNotThereForOneFileOrWithoutATerminal) {
  EXPECT_EQ(Drawn(true, 1, 80), "a line\n");
  EXPECT_EQ(Drawn(false, 2, 80), "a line\n");
}

TEST(ProgressBar, FitsANarrowTerminal) {
  for (const int columns : {1, 5, 12, 20}) EXPECT_THAT(Drawn(true, 2, columns), HasSubstr("/2"));
}

}  // namespace
}  // namespace eider::app
