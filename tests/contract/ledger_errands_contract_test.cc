// What every ledger promises of errands: they are there from the end of a file on, until somebody
// says that they are done, and they are never those of another end.
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/ledger/ledger.h"
#include "ledger_contract.h"

namespace eider::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LedgerErrandsContract : public LedgerContract {
 protected:
  static LoadResult With(const std::string& errands) {
    LoadResult result = kLoaded;
    result.errands = errands;
    return result;
  }

  std::vector<LoadRecord> Errands(const HistoryPlace& after = {}, int limit = 100) {
    auto records = ledger_.FindErrands(after, limit);
    EXPECT_TRUE(records) << records.error().message;
    return *std::move(records);
  }

  std::vector<std::string> KeysWithErrands(const HistoryPlace& after = {}, int limit = 100) {
    std::vector<std::string> keys;
    for (const LoadRecord& record : Errands(after, limit)) keys.push_back(record.file.uri.key);
    return keys;
  }

  void MustRecord(const Ledger::ErrandsRun& run) {
    const Status recorded = ledger_.RecordErrands({&run, 1});
    EXPECT_TRUE(recorded) << recorded.error().message;
  }
};

TEST_P(LedgerErrandsContract, EveryEndOfAFileMayHaveSome) {
  MustFinish(MustClaim(File("loaded")), With("tell of loaded"));
  ASSERT_TRUE(
      ledger_.Release(MustClaim(File("failed")), With("tell of failed"), {Code::kInvalid, "bad"}));
  ASSERT_TRUE(
      ledger_.SetAside(MustClaim(File("held")), State::kHeld, With("tell of held"), "wait"));
  MustFinish(MustClaim(File("without")), kLoaded);
  MustClaim(File("in work"));
  const auto records = Errands();
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].file.uri.key, "failed");
  EXPECT_EQ(records[0].state, State::kFailed);
  EXPECT_EQ(records[0].result.errands, "tell of failed");
  EXPECT_EQ(records[0].error, "bad");
  EXPECT_EQ(records[1].result.errands, "tell of held");
  EXPECT_EQ(records[2].state, State::kLoaded);
  EXPECT_EQ(records[2].result.errands, "tell of loaded");
  EXPECT_EQ(records[2].result.snapshot_id, 77);
  EXPECT_EQ(records[2].afterwards, "");
}

TEST_P(LedgerErrandsContract, FilesOfOneCommitKeepTheirs) {
  std::vector<Ledger::Finished> finished;
  for (int i = 0; i < 120; ++i) {
    finished.push_back({MustClaim(File(std::to_string(1'000 + i))), With("e" + std::to_string(i))});
  }
  ASSERT_TRUE(ledger_.Finish(finished));
  const auto records = Errands({}, 200);
  ASSERT_EQ(records.size(), 120U);
  EXPECT_EQ(records[119].result.errands, "e119");
}

TEST_P(LedgerErrandsContract, ComeInPagesInTheOrderOfTheirFiles) {
  for (const char* key : {"c", "a", "b", "d"}) MustFinish(MustClaim(File(key)), With("x"));
  EXPECT_THAT(KeysWithErrands({}, 2), ElementsAre("a", "b"));
  const auto last = Errands({}, 2).back().file;
  EXPECT_THAT(KeysWithErrands({last.uri.ToString(), last.Version()}, 9), ElementsAre("c", "d"));
}

TEST_P(LedgerErrandsContract, AreLessAndThenGoneWhenTheyWereRun) {
  MustFinish(MustClaim(File("a")), With("both"));
  MustRecord(
      {.file = File("a"), .before = "both", .left = "one", .afterwards = "moved to s3://b/a"});
  EXPECT_EQ(Errands().front().result.errands, "one");
  EXPECT_EQ(Errands().front().afterwards, "moved to s3://b/a");
  MustRecord({.file = File("a"), .before = "both", .left = ""});
  EXPECT_THAT(KeysWithErrands(), ElementsAre("a")) << "the answer of a run that came too late";
  MustRecord({.file = File("a"), .before = "one"});
  EXPECT_THAT(KeysWithErrands(), IsEmpty());
  const LoadRecord record = History().front();
  EXPECT_EQ(record.state, State::kLoaded);
  EXPECT_EQ(record.afterwards, "moved to s3://b/a");
  EXPECT_EQ(record.result.rows, kLoaded.rows);
}

TEST_P(LedgerErrandsContract, OfAFileThatIsNotThereAreNoMatter) {
  MustRecord({.file = File("never seen"), .before = "x"});
  EXPECT_THAT(History(), IsEmpty());
}

TEST_P(LedgerErrandsContract, EndWithTheNextClaimAndAreThoseOfTheNextEnd) {
  ASSERT_TRUE(ledger_.Release(MustClaim(File("a")), With("of the first"), {Code::kInvalid, "bad"}));
  const Claim second = MustClaim(File("a"));
  EXPECT_THAT(KeysWithErrands(), IsEmpty());
  MustFinish(second, With("of the second"));
  MustRecord({.file = File("a"), .before = "of the first"});
  EXPECT_EQ(Errands().front().result.errands, "of the second");
}

TEST_P(LedgerErrandsContract, OfAFailedFileThatIsAnnouncedAgainAreThoseOfItsNextEnd) {
  ASSERT_TRUE(ledger_.Release(MustClaim(File("a")), With("x"), {Code::kInvalid, "bad"}));
  const FileRef file = File("a");
  ASSERT_TRUE(ledger_.Announce({&file, 1}));
  EXPECT_THAT(KeysWithErrands(), IsEmpty());
}

TEST_P(LedgerErrandsContract, ALoadedFileTellsWhoeverAsksForItOfThem) {
  MustFinish(MustClaim(File("a")), With("x"));
  const ClaimOutcome outcome = TryOne(File("a"));
  ASSERT_TRUE(std::holds_alternative<AlreadyLoaded>(outcome));
  ASSERT_TRUE(std::get<AlreadyLoaded>(outcome).left);
  EXPECT_EQ(std::get<AlreadyLoaded>(outcome).left->result.errands, "x");
  MustRecord({.file = File("a"), .before = "x"});
  EXPECT_FALSE(std::get<AlreadyLoaded>(TryOne(File("a"))).left);
}

TEST_P(LedgerErrandsContract, WhatWasDoneStaysWithAFileThatIsGoneForIt) {
  ASSERT_TRUE(ledger_.Release(MustClaim(File("a")), With("x"), {Code::kInvalid, "bad"}));
  MustRecord({.file = File("a"), .before = "x", .left = "", .afterwards = "moved to s3://b/a"});
  ASSERT_TRUE(ledger_.Release(MustClaim(File("a")), {}, {Code::kNotFound, "it is gone"}));
  EXPECT_EQ(History().front().afterwards, "moved to s3://b/a");
  ASSERT_TRUE(ledger_.Release(MustClaim(File("a")), {}, {Code::kInvalid, "it is back, and bad"}));
  EXPECT_EQ(History().front().afterwards, "");
}

TEST_P(LedgerErrandsContract, AForgottenFileHasNone) {
  MustFinish(MustClaim(File("a")), With("x"));
  const FileRef file = File("a");
  ASSERT_TRUE(ledger_.Forget({&file, 1}, "again"));
  EXPECT_THAT(KeysWithErrands(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(All, LedgerErrandsContract, AllLedgers(), NameOfLedger);

}  // namespace
}  // namespace eider::ledger
