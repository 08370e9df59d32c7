// Files that have nothing to do with each other do not wait for each other; callers wait for the
// loader.

#include "eider/pipeline/loader.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fault_lake.h"
#include "gate_pointer.h"

namespace eider::fault {
namespace {

using pipeline::Fate;
using pipeline::Outcome;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::Field;
using ::testing::SizeIs;

// Outcomes as they come, from any thread.
class Outcomes {
 public:
  pipeline::OnOutcome Taking() {
    return [this](const Outcome& outcome) {
      const std::lock_guard lock(mutex_);
      outcomes_.push_back(outcome);
      changed_.notify_all();
    };
  }

  // Those that are there when there are so many, or after a minute.
  std::vector<Outcome> Await(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::minutes(1), [&] { return outcomes_.size() >= count; });
    return outcomes_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Outcome> outcomes_;
};

std::vector<Outcome> WithPrefix(const std::vector<Outcome>& outcomes, const std::string& prefix) {
  std::vector<Outcome> found;
  std::ranges::copy_if(outcomes, std::back_inserter(found), [&](const Outcome& outcome) {
    return outcome.file.uri.key.starts_with(prefix);
  });
  return found;
}

class LoaderTest : public testing::Test {
 protected:
  LoaderTest()
      : lake(NewFolder(), Routing::kByColumn),
        ledger(lake.OpenLedger()),
        engine(lake.OpenEngine()),
        catalog(lake.CatalogOver(std::make_unique<GatePointer>(lake.OpenPointer(), gate))),
        services{lake.router, *ledger,    *catalog,    *engine,
                 lake.store,  lake.clock, lake.random, *lake.log} {
    options.retry = {.num_retries = 1'000'000,
                     .min_wait = Milliseconds(5),
                     .max_wait = Milliseconds(60'000),
                     .total_timeout = std::chrono::hours(1)};
  }

  ~LoaderTest() override { std::filesystem::remove_all(lake.folder); }

  // A file whose rows go to one table: that of the kind.
  void Put(const std::string& kind, int number) const {
    std::filesystem::create_directories(lake.folder + "/src-a");
    std::ofstream out(lake.folder + "/src-a/" + kind + std::to_string(number) + ".csv");
    out << "id,kind\n" << number << "," << kind << "\n";
  }

  Gate gate;
  FaultLake lake;
  std::unique_ptr<ledger::Ledger> ledger;
  std::unique_ptr<engine::SqlEngine> engine;
  std::unique_ptr<catalog::Catalog> catalog;
  pipeline::Services services;
  pipeline::LoadOptions options;
  std::stop_source stop;
  Outcomes outcomes;
};

TEST_F(LoaderTest, ATableThatAlwaysConflictsDelaysNoOther) {
  for (int i = 0; i < 64; ++i) {
    Put("a", i);
    Put("b", i);
  }
  gate.Refuse(TableOfKind("a"));
  {
    pipeline::Loader loader(services, options, stop.get_token());
    loader.Submit(lake.AllFiles(), outcomes.Taking());
    const auto first = outcomes.Await(64);
    ASSERT_THAT(first, SizeIs(64));
    EXPECT_THAT(WithPrefix(first, "b"),
                AllOf(SizeIs(64), Each(Field(&Outcome::fate, Fate::kLoaded))));
    stop.request_stop();  // ends the waits of the other lane, too
  }
  const auto others = WithPrefix(outcomes.Await(128), "a");
  ASSERT_THAT(others, SizeIs(64));
  for (const Outcome& outcome : others) {
    EXPECT_EQ(outcome.fate, Fate::kFailed);
    EXPECT_EQ(outcome.error->code, Code::kConflict);
  }
  EXPECT_EQ(lake.CountRows(TableOfKind("b")), 64);
  EXPECT_EQ(lake.CountRows(TableOfKind("a")), 0);
}

TEST_F(LoaderTest, AFileThatWaitsForItsCommitIsCommittedWithinItsLagBesideOneThatHangs) {
  Put("b", 1);
  Put("c", 1);
  gate.Shut(TableOfKind("c"));
  pipeline::Loader loader(services, options, stop.get_token());
  loader.Submit(lake.AllFiles(), outcomes.Taking());
  gate.AwaitWaiting(1);
  const auto first = outcomes.Await(1);
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].file.uri.key, "b1.csv");
  EXPECT_EQ(first[0].fate, Fate::kLoaded);
  gate.OpenAll();
  EXPECT_THAT(outcomes.Await(2), Each(Field(&Outcome::fate, Fate::kLoaded)));
}

TEST_F(LoaderTest, ALoneFileIsCommittedWithoutWaiting) {
  ManualClock standing(TimePoint(Milliseconds(1'000'000)));  // no lag ever ends
  const pipeline::Services timeless{lake.router, *ledger,  *catalog,    *engine,
                                    lake.store,  standing, lake.random, *lake.log};
  Put("b", 1);
  pipeline::Loader loader(timeless, options, stop.get_token());
  loader.Submit(lake.AllFiles(), outcomes.Taking());
  ASSERT_THAT(outcomes.Await(1), SizeIs(1));
  Put("b", 2);
  loader.Submit(lake.AllFiles(), outcomes.Taking());
  ASSERT_THAT(outcomes.Await(3), SizeIs(3));
  EXPECT_EQ(lake.CountRows(TableOfKind("b")), 2);
}

TEST_F(LoaderTest, WhoeverSubmitsWaitsWhileEnoughFilesAreQueued) {
  constexpr int kFiles = 150;
  options.queued_max = 20;
  for (int i = 0; i < kFiles; ++i) Put("a", i);
  gate.Shut(TableOfKind("a"));
  pipeline::Loader loader(services, options, stop.get_token());
  std::atomic<int> submitted = 0;
  std::jthread caller([&] {
    for (const FileRef& file : lake.AllFiles()) {
      loader.Submit({&file, 1}, outcomes.Taking());
      ++submitted;
    }
  });
  gate.AwaitWaiting(options.workers);  // the workers hang
  SystemClock().SleepFor(Milliseconds(200), {});
  // Those in the queue, some that are claimed, and those that the workers have.
  EXPECT_LE(submitted, options.queued_max + 64 + options.workers);
  gate.OpenAll();
  caller.join();
  loader.Drain();
  EXPECT_THAT(outcomes.Await(kFiles),
              AllOf(SizeIs(kFiles), Each(Field(&Outcome::fate, Fate::kLoaded))));
  EXPECT_EQ(lake.CountRows(TableOfKind("a")), kFiles);
}

TEST_F(LoaderTest, WhatIsSubmittedAfterAStopIsNotBegun) {
  Put("a", 1);
  pipeline::Loader loader(services, options, stop.get_token());
  stop.request_stop();
  loader.Submit(lake.AllFiles(), outcomes.Taking());
  loader.Drain();
  EXPECT_THAT(outcomes.Await(1), Each(Field(&Outcome::fate, Fate::kNotBegun)));
}

TEST_F(LoaderTest, ItLivesOnAfterItsFilesAreDone) {
  pipeline::Loader loader(services, options, stop.get_token());
  std::size_t told = 0;
  for (int round = 0; round < 5; ++round) {
    Put("a", round);
    const auto files = lake.AllFiles();
    loader.Submit(files, outcomes.Taking());
    loader.Drain();
    told += files.size();
    EXPECT_THAT(outcomes.Await(told), SizeIs(told));
  }
  EXPECT_EQ(lake.CountRows(TableOfKind("a")), 5);
}

}  // namespace
}  // namespace eider::fault
