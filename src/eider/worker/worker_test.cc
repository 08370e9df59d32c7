// Deliveries through a worker over rooms in memory: what is loaded, and what each source is told.
#include "eider/worker/worker.h"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <latch>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/ledger/testing/away_ledger.h"
#include "eider/pipeline/testing/pretend_lake.h"
#include "eider/source/event_source.h"

namespace eider::worker {
namespace {

using pipeline::Fate;
using pipeline::Outcome;
using source::Delivery;
using source::Settled;
using source::Settlement;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

// Gives what it was told to, and remembers how it was settled.
class ScriptedSource final : public source::EventSource {
 public:
  explicit ScriptedSource(std::string name) : name_(std::move(name)) {}

  const std::string& name() const override { return name_; }

  void Add(std::string id, std::vector<FileRef> files, std::vector<std::string> problems = {}) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({std::move(id), std::move(files), std::move(problems)});
    changed_.notify_all();
  }

  void FailNext(Error error) {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
    changed_.notify_all();
  }

  Result<std::vector<Delivery>> Receive(std::size_t deliveries_max,
                                        const std::stop_token& stop) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop, [this] { return !waiting_.empty() || error_; });
    if (error_) return std::unexpected(*std::exchange(error_, std::nullopt));
    std::vector<Delivery> given;
    while (!waiting_.empty() && given.size() < deliveries_max) {
      given.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return given;
  }

  Status Settle(std::span<const Settled> settled) override {
    const std::lock_guard lock(mutex_);
    for (const Settled& one : settled) settled_.emplace_back(one.id, one.as);
    changed_.notify_all();
    return {};
  }

  // Returns when so many are settled; of those that never are, a test hangs.
  std::vector<std::pair<std::string, Settlement>> Await(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, std::stop_token(), [&] { return settled_.size() >= count; });
    return settled_;
  }

 private:
  const std::string name_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Delivery> waiting_;
  std::optional<Error> error_;
  std::vector<std::pair<std::string, Settlement>> settled_;
};

class WorkerTest : public testing::Test {
 protected:
  void Start() { Start(lake_.services); }

  void Start(const pipeline::Services& services) {
    WorkerOptions options;
    options.load = lake_.options;
    options.drain = drain_;
    options.on_outcome = [this](const Outcome& outcome) {
      const std::lock_guard lock(mutex_);
      fates_[outcome.file.uri.key].push_back(outcome.fate);
    };
    worker_.emplace(services, std::move(options),
                    std::vector<source::EventSource*>{&queue_, &folder_});
    thread_ = std::jthread([this](const std::stop_token& stop) { worker_->Run(stop); });
  }

  // With fifty deliveries of a file each.
  void StartWithTheLedgerAway() {
    ledger_.is_away = true;
    Start(over_ledger_);
    for (int i = 0; i < 50; ++i) queue_.Add(fmt::format("m{}", i), {Put(0, fmt::format("{}", i))});
  }

  void Stop() {
    thread_.request_stop();
    thread_.join();
  }

  std::map<std::string, std::vector<Fate>> fates() {
    const std::lock_guard lock(mutex_);
    return fates_;
  }

  // The store has a content for it: a delivery is completed by it.
  FileRef Put(int bucket, const std::string& key, std::size_t rows = 3) {
    FileRef file;
    file.uri = {"s3", fmt::format("b{}", bucket), key};
    EXPECT_TRUE(lake_.store.Put(file.uri, std::string(rows, 'x'), store::PutMode::kReplace));
    return file;
  }

  pipeline::PretendLake lake_;
  ledger::AwayLedger ledger_{*lake_.ledger};
  const pipeline::Services over_ledger_{lake_.router, ledger_,     lake_.catalog, lake_.engine,
                                        lake_.store,  lake_.clock, lake_.random,  *lake_.log};
  Milliseconds drain_{60'000};
  ScriptedSource queue_{"queue"};
  ScriptedSource folder_{"folder"};
  std::mutex mutex_;
  std::map<std::string, std::vector<Fate>> fates_;
  std::optional<Worker> worker_;
  std::jthread thread_;  // last: ends before the worker goes
};

TEST_F(WorkerTest, LoadsWhatSourcesDeliverAndTellsThem) {
  Start();
  queue_.Add("m1", {Put(0, "a"), Put(1, "b")});
  folder_.Add("f1", {Put(0, "c")});
  EXPECT_THAT(queue_.Await(1), ElementsAre(Pair("m1", Settlement::kDone)));
  EXPECT_THAT(folder_.Await(1), ElementsAre(Pair("f1", Settlement::kDone)));
  Stop();
  EXPECT_EQ(lake_.CountRows("b0"), 6);
  EXPECT_EQ(lake_.CountRows("b1"), 3);
}

TEST_F(WorkerTest, ADeliveryIsSettledByTheWorstOfItsFiles) {
  Start();
  queue_.Add("good", {Put(0, "a")});
  queue_.Add("bad", {Put(0, "bad"), Put(0, "b")});
  queue_.Add("no event", {}, {"it is no JSON"});
  queue_.Add("nothing", {});
  EXPECT_THAT(queue_.Await(4),
              UnorderedElementsAre(Pair("good", Settlement::kDone), Pair("bad", Settlement::kWrong),
                                   Pair("no event", Settlement::kWrong),
                                   Pair("nothing", Settlement::kDone)));
  Stop();
  EXPECT_EQ(lake_.CountRows("b0"), 6);
}

TEST_F(WorkerTest, ADeliveryThatComesAgainLoadsNothingAgain) {
  Start();
  const FileRef file = Put(0, "a");
  for (int i = 0; i < 3; ++i) {
    queue_.Add(fmt::format("m{}", i), {file});
    queue_.Await(static_cast<std::size_t>(i + 1));
  }
  Stop();
  EXPECT_EQ(lake_.CountRows("b0"), 3);
  EXPECT_THAT(fates()["a"], ElementsAre(Fate::kLoaded, Fate::kSkipped, Fate::kSkipped));
}

TEST_F(WorkerTest, AFileThatIsGoneIsDoneAndKnown) {
  Start();
  FileRef gone;
  gone.uri = {"s3", "b0", "gone"};
  gone.etag = "e";
  queue_.Add("m1", {gone});
  EXPECT_THAT(queue_.Await(1), ElementsAre(Pair("m1", Settlement::kDone)));
  Stop();
  EXPECT_THAT(fates()["gone"], ElementsAre(Fate::kSuperseded));
  EXPECT_EQ(lake_.ledger->Query({.state = ledger::State::kFailed})->size(), 1U);
}

TEST_F(WorkerTest, WhatIsNotBegunAtAStopIsHandedBackAndWhatIsInWorkEnds) {
  lake_.options.workers = 1;
  lake_.options.group_files = 1;
  std::latch begun(1);
  std::latch may_end(1);
  lake_.engine.OnNextRun([&] {
    begun.count_down();
    may_end.wait();
  });
  Start();
  queue_.Add("in work", {Put(0, "a")});
  begun.wait();
  for (int i = 0; i < 50; ++i) queue_.Add(fmt::format("m{}", i), {Put(0, fmt::format("b{}", i))});
  thread_.request_stop();
  const auto handed_back = queue_.Await(1);  // while the first is in work yet
  EXPECT_THAT(handed_back, testing::Each(Pair(testing::StartsWith("m"), Settlement::kHandedBack)));
  may_end.count_down();
  Stop();
  EXPECT_THAT(fates()["a"], ElementsAre(Fate::kLoaded));
  EXPECT_EQ(lake_.CountRows("b0"), 3);
}

TEST_F(WorkerTest, ASourceThatIsAwayIsAskedAgainAndKeepsNoOtherWaiting) {
  Start();
  queue_.FailNext({Code::kUnavailable, "no network"});
  folder_.Add("f1", {Put(0, "c")});
  EXPECT_THAT(folder_.Await(1), ElementsAre(Pair("f1", Settlement::kDone)));
  queue_.Add("m1", {Put(0, "a")});
  EXPECT_THAT(queue_.Await(1), ElementsAre(Pair("m1", Settlement::kDone)));
  Stop();
  for (const SourceStatus& source : worker_->status()) {
    EXPECT_EQ(source.open, 0U) << source.name;
    EXPECT_EQ(source.problem, "") << source.name;
  }
}

TEST_F(WorkerTest, WhileTheLedgerIsAwayWorkWaitsAndNoSourceHearsOfIt) {
  StartWithTheLedgerAway();
  while (worker_->problem().empty() || ledger_.asked < 3) std::this_thread::yield();
  EXPECT_THAT(worker_->problem(), testing::HasSubstr("no route to the ledger"));
  EXPECT_THAT(queue_.Await(0), IsEmpty());
  ledger_.is_away = false;
  EXPECT_THAT(queue_.Await(50), testing::Each(Pair(testing::_, Settlement::kDone)));
  EXPECT_EQ(worker_->problem(), "");
  Stop();
  EXPECT_EQ(lake_.CountRows("b0"), 150);
}

TEST_F(WorkerTest, WhatWaitsForTheLedgerAtAStopIsHandedBack) {
  StartWithTheLedgerAway();
  while (worker_->problem().empty()) std::this_thread::yield();
  Stop();
  EXPECT_THAT(queue_.Await(1), testing::Each(Pair(testing::_, Settlement::kHandedBack)));
  EXPECT_THAT(fates(), testing::Each(Pair(testing::_, ElementsAre(Fate::kNotBegun))));
}

TEST_F(WorkerTest, TakesNoMoreDeliveriesThanItMay) {
  lake_.options.queued_max = 10;
  Start();
  for (int i = 0; i < 3'000; ++i) {
    queue_.Add(fmt::format("m{}", i), {Put(i % 5, fmt::format("{}", i))});
  }
  EXPECT_EQ(queue_.Await(3'000).size(), 3'000U);
  Stop();
  std::int64_t rows = 0;
  for (int i = 0; i < pipeline::kTables; ++i) rows += lake_.CountRows(fmt::format("b{}", i));
  EXPECT_EQ(rows, 9'000);
}

}  // namespace
}  // namespace eider::worker
