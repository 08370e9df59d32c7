// Without a ledger every file is claimed, once at a time, under the same token.
#include "eider/ledger/no_ledger.h"

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eider::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

FileRef File(const std::string& key) {
  return {{"s3", "src", key}, "", "e", 10, ""};
}

class NoLedgerTest : public ::testing::Test {
 protected:
  ClaimOutcome TryOne(const FileRef& file, const ClaimOptions& options = {}) {
    return ledger_->TryClaim({&file, 1}, options)->front();
  }

  ManualClock clock_{TimePoint(Milliseconds(1'700'000'000'000))};
  SeededRandom random_{7};
  std::unique_ptr<Ledger> ledger_ = NewNoLedger(clock_, random_);
};

TEST_F(NoLedgerTest, LoadedFileIsClaimedAgainUnderTheSameToken) {
  const auto first = std::get<Claim>(TryOne(File("a")));
  EXPECT_EQ(first.commit_token, CommitToken(File("a"), 0));
  ASSERT_TRUE(ledger_->Finish({{{first, {"src", "a.b", 7, 1}}}}));
  const auto second = std::get<Claim>(TryOne(File("a")));
  EXPECT_EQ(second.commit_token, first.commit_token);
  EXPECT_NE(second.claim_id, first.claim_id);
}

TEST_F(NoLedgerTest, FileInWorkIsHeldUntilItEnds) {
  const std::vector<FileRef> files = {File("a"), File("a"), File("b")};
  const auto outcomes = ledger_->TryClaim(files, {});
  const auto claim = std::get<Claim>(outcomes->at(0));
  EXPECT_TRUE(std::holds_alternative<HeldByAnother>(outcomes->at(1)));
  EXPECT_TRUE(std::holds_alternative<Claim>(outcomes->at(2)));
  ASSERT_TRUE(ledger_->Release(claim, {}, Error{Code::kInvalid, "bad"}));
  EXPECT_TRUE(std::holds_alternative<Claim>(TryOne(File("a"))));
}

// Tables whose snapshots expire must still take the file: see KeepsSnapshotsSince.
TEST_F(NoLedgerTest, NeverSaysThatAnEarlierClaimBrokeOff) {
  const auto lapsed = std::get<Claim>(TryOne(File("a"), {.lease = Milliseconds(1)}));
  clock_.Advance(Milliseconds(1));
  EXPECT_FALSE(std::get<Claim>(TryOne(File("a"))).interrupted_since);
  EXPECT_THAT(*ledger_->Renew({&lapsed, 1}, Milliseconds(1)), ElementsAre(lapsed.claim_id));
}

TEST_F(NoLedgerTest, RemembersNeitherBrokenClaimsNorCrashes) {
  TryOne(File("a"), {.lease = Milliseconds(1)});
  clock_.Advance(Milliseconds(1));
  const auto second = std::get<Claim>(TryOne(File("a"), {.lease = Milliseconds(1)}));
  EXPECT_EQ(second.broken_off, 0);
  clock_.Advance(Milliseconds(1));
  const auto third = std::get<Claim>(TryOne(File("a")));
  EXPECT_EQ(third.broken_off, 0);
  ASSERT_TRUE(ledger_->Release(third, {}, Error{Code::kReaderCrashed, "signal 11"}));
  EXPECT_FALSE(std::get<Claim>(TryOne(File("a"))).crash);
}

TEST_F(NoLedgerTest, EachForcedLoadHasATokenOfItsOwn) {
  const auto first = std::get<Claim>(TryOne(File("a"), {.force = true}));
  EXPECT_NE(first.commit_token, CommitToken(File("a"), 0));
  ASSERT_TRUE(ledger_->Finish({{{first, {}}}}));
  clock_.Advance(Milliseconds(1));
  EXPECT_NE(std::get<Claim>(TryOne(File("a"), {.force = true})).commit_token, first.commit_token);
}

// The tokens of the parts are in the tables.
TEST_F(NoLedgerTest, KeepsNoParts) {
  const auto first = std::get<Claim>(TryOne(File("a")));
  PartRecord part;
  part.target_table = "a.b";
  ASSERT_TRUE(ledger_->RecordParts(first, {&part, 1}));
  ASSERT_TRUE(ledger_->Release(first, {}, Error{Code::kInvalid, "bad"}));
  const auto second = std::get<Claim>(TryOne(File("a")));
  EXPECT_TRUE(second.parts.empty());
  EXPECT_EQ(second.commit_token, first.commit_token);
}

TEST_F(NoLedgerTest, SkippedFileIsClaimedAgain) {
  const auto first = std::get<Claim>(TryOne(File("a")));
  ASSERT_TRUE(ledger_->SetAside(first, State::kSkipped, {}, "no route"));
  EXPECT_TRUE(std::holds_alternative<Claim>(TryOne(File("a"))));
}

TEST_F(NoLedgerTest, CanHoldNothingAndSaysWhatWould) {
  const auto claim = std::get<Claim>(TryOne(File("a")));
  const Status held = ledger_->SetAside(claim, State::kHeld, {}, "disabled");
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().code, Code::kUnsupported);
  EXPECT_THAT(held.error().message, HasSubstr("configure ledger.type"));
  EXPECT_THAT(held.error().message, HasSubstr("s3://src/a"));
}

TEST_F(NoLedgerTest, SaysThatThereIsNoHistory) {
  const auto records = ledger_->Query({});
  ASSERT_FALSE(records);
  EXPECT_EQ(records.error().code, Code::kUnsupported);
  EXPECT_THAT(records.error().message, HasSubstr("ledger.type"));
}

}  // namespace
}  // namespace eider::ledger
