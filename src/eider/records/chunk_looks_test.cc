// What chunks hold comes in their order, whichever look ends first.
#include "eider/records/chunk_looks.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eider::records {
namespace {

using testing::ElementsAre;

TEST(ChunkLooks, AreTakenInTheOrderOfTheirChunks) {
  std::vector<std::string> taken;
  ChunkLooks<std::string> looks(
      3,
      [](std::string_view chunk, bool is_first) {
        // The earlier ones take longer.
        std::this_thread::sleep_for(std::chrono::milliseconds('f' - chunk.front()));
        return std::string(chunk) + (is_first ? ", the first" : "");
      },
      [&](std::string found) {
        taken.push_back(std::move(found));
        return true;
      });
  for (const char* chunk : {"a", "b", "c", "d", "e"}) EXPECT_TRUE(looks.Begin(chunk));
  EXPECT_TRUE(looks.Finish());
  EXPECT_THAT(taken, ElementsAre("a, the first", "b", "c", "d", "e"));
}

TEST(ChunkLooks, AreNeverMoreAtATimeThanThreads) {
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  ChunkLooks<int> looks(
      2,
      [&](std::string_view /*chunk*/, bool /*is_first*/) {
        const int now = ++at_once;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        return --at_once;
      },
      [](int) { return true; });
  for (int i = 0; i < 20; ++i) looks.Begin("x");
  EXPECT_TRUE(looks.Finish());
  EXPECT_LE(most, 2);
}

TEST(ChunkLooks, EndWhereOneIsNoUse) {
  std::size_t taken = 0;
  ChunkLooks<std::string> looks(
      1, [](std::string_view chunk, bool /*is_first*/) { return std::string(chunk); },
      [&](const std::string& found) {
        ++taken;
        return found != "bad";
      });
  EXPECT_TRUE(looks.Begin("good"));
  EXPECT_TRUE(looks.Begin("bad"));
  EXPECT_FALSE(looks.Begin("behind"));
  EXPECT_EQ(taken, 2U);
}

}  // namespace
}  // namespace eider::records
