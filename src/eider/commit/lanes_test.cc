// What waits in a lane, for whom, and for how long.
#include "eider/commit/lanes.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/clock.h"
#include "eider/base/testing/shared_clock.h"

namespace eider::commit {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Names = std::vector<std::string>;

constexpr TimePoint kNoon{Milliseconds(1'000'000)};
constexpr TimePoint kNever = kNoon + std::chrono::hours(1);

TableSet Table(std::string name) {
  return {{{"bronze"}, std::move(name)}};
}

// Commits that were made, and a gate that holds some of them up.
class Commits {
 public:
  void Make(Names items) {
    std::unique_lock lock(mutex_);
    started_.push_back(items);
    changed_.notify_all();
    changed_.wait(lock, [&] { return std::ranges::find(held_, items.front()) == held_.end(); });
    made_.push_back(std::move(items));
    changed_.notify_all();
  }

  void Hold(const std::string& item) {
    const std::lock_guard lock(mutex_);
    held_.push_back(item);
  }

  void LetGo() {
    const std::lock_guard lock(mutex_);
    held_.clear();
    changed_.notify_all();
  }

  // Returns when so many commits were made; of those that never are, a test hangs.
  std::vector<Names> Await(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return made_.size() >= count; });
    return made_;
  }

  void AwaitStarted(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return started_.size() >= count; });
  }

  std::vector<Names> made() {
    const std::lock_guard lock(mutex_);
    return made_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Names> started_;
  std::vector<Names> made_;
  Names held_;
};

struct LanesTest : ::testing::Test {
  Lanes<std::string>::Commit Committing() {
    return [this](Names items) { commits.Make(std::move(items)); };
  }

  std::stop_source stop;
  SharedClock clock{kNoon};
  Commits commits;
};

TEST_F(LanesTest, AFullLaneIsCommittedAtOnce) {
  Lanes<std::string> lanes(clock, {.files_max = 2}, Committing(), stop.get_token());
  lanes.Add(Table("a"), "a1", 1, kNever);
  lanes.Add(Table("b"), "b1", 1, kNever);
  lanes.Add(Table("a"), "a2", 1, kNever);
  EXPECT_THAT(commits.Await(1), ElementsAre(ElementsAre("a1", "a2")));
}

TEST_F(LanesTest, OneItemOfManyFilesFillsALane) {
  Lanes<std::string> lanes(clock, {.files_max = 100}, Committing(), stop.get_token());
  lanes.Add(Table("a"), "group", 128, kNever);
  EXPECT_THAT(commits.Await(1), ElementsAre(ElementsAre("group")));
}

TEST_F(LanesTest, ALaneIsDueWhenOneOfItsItemsIs) {
  Lanes<std::string> lanes(clock, {.files_max = 100}, Committing(), stop.get_token());
  lanes.Add(Table("a"), "patient", 1, kNever);
  lanes.Add(Table("b"), "other", 1, kNever);
  lanes.Add(Table("a"), "hurried", 1, kNoon + Milliseconds(500));
  EXPECT_THAT(commits.made(), IsEmpty());
  clock.Advance(Milliseconds(500));
  EXPECT_THAT(commits.Await(1), ElementsAre(UnorderedElementsAre("patient", "hurried")));
}

TEST_F(LanesTest, NothingWaitsForCompanyWhileNothingIsExpected) {
  Lanes<std::string> lanes(clock, {.files_max = 100}, Committing(), stop.get_token());
  lanes.Expect(false);
  lanes.Add(Table("a"), "alone", 1, kNever);
  EXPECT_THAT(commits.Await(1), ElementsAre(ElementsAre("alone")));
}

TEST_F(LanesTest, ATableIsCommittedToOnceInAnIntervalUnlessItemsAreDueOrMany) {
  Lanes<std::string> lanes(clock, {.files_max = 3, .interval = Milliseconds(1'000)}, Committing(),
                           stop.get_token());
  lanes.Expect(false);
  lanes.Add(Table("a"), "first", 1, kNever);
  EXPECT_THAT(commits.Await(1), ElementsAre(Names{"first"}));  // nobody was before it
  lanes.Add(Table("a"), "second", 1, kNever);
  lanes.Add(Table("a"), "third", 1, kNever);
  lanes.Add(Table("b"), "other", 1, kNever);
  EXPECT_THAT(commits.Await(2), ElementsAre(Names{"first"}, Names{"other"}));
  clock.Advance(Milliseconds(1'000));
  EXPECT_THAT(commits.Await(3), Contains(Names{"second", "third"}));
  lanes.Add(Table("a"), "due", 1, clock.Now());
  EXPECT_THAT(commits.Await(4), Contains(Names{"due"}));
  lanes.Add(Table("a"), "many", 3, kNever);
  EXPECT_THAT(commits.Await(5), Contains(Names{"many"}));
}

TEST_F(LanesTest, AClockThatIsPutBackKeepsNothingWaiting) {
  Lanes<std::string> lanes(clock, {.files_max = 100, .interval = Milliseconds(1'000)}, Committing(),
                           stop.get_token());
  lanes.Add(Table("a"), "first", 1, kNoon + Milliseconds(1'000));
  clock.Advance(-std::chrono::hours(24));
  EXPECT_THAT(commits.Await(1), ElementsAre(Names{"first"}));
}

TEST_F(LanesTest, AStopEndsTheWait) {
  Lanes<std::string> lanes(clock, {.files_max = 100}, Committing(), stop.get_token());
  lanes.Add(Table("a"), "alone", 1, kNever);
  stop.request_stop();
  EXPECT_THAT(commits.Await(1), ElementsAre(ElementsAre("alone")));
}

TEST_F(LanesTest, ALaneThatHangsDelaysNoOther) {
  commits.Hold("stuck");
  Lanes<std::string> lanes(clock, {.files_max = 1}, Committing(), stop.get_token());
  lanes.Add(Table("a"), "stuck", 1, kNever);
  commits.AwaitStarted(1);
  for (int i = 0; i < 64; ++i) lanes.Add(Table("b"), "b" + std::to_string(i), 1, kNever);
  EXPECT_THAT(commits.Await(64), testing::SizeIs(64));
  EXPECT_THAT(commits.made(), testing::Not(Contains(ElementsAre("stuck"))));
  commits.LetGo();
  lanes.Drain();
  EXPECT_THAT(commits.made(), Contains(ElementsAre("stuck")));
}

TEST_F(LanesTest, WhatComesDuringACommitIsInTheNextOne) {
  commits.Hold("first");
  Lanes<std::string> lanes(clock, {.files_max = 3}, Committing(), stop.get_token());
  lanes.Add(Table("a"), "first", 3, kNever);
  commits.AwaitStarted(1);
  for (const char* item : {"second", "third", "fourth", "fifth"}) {
    lanes.Add(Table("a"), item, 1, kNever);
  }
  commits.LetGo();
  lanes.Drain();
  EXPECT_THAT(commits.made(),
              ElementsAre(ElementsAre("first"), ElementsAre("second", "third", "fourth"),
                          ElementsAre("fifth")));
}

TEST_F(LanesTest, ItemsOfSeveralTablesHaveALaneOfTheirOwn) {
  Lanes<std::string> lanes(clock, {.files_max = 2}, Committing(), stop.get_token());
  const TableSet both = {{{"bronze"}, "a"}, {{"bronze"}, "b"}};
  lanes.Add(both, "both1", 1, kNever);
  lanes.Add(Table("a"), "a1", 1, kNever);
  lanes.Add(both, "both2", 1, kNever);
  EXPECT_THAT(commits.Await(1), ElementsAre(ElementsAre("both1", "both2")));
}

TEST_F(LanesTest, ManyThreadsAddAndEachItemIsCommittedOnce) {
  {
    Lanes<std::string> lanes(clock, {.files_max = 7}, Committing(), stop.get_token());
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&lanes, t] {
        for (int i = 0; i < 200; ++i) {
          lanes.Add(Table(std::to_string(i % 3)), std::to_string((t * 200) + i), 1, kNever);
        }
      });
    }
  }
  Names all;
  for (const Names& items : commits.made()) all.insert(all.end(), items.begin(), items.end());
  EXPECT_EQ(all.size(), 800);
  std::ranges::sort(all);
  EXPECT_TRUE(std::ranges::adjacent_find(all) == all.end());
}

}  // namespace
}  // namespace eider::commit
