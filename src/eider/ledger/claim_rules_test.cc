// Every transition of a ledger row.
#include "eider/ledger/claim_rules.h"

#include <string>
#include <string_view>
#include <variant>

#include <gtest/gtest.h>

namespace eider::ledger {
namespace {

const TimePoint kStart{Milliseconds(1'000'000)};
const FileRef kFile{{"s3", "src", "a.parquet"}, "", "etag-1", 10, ""};

bool Alive(std::string_view /*owner*/) {
  return false;
}

bool Dead(std::string_view /*owner*/) {
  return true;
}

ClaimAttempt Attempt(std::string claim_id, TimePoint now, bool force = false) {
  return {std::move(claim_id), "owner-" + claim_id, now, Milliseconds(1'000), force};
}

TEST(ClaimRules, ClaimsAnUnknownFile) {
  const ClaimDecision decision = DecideClaim(nullptr, kFile, Attempt("c1", kStart), Alive);
  const auto* claim = std::get_if<Claim>(&decision.outcome);
  ASSERT_NE(claim, nullptr);
  EXPECT_EQ(claim->claim_id, "c1");
  EXPECT_EQ(claim->commit_token, CommitToken(kFile, 0));
  EXPECT_FALSE(claim->interrupted_since);
  ASSERT_TRUE(decision.row);
  EXPECT_EQ(decision.row->record.state, State::kClaimed);
  EXPECT_EQ(decision.row->record.attempts, 1);
  EXPECT_EQ(decision.row->record.lease_expires, kStart + Milliseconds(1'000));
}

TEST(ClaimRules, HoldsUntilTheLeaseEndsOrTheOwnerDies) {
  const ClaimRow row = *DecideClaim(nullptr, kFile, Attempt("c1", kStart), Alive).row;
  const TimePoint last = kStart + Milliseconds(999);
  const TimePoint over = kStart + Milliseconds(1'000);
  const auto held = DecideClaim(&row, kFile, Attempt("c2", last), Alive);
  ASSERT_TRUE(std::holds_alternative<HeldByAnother>(held.outcome));
  EXPECT_EQ(std::get<HeldByAnother>(held.outcome).lease_expires, over);
  EXPECT_FALSE(held.row);
  EXPECT_TRUE(
      std::holds_alternative<Claim>(DecideClaim(&row, kFile, Attempt("c2", last), Dead).outcome));
  EXPECT_TRUE(
      std::holds_alternative<Claim>(DecideClaim(&row, kFile, Attempt("c2", over), Alive).outcome));
}

TEST(ClaimRules, ForceDoesNotTakeALiveClaim) {
  const ClaimRow row = *DecideClaim(nullptr, kFile, Attempt("c1", kStart), Alive).row;
  EXPECT_TRUE(std::holds_alternative<HeldByAnother>(
      DecideClaim(&row, kFile, Attempt("c2", kStart, true), Alive).outcome));
}

TEST(ClaimRules, SecondTakeoverStillKnowsTheFirstBrokenClaim) {
  const ClaimRow first = *DecideClaim(nullptr, kFile, Attempt("c1", kStart), Alive).row;
  const TimePoint later = kStart + Milliseconds(5'000);
  const ClaimRow second = *DecideClaim(&first, kFile, Attempt("c2", later), Alive).row;
  const TimePoint latest = kStart + Milliseconds(10'000);
  const auto third =
      std::get<Claim>(DecideClaim(&second, kFile, Attempt("c3", latest), Alive).outcome);
  EXPECT_EQ(third.interrupted_since, kStart);
  EXPECT_EQ(third.commit_token, CommitToken(kFile, 0));
}

TEST(ClaimRules, FailureOfAFirstClaimIsSure) {
  const auto first = DecideClaim(nullptr, kFile, Attempt("c1", kStart), Alive);
  const Claim claim = std::get<Claim>(first.outcome);
  const ClaimRow failed =
      *ReleaseRow(&*first.row, claim, {"src", "a.t", {}, 0}, Error{Code::kInvalid, "bad"}, kStart);
  EXPECT_EQ(failed.record.state, State::kFailed);
  EXPECT_EQ(failed.record.error, "bad");
  const auto again = DecideClaim(&failed, kFile, Attempt("c2", kStart), Alive);
  EXPECT_FALSE(std::get<Claim>(again.outcome).interrupted_since);
  EXPECT_EQ(again.row->record.attempts, 2);
  EXPECT_EQ(again.row->record.error, "");
}

// A takeover that fails before it could look for the token must not hide the broken claim.
TEST(ClaimRules, FailureOfATakeoverKeepsTheInterruption) {
  const ClaimRow broken = *DecideClaim(nullptr, kFile, Attempt("c1", kStart), Alive).row;
  const auto taken = DecideClaim(&broken, kFile, Attempt("c2", kStart), Dead);
  const ClaimRow failed = *ReleaseRow(&*taken.row, std::get<Claim>(taken.outcome), {},
                                      Error{Code::kInvalid, ""}, kStart);
  const auto again = DecideClaim(&failed, kFile, Attempt("c3", kStart), Alive);
  EXPECT_EQ(std::get<Claim>(again.outcome).interrupted_since, kStart);
}

// A commit whose outcome nobody knows may have put the rows in: the next claim must look first.
TEST(ClaimRules, FailureWithAnUnknownOutcomeCountsAsAnInterruption) {
  const auto first = DecideClaim(nullptr, kFile, Attempt("c1", kStart), Alive);
  const Error unknown{Code::kOutcomeUnknown, "time-out"};
  const ClaimRow failed =
      *ReleaseRow(&*first.row, std::get<Claim>(first.outcome), {}, unknown, kStart);
  EXPECT_EQ(failed.record.state, State::kFailed);
  const auto again = DecideClaim(&failed, kFile, Attempt("c2", kStart), Alive);
  EXPECT_EQ(std::get<Claim>(again.outcome).interrupted_since, kStart);
}

TEST(ClaimRules, LoadedOnceUnlessForced) {
  const auto first = DecideClaim(nullptr, kFile, Attempt("c1", kStart), Alive);
  const Claim claim = std::get<Claim>(first.outcome);
  const ClaimRow loaded = *FinishRow(&*first.row, {claim, {"src", "a.t", 7, 3}}, kStart);
  const auto again = DecideClaim(&loaded, kFile, Attempt("c2", kStart), Dead);
  ASSERT_TRUE(std::holds_alternative<AlreadyLoaded>(again.outcome));
  EXPECT_EQ(std::get<AlreadyLoaded>(again.outcome).target_table, "a.t");
  EXPECT_EQ(std::get<AlreadyLoaded>(again.outcome).snapshot_id, 7);

  const auto forced = DecideClaim(&loaded, kFile, Attempt("c3", kStart, true), Alive);
  const Claim forced_claim = std::get<Claim>(forced.outcome);
  EXPECT_EQ(forced_claim.commit_token, CommitToken(kFile, 1));
  EXPECT_NE(forced_claim.commit_token, claim.commit_token);
  EXPECT_FALSE(forced_claim.interrupted_since);

  const ClaimRow failed =
      *ReleaseRow(&*forced.row, forced_claim, {}, Error{Code::kInvalid, "bad"}, kStart);
  const auto retried = DecideClaim(&failed, kFile, Attempt("c4", kStart, true), Alive);
  EXPECT_EQ(std::get<Claim>(retried.outcome).commit_token, CommitToken(kFile, 1));
}

TEST(ClaimRules, LostClaimIsFinishedButNotReleased) {
  const auto first = DecideClaim(nullptr, kFile, Attempt("c1", kStart), Alive);
  const auto second = DecideClaim(&*first.row, kFile, Attempt("c2", kStart), Dead);
  const Claim lost = std::get<Claim>(first.outcome);
  const Claim holder = std::get<Claim>(second.outcome);
  EXPECT_FALSE(ReleaseRow(&*second.row, lost, {}, Error{Code::kInvalid, "bad"}, kStart));
  const ClaimRow loaded = *FinishRow(&*second.row, {lost, {"src", "a.t", 7, 3}}, kStart);
  EXPECT_EQ(loaded.record.state, State::kLoaded);
  EXPECT_FALSE(HoldsRow(holder, &loaded));
  EXPECT_FALSE(ReleaseRow(&loaded, holder, {}, Error{Code::kInvalid, "bad"}, kStart));
}

TEST(ClaimRules, FinishUnderAnOlderTokenLeavesTheForcedLoadAlone) {
  const auto first = DecideClaim(nullptr, kFile, Attempt("c1", kStart), Alive);
  const Claim claim = std::get<Claim>(first.outcome);
  const ClaimRow loaded = *FinishRow(&*first.row, {claim, {}}, kStart);
  const auto forced = DecideClaim(&loaded, kFile, Attempt("c2", kStart, true), Alive);
  EXPECT_FALSE(FinishRow(&*forced.row, {claim, {}}, kStart));
}

TEST(ClaimRules, FinishOfAForgottenFileIsRecorded) {
  const auto first = DecideClaim(nullptr, kFile, Attempt("c1", kStart), Alive);
  const Claim claim = std::get<Claim>(first.outcome);
  const ClaimRow loaded = *FinishRow(nullptr, {claim, {"src", "a.t", 7, 3}}, kStart);
  EXPECT_EQ(loaded.record.state, State::kLoaded);
  EXPECT_EQ(loaded.record.file.etag, "etag-1");
  EXPECT_TRUE(std::holds_alternative<AlreadyLoaded>(
      DecideClaim(&loaded, kFile, Attempt("c2", kStart), Alive).outcome));
}

TEST(ClaimRules, LeaseMustBePositive) {
  EXPECT_TRUE(CheckLease(Milliseconds(1)));
  EXPECT_EQ(CheckLease(Milliseconds(0)).error().code, Code::kInvalid);
}

// printf '11:s3://b/a.pq9:etag:x:100' | sha256sum | cut -c1-32
TEST(CommitToken, IsTheHashOfIdentityAndForcedLoads) {
  const FileRef file{{"s3", "b", "a.pq"}, "", "x", 10, ""};
  EXPECT_EQ(CommitToken(file, 0), "157de9da66372699c9997f5583a15bfc");
  EXPECT_EQ(CommitToken(file, 1), "c6d723cb9e2edd4703a538d63dcbe8d8");
}

TEST(CommitToken, TellsVersionsApart) {
  const FileRef other_tag{kFile.uri, "", "etag-2", 10, ""};
  const FileRef version{kFile.uri, "v1", "etag-1", 10, ""};
  EXPECT_NE(CommitToken(other_tag, 0), CommitToken(kFile, 0));
  EXPECT_NE(CommitToken(version, 0), CommitToken(kFile, 0));
  FileRef resent = kFile;
  resent.sequencer = "0055AED6DCD90281E5";
  EXPECT_EQ(CommitToken(resent, 0), CommitToken(kFile, 0));
}

}  // namespace
}  // namespace eider::ledger
