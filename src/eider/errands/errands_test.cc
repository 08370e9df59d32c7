// Errands over a ledger in memory and targets that may be away. Waits are in real time.
#include "eider/errands/errands.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/ledger/testing/memory_ledger.h"
#include "eider/store/memory_store.h"
#include "eider/store/object_deeds.h"

namespace eider::errands {
namespace {

using ledger::Claim;
using ledger::Ledger;
using ledger::LoadRecord;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// What a target was told, and how it is at the moment. Outlives the target.
struct Told {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Event> events;
  std::optional<Error> error;  // empty: it takes what it is told
  std::string refused;         // a word of events that it refuses; empty: none
  int asked = 0;
};

class PretendTarget final : public Target {
 public:
  PretendTarget(std::string name, Told& told) : name_(std::move(name)), told_(told) {}

  const std::string& name() const override { return name_; }

  const std::string& address() const override { return name_; }

  Status Tell(const Event& event, const std::stop_token& /*stop*/) override {
    const std::lock_guard lock(told_.mutex);
    ++told_.asked;
    if (told_.error) return std::unexpected(*told_.error);
    if (!told_.refused.empty() && event.body.contains(told_.refused)) {
      return Fail(Code::kInvalid, "too odd");
    }
    told_.events.push_back(event);
    told_.changed.notify_all();
    return {};
  }

 private:
  const std::string name_;
  Told& told_;
};

class ErrandsTest : public testing::Test {
 protected:
  void Start(ErrandsOptions options = {.looking = Looking::kNever}) {
    std::vector<std::unique_ptr<Target>> targets;
    targets.push_back(std::make_unique<PretendTarget>("one", one_));
    targets.push_back(std::make_unique<PretendTarget>("two", two_));
    errands_.emplace(ErrandsDeps{*ledger_, {store_, deeds_}, clock_, random_, log_},
                     std::move(targets), options);
  }

  Claim MustClaim(const std::string& key) {
    const FileRef file{{"s3", "src", key}, "", "e", 10, ""};
    const auto outcomes = ledger_->TryClaim({&file, 1}, {});
    return std::get<Claim>(outcomes->front());
  }

  // Loads files in one commit, as a loader does; without its errands being done.
  std::vector<LoadRecord> Load(const std::vector<std::string>& keys, std::int64_t snapshot_id) {
    std::vector<Ledger::Finished> finished;
    for (const std::string& key : keys) {
      const Claim claim = MustClaim(key);
      ledger::LoadResult result{"src", "a.t", snapshot_id, 9};
      result.errands = errands_->TextFor(claim.claim_id, {});
      finished.push_back({claim, std::move(result)});
    }
    EXPECT_TRUE(ledger_->Finish(finished));
    return *ledger_->FindErrands({}, 1'000);
  }

  std::vector<LoadRecord> Left() { return *ledger_->FindErrands({}, 1'000); }

  void AwaitTries() { errands_->AwaitTries(Milliseconds(20'000)); }

  static void Set(Told& told, std::optional<Error> error) {
    const std::lock_guard lock(told.mutex);
    told.error = std::move(error);
  }

  static std::vector<std::string> TypesOf(Told& told) {
    const std::lock_guard lock(told.mutex);
    std::vector<std::string> types;
    for (const Event& event : told.events) types.push_back(event.type);
    return types;
  }

  static bool AwaitEvents(Told& told, std::size_t count) {
    std::unique_lock lock(told.mutex);
    return told.changed.wait_for(lock, std::chrono::seconds(20),
                                 [&] { return told.events.size() >= count; });
  }

  SystemClock clock_;
  SeededRandom random_{7};
  std::ostringstream log_text_;
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_text_)};
  store::MemoryStore store_;
  store::PlainDeeds deeds_{store_};
  std::unique_ptr<Ledger> ledger_ = ledger::NewMemoryLedger(clock_, random_);
  Told one_;
  Told two_;
  std::optional<Errands> errands_;
};

TEST_F(ErrandsTest, TellsEveryTargetOnceAndNothingIsLeft) {
  Start();
  errands_->Add(Load({"a", "b"}, 77));
  AwaitTries();
  EXPECT_THAT(TypesOf(one_), ElementsAre("loaded"));
  EXPECT_THAT(TypesOf(two_), ElementsAre("loaded"));
  EXPECT_THAT(one_.events[0].records, SizeIs(2));
  EXPECT_THAT(Left(), IsEmpty());
  EXPECT_THAT(log_text_.str(), IsEmpty());
}

TEST_F(ErrandsTest, ATargetThatIsAwayKeepsNothingFromTheOtherAndIsToldLater) {
  Start();
  Set(one_, Error{Code::kUnavailable, "nobody listens"});
  errands_->Add(Load({"a"}, 77));
  AwaitTries();
  EXPECT_THAT(TypesOf(two_), ElementsAre("loaded"));
  ASSERT_THAT(Left(), SizeIs(1));
  EXPECT_THAT(ParseErrand(Left().front().result.errands)->notify, ElementsAre(TargetId("one")));
  errands_->Add(Load({"b"}, 78));
  AwaitTries();
  Set(one_, std::nullopt);
  EXPECT_TRUE(AwaitEvents(one_, 2));
  AwaitTries();
  EXPECT_THAT(Left(), IsEmpty());
  EXPECT_THAT(TypesOf(two_), SizeIs(2)) << "it is told nothing twice";
  const std::string log = log_text_.str();
  EXPECT_EQ(log.find("nobody listens"), log.rfind("nobody listens")) << "the log says it once";
  EXPECT_THAT(log, HasSubstr("one is there again"));
}

TEST_F(ErrandsTest, AnEventThatATargetRefusesKeepsTheOthersFromNothing) {
  Start();
  one_.refused = "s3://src/b";
  errands_->Add(Load({"a"}, 1));
  errands_->Add(Load({"b"}, 2));
  errands_->Add(Load({"c"}, 3));
  EXPECT_TRUE(AwaitEvents(one_, 2));
  AwaitTries();
  const auto left = Left();
  ASSERT_THAT(left, SizeIs(1));
  EXPECT_EQ(left.front().file.uri.key, "b");
  EXPECT_THAT(log_text_.str(), HasSubstr("too odd"));
}

TEST_F(ErrandsTest, FindsWhatOthersLeftAfterAWhile) {
  Start({.looking = Looking::kNever});
  Load({"a", "b"}, 77);  // whoever loaded them is dead
  errands_.reset();
  EXPECT_THAT(TypesOf(one_), IsEmpty());
  Start({.look_every = Milliseconds(50), .left_after = Milliseconds(300)});
  AwaitTries();
  EXPECT_THAT(TypesOf(one_), IsEmpty()) << "it may be at work on them yet";
  EXPECT_TRUE(AwaitEvents(one_, 1));
  EXPECT_TRUE(AwaitEvents(two_, 1));
  AwaitTries();
  EXPECT_THAT(Left(), IsEmpty());
  EXPECT_THAT(one_.events[0].records, SizeIs(2));
}

TEST_F(ErrandsTest, WhatAnOldTargetWasToBeToldIsNobodysAnyMore) {
  Start();
  const Claim claim = MustClaim("a");
  ledger::LoadResult result{"src", "a.t", 77, 9};
  result.errands =
      ErrandText({.claim_id = claim.claim_id, .notify = {TargetId("former")}, .object = {}});
  ASSERT_TRUE(ledger_->Finish({{{claim, result}}}));
  errands_->Add(Left());
  AwaitTries();
  EXPECT_THAT(TypesOf(one_), IsEmpty());
  EXPECT_THAT(Left(), IsEmpty());
}

TEST_F(ErrandsTest, WhatIsTooMuchToKeepIsTriedAndStaysInTheLedger) {
  Start({.looking = Looking::kNever, .kept_max = 2});
  Set(one_, Error{Code::kUnavailable, "away"});
  errands_->Add(Load({"a", "b"}, 77));
  AwaitTries();
  Load({"c"}, 78);
  errands_->Add({Left().back()});
  AwaitTries();
  EXPECT_THAT(TypesOf(two_), SizeIs(2));
  EXPECT_THAT(Left(), SizeIs(3));
}

TEST_F(ErrandsTest, ErrandsThatAreNotReadableAreToldOfOnce) {
  Start();
  const Claim claim = MustClaim("a");
  ledger::LoadResult result{"src", "a.t", 77, 9};
  result.errands = "{broken";
  ASSERT_TRUE(ledger_->Finish({{{claim, result}}}));
  errands_->Add(Left());
  AwaitTries();
  EXPECT_THAT(log_text_.str(), HasSubstr("s3://src/a"));
  EXPECT_THAT(Left(), IsEmpty());
}

}  // namespace
}  // namespace eider::errands
