// Signals to the process of the test itself.
#include "eider/app/stop_on_signal.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include <gtest/gtest.h>

namespace eider::app {
namespace {

void WaitForStop(const StopOnSignal& stop) {
  while (!stop.token().stop_requested()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// GNU timeout sends its signal to the process and to its group, and killed a run that was ending
// well.
TEST(StopOnSignal, ASignalThatIsSentTwiceAtOnceIsOneStop) {
  const StopOnSignal stop;
  ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
  WaitForStop(stop);
  ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_TRUE(stop.token().stop_requested());  // and the process is there to tell
}

TEST(StopOnSignalDeathTest, ALaterSignalEndsTheProcess) {
  EXPECT_EXIT(
      {
        const StopOnSignal stop;
        ::kill(::getpid(), SIGINT);
        WaitForStop(stop);
        std::this_thread::sleep_for(std::chrono::milliseconds(1'500));
        ::kill(::getpid(), SIGINT);
        std::this_thread::sleep_for(std::chrono::seconds(30));
      },
      testing::KilledBySignal(SIGINT), "");
}

}  // namespace
}  // namespace eider::app
