// A listing beside a ledger, both in memory: how each file stands.
#include "eider/worker/comparison.h"

#include <algorithm>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/random.h"
#include "eider/ledger/ledger.h"
#include "eider/ledger/testing/memory_ledger.h"
#include "eider/source/command_line.h"
#include "eider/store/memory_store.h"

namespace eider::worker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

class ComparisonTest : public testing::Test {
 protected:
  // As it is listed.
  FileRef Put(const std::string& key, const std::string& content = "x") {
    const Uri uri = {"s3", "b", key};
    EXPECT_TRUE(store_.Put(uri, content, store::PutMode::kReplace));
    return source::FileOf(*store_.Stat(uri));
  }

  ledger::Claim Claim(const FileRef& file) {
    const auto claims = ledger_->TryClaim({&file, 1}, {});
    return std::get<ledger::Claim>(claims->front());
  }

  void Load(const FileRef& file) {
    const ledger::Ledger::Finished finished{Claim(file), {"r", "a.t", 1, 1}};
    ASSERT_TRUE(ledger_->Finish({&finished, 1}));
  }

  // Has `afterwards` said of a file that is loaded.
  void Say(const FileRef& file, const std::string& afterwards) {
    ledger::LoadResult result{"r", "a.t", 1, 1};
    result.errands = "x";
    const ledger::Ledger::Finished finished{Claim(file), result};
    ASSERT_TRUE(ledger_->Finish({&finished, 1}));
    const ledger::Ledger::ErrandsRun run{file, "x", "", afterwards};
    ASSERT_TRUE(ledger_->RecordErrands({&run, 1}));
  }

  std::vector<std::pair<std::string, std::string>> Standings(const std::string& prefix = "in/") {
    std::vector<std::pair<std::string, std::string>> all;
    const Status compared =
        Compare(store_, *ledger_, {.prefix = {"s3", "b", prefix}}, [&](const Compared& one) {
          all.emplace_back(one.file.uri.key, StandingName(one.standing));
          return Status();
        });
    EXPECT_TRUE(compared) << compared.error().message;
    return all;
  }

  SystemClock clock_;
  SystemRandom random_;
  store::MemoryStore store_;
  std::unique_ptr<ledger::Ledger> ledger_ = ledger::NewMemoryLedger(clock_, random_);
};

TEST_F(ComparisonTest, TellsHowEachFileStands) {
  Load(Put("in/loaded"));
  ASSERT_TRUE(ledger_->Release(Claim(Put("in/failed")), {}, {Code::kCorrupt, "bad"}));
  ASSERT_TRUE(ledger_->SetAside(Claim(Put("in/held")), ledger::State::kHeld, {}, "why"));
  ASSERT_TRUE(ledger_->SetAside(Claim(Put("in/skipped")), ledger::State::kSkipped, {}, "why"));
  const FileRef waiting = Put("in/waiting");
  ASSERT_TRUE(ledger_->Announce({&waiting, 1}));
  Claim(Put("in/work"));
  Put("in/missing");
  Load(Put("in/replaced", "old"));
  Put("in/replaced", "newer");
  Load(Put("in/gone"));
  ASSERT_TRUE(store_.Remove({"s3", "b", "in/gone"}));
  Load(Put("other"));
  EXPECT_THAT(
      Standings(),
      ElementsAre(Pair("in/failed", "failed"), Pair("in/gone", "gone"), Pair("in/held", "held"),
                  Pair("in/loaded", "loaded"), Pair("in/missing", "missing"),
                  Pair("in/replaced", "changed"), Pair("in/skipped", "skipped"),
                  Pair("in/waiting", "open"), Pair("in/work", "open")));
}

TEST_F(ComparisonTest, OfSeveralVersionsTheOneThatIsThereCounts) {
  Load(Put("in/a", "first"));
  ASSERT_TRUE(ledger_->Release(Claim(Put("in/a", "second")), {}, {Code::kCorrupt, "bad"}));
  Load(Put("in/a", "third one"));
  Load(Put("in/b", "first"));
  ASSERT_TRUE(ledger_->Release(Claim(Put("in/b", "second")), {}, {Code::kCorrupt, "bad"}));
  EXPECT_THAT(Standings(), ElementsAre(Pair("in/a", "loaded"), Pair("in/b", "failed")));
}

// S3's listing names no versions, and the events of versioned buckets do.
TEST_F(ComparisonTest, AVersionThatOnlyTheEventToldIsKnownByItsContent) {
  FileRef file = Put("in/a");
  file.version_id = "v1";
  Load(file);
  EXPECT_THAT(Standings(), ElementsAre(Pair("in/a", "loaded")));
}

TEST_F(ComparisonTest, NamesThatDifferLittleAreNotConfused) {
  for (const char* key : {"in/a b", "in/a+b", "in/a%20b", "in/A b", "in/\xc3\xa4"}) {
    if (std::string(key) != "in/a+b") Load(Put(key));
  }
  Put("in/a+b");
  const auto standings = Standings();
  EXPECT_THAT(standings, testing::Contains(Pair("in/a+b", "missing")));
  EXPECT_EQ(std::ranges::count(standings, "missing", [](const auto& one) { return one.second; }),
            1);
}

TEST_F(ComparisonTest, NothingThereAndNothingKnown) {
  EXPECT_THAT(Standings(), IsEmpty());
}

TEST_F(ComparisonTest, ReadsTheLedgerByPages) {
  for (int i = 0; i < 25'000; ++i) {
    FileRef file;
    file.uri = {"s3", "b", fmt::format("in/{:06}", i)};
    file.etag = "e";
    ASSERT_TRUE(ledger_->Announce({&file, 1}));
  }
  EXPECT_THAT(Standings(), SizeIs(25'000));  // all of them gone
}

TEST_F(ComparisonTest, SinceLooksAtChangedObjectsOnlyAndAStopEndsIt) {
  Put("in/a");
  Load(Put("in/gone"));
  ASSERT_TRUE(store_.Remove({"s3", "b", "in/gone"}));
  int visited = 0;
  const auto visit = [&](const Compared& /*one*/) {
    ++visited;
    return Status();
  };
  ComparisonOptions options{.prefix = {"s3", "b", "in/"}};
  options.since = clock_.Now() + Milliseconds(3'600'000);
  EXPECT_TRUE(Compare(store_, *ledger_, options, visit));
  EXPECT_EQ(visited, 0);
  std::stop_source stop;
  stop.request_stop();
  options.stop = stop.get_token();
  const Status stopped = Compare(store_, *ledger_, options, visit);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Code::kCancelled);
}

TEST_F(ComparisonTest, WhatTheRouteTookAwayIsNotGone) {
  const FileRef moved = Put("in/moved");
  const FileRef removed = Put("in/removed");
  const FileRef tagged = Put("in/tagged");
  Say(moved, "moved to s3://archive/in/moved");
  Say(removed, "deleted");
  Say(tagged, "tagged eider=loaded");
  for (const FileRef& file : {moved, removed, tagged}) ASSERT_TRUE(store_.Remove(file.uri));
  EXPECT_THAT(Standings(), ElementsAre(Pair("in/tagged", "gone")));
}

}  // namespace
}  // namespace eider::worker
