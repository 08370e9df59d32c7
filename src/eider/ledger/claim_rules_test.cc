// Every transition of a ledger row.
#include "eider/ledger/claim_rules.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eider::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

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

TEST(ClaimRules, AnErrorOfAMegabyteIsKeptInTwoKilobytes) {
  const auto first = DecideClaim(nullptr, kFile, Attempt("c1", kStart), Alive);
  const Claim claim = std::get<Claim>(first.outcome);
  const Error error{Code::kInvalid,
                    "column " + std::string(1'000'000, 'n') + " is not in the table"};
  const ClaimRow failed = *ReleaseRow(&*first.row, claim, {"src", "a.t", {}, 0}, error, kStart);
  EXPECT_LE(failed.record.error.size(), 2'048U);
  EXPECT_TRUE(failed.record.error.starts_with("column nnn")) << failed.record.error;
  EXPECT_TRUE(failed.record.error.ends_with(" is not in the table")) << failed.record.error;
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

TEST(ClaimRules, CountsClaimsThatBrokeOffUntilTheFileIsLoaded) {
  const auto first = DecideClaim(nullptr, kFile, Attempt("c1", kStart), Alive);
  EXPECT_EQ(std::get<Claim>(first.outcome).broken_off, 0);
  const auto second = DecideClaim(&*first.row, kFile, Attempt("c2", kStart), Dead);
  EXPECT_EQ(std::get<Claim>(second.outcome).broken_off, 1);
  EXPECT_EQ(second.row->record.broken_off, 1);
  const TimePoint over = kStart + Milliseconds(1'000);  // the lease of the second ended
  const auto third = DecideClaim(&*second.row, kFile, Attempt("c3", over), Alive);
  const Claim claim = std::get<Claim>(third.outcome);
  EXPECT_EQ(claim.broken_off, 2);
  const auto failed = ReleaseRow(&*third.row, claim, {}, Error{Code::kInvalid, "bad"}, over);
  const auto held = SetAsideRow(&*third.row, claim, {State::kHeld, LoadResult{}, "later", over});
  for (const auto& ended : {failed, held}) {
    EXPECT_EQ(ended->record.broken_off, 2);
    for (const bool force : {false, true}) {
      const auto again = DecideClaim(&*ended, kFile, Attempt("c4", over, force), Alive);
      EXPECT_EQ(std::get<Claim>(again.outcome).broken_off, 2) << "force " << force;
    }
  }
  const ClaimRow loaded = *FinishRow(&*third.row, {claim, {"src", "a.t", 7, 3}}, over);
  EXPECT_EQ(loaded.record.broken_off, 0);
  const auto forced = DecideClaim(&loaded, kFile, Attempt("c5", over, true), Alive);
  EXPECT_EQ(std::get<Claim>(forced.outcome).broken_off, 0);
}

// A row of kFile whose reader crashed under the claim "c1".
ClaimRow CrashedRow() {
  const auto first = DecideClaim(nullptr, kFile, Attempt("c1", kStart), Alive);
  LoadResult result{"src", "a.t", {}, 0};
  result.sql_hash = "hash";
  result.program = "eider 9";
  return *ReleaseRow(&*first.row, std::get<Claim>(first.outcome), result,
                     Error{Code::kReaderCrashed, "signal 11"}, kStart);
}

TEST(ClaimRules, NextClaimKnowsThatTheReaderCrashed) {
  const ClaimRow crashed = CrashedRow();
  EXPECT_EQ(crashed.record.error_code, "READER_CRASHED");
  EXPECT_EQ(crashed.record.result.program, "eider 9");
  const auto again = DecideClaim(&crashed, kFile, Attempt("c2", kStart), Alive);
  EXPECT_EQ(std::get<Claim>(again.outcome).crash, (ReaderCrash{"signal 11", "hash", "eider 9"}));
  EXPECT_EQ(again.row->record.error_code, "");
  EXPECT_EQ(again.row->record.result.program, "");
}

TEST(ClaimRules, ClaimByForceKnowsOfNoCrash) {
  const ClaimRow crashed = CrashedRow();
  const auto forced = DecideClaim(&crashed, kFile, Attempt("c2", kStart, true), Alive);
  EXPECT_FALSE(std::get<Claim>(forced.outcome).crash);
}

TEST(ClaimRules, OnlyACrashIsCarriedToTheNextClaim) {
  const auto first = DecideClaim(nullptr, kFile, Attempt("c1", kStart), Alive);
  const Claim claim = std::get<Claim>(first.outcome);
  const auto failed = ReleaseRow(&*first.row, claim, {}, Error{Code::kInvalid, "bad"}, kStart);
  EXPECT_EQ(failed->record.error_code, "invalid");
  EXPECT_FALSE(
      std::get<Claim>(DecideClaim(&*failed, kFile, Attempt("c2", kStart), Alive).outcome).crash);

  const ClaimRow crashed = CrashedRow();
  const auto second = DecideClaim(&crashed, kFile, Attempt("c2", kStart), Alive);
  const Claim again = std::get<Claim>(second.outcome);
  const auto held = SetAsideRow(&*second.row, again, {State::kHeld, LoadResult{}, "off", kStart});
  const auto loaded = FinishRow(&*second.row, {again, {"src", "a.t", 7, 3}}, kStart);
  EXPECT_EQ(held->record.error_code, "");
  EXPECT_EQ(loaded->record.error_code, "");
  EXPECT_FALSE(
      std::get<Claim>(DecideClaim(&*held, kFile, Attempt("c3", kStart), Alive).outcome).crash);
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

PartRecord Part(const std::string& route, bool is_loaded = false) {
  PartRecord part;
  part.route = route;
  part.values = {route};
  part.target_table = "a." + route;
  part.is_loaded = is_loaded;
  return part;
}

const std::vector<PartRecord> kParts = {Part("x", true), Part("y")};

// A row that is CLAIMED, with parts.
ClaimRow PlannedRow() {
  const auto first = DecideClaim(nullptr, kFile, Attempt("c1", kStart), Alive);
  return *PartsRow(&*first.row, std::get<Claim>(first.outcome), kParts);
}

Claim ClaimOf(const ClaimRow& row) {
  return {kFile, row.claim_id, row.record.commit_token, {}};
}

TEST(ClaimRules, PartsSurviveABrokenClaim) {
  const ClaimRow row = PlannedRow();
  const auto taken = DecideClaim(&row, kFile, Attempt("c2", kStart), Dead);
  EXPECT_EQ(std::get<Claim>(taken.outcome).parts, kParts);
  EXPECT_EQ(taken.row->record.result.parts, kParts);
}

TEST(ClaimRules, PartsSurviveFailureAndSettingAside) {
  const ClaimRow row = PlannedRow();
  LoadResult result{"src", "a.t", {}, 0};
  result.parts = {Part("z")};  // not what was recorded
  const auto failed =
      ReleaseRow(&row, ClaimOf(row), result, Error{Code::kUnavailable, "later"}, kStart);
  const auto held = SetAsideRow(&row, ClaimOf(row), {State::kHeld, result, "disabled", kStart});
  for (const auto& ended : {failed, held}) {
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->record.result.target_table, "a.t");
    EXPECT_EQ(ended->record.result.parts, kParts);
    const auto again = DecideClaim(&*ended, kFile, Attempt("c2", kStart, true), Alive);
    EXPECT_EQ(std::get<Claim>(again.outcome).parts, kParts);
    EXPECT_EQ(std::get<Claim>(again.outcome).commit_token, row.record.commit_token);
  }
}

TEST(ClaimRules, FinishKeepsTheFinalPartsAndAForcedLoadBeginsWithNone) {
  const ClaimRow row = PlannedRow();
  LoadResult result{"*", "a.x", 7, 3};
  result.parts = {Part("x", true), Part("y", true)};
  const ClaimRow loaded = *FinishRow(&row, {ClaimOf(row), result}, kStart);
  EXPECT_EQ(loaded.record.result.parts, result.parts);
  const auto forced = DecideClaim(&loaded, kFile, Attempt("c2", kStart, true), Alive);
  EXPECT_THAT(std::get<Claim>(forced.outcome).parts, IsEmpty());
  EXPECT_THAT(forced.row->record.result.parts, IsEmpty());
}

TEST(ClaimRules, LostClaimRecordsNoParts) {
  const auto first = DecideClaim(nullptr, kFile, Attempt("c1", kStart), Alive);
  const auto second = DecideClaim(&*first.row, kFile, Attempt("c2", kStart), Dead);
  const Claim lost = std::get<Claim>(first.outcome);
  EXPECT_FALSE(PartsRow(&*second.row, lost, kParts));
  EXPECT_FALSE(PartsRow(nullptr, lost, kParts));
  const Error error = ClaimLost(lost);
  EXPECT_EQ(error.code, Code::kConflict);
  EXPECT_THAT(error.message, HasSubstr("s3://src/a.parquet"));
}

TEST(ClaimRules, SetAsideTellsWhyAndLeavesALostClaimAlone) {
  const auto first = DecideClaim(nullptr, kFile, Attempt("c1", kStart), Alive);
  const Claim claim = std::get<Claim>(first.outcome);
  const LoadResult result{"src", "a.t", {}, 0};
  for (const State state : {State::kHeld, State::kSkipped}) {
    const auto row = SetAsideRow(&*first.row, claim, {state, result, "the reason", kStart});
    ASSERT_TRUE(row);
    EXPECT_EQ(row->record.state, state);
    EXPECT_EQ(row->record.error, "the reason");
    EXPECT_EQ(row->record.finished_at, kStart);
    EXPECT_EQ(row->record.result.route, "src");
    const auto again = DecideClaim(&*row, kFile, Attempt("c2", kStart), Alive);
    EXPECT_FALSE(std::get<Claim>(again.outcome).interrupted_since);
    EXPECT_EQ(again.row->record.error, "");
    EXPECT_FALSE(SetAsideRow(&*again.row, claim, {state, result, "too late", kStart}));
  }
}

// The broken claim's rows may be in, whatever became of the routes since.
TEST(ClaimRules, SetAsideKeepsTheInterruption) {
  const ClaimRow broken = *DecideClaim(nullptr, kFile, Attempt("c1", kStart), Alive).row;
  const auto taken = DecideClaim(&broken, kFile, Attempt("c2", kStart), Dead);
  const auto held = SetAsideRow(&*taken.row, std::get<Claim>(taken.outcome),
                                {State::kHeld, LoadResult{}, "disabled", kStart});
  const auto again = DecideClaim(&*held, kFile, Attempt("c3", kStart), Alive);
  EXPECT_EQ(std::get<Claim>(again.outcome).interrupted_since, kStart);
}

TEST(ClaimRules, OnlyHeldAndSkippedAreSetAside) {
  for (const State state : kStates) {
    const bool is_allowed = state == State::kHeld || state == State::kSkipped;
    EXPECT_EQ(CheckSetAside(state, {}).has_value(), is_allowed) << StateName(state);
  }
  EXPECT_THAT(CheckSetAside(State::kLoaded, {}).error().message, HasSubstr("LOADED"));
}

TEST(States, AreNamedAndFoundByName) {
  std::vector<std::string_view> names;
  for (const State state : kStates) {
    names.push_back(StateName(state));
    EXPECT_EQ(StateOf(StateName(state)), state);
  }
  EXPECT_THAT(names, ElementsAre("WAITING", "CLAIMED", "LOADED", "FAILED", "HELD", "SKIPPED"));
  EXPECT_EQ(StateOf("held"), std::nullopt);
  EXPECT_EQ(StateOf(""), std::nullopt);
  EXPECT_EQ(StateNames(), "WAITING, CLAIMED, LOADED, FAILED, HELD or SKIPPED");
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

using Values = std::vector<std::optional<std::string>>;

// printf '3:abc3:srcnull1:a2:b:' | sha256sum | cut -c1-32
TEST(PartToken, IsTheHashOfTokenRouteAndValues) {
  EXPECT_EQ(PartToken("abc", "src", Values{std::nullopt, "a", "b:"}),
            "fc4664ecc263da9f023286e0cb321de7");
  EXPECT_EQ(PartToken("abc", "src", {}), "d393a1abfe62026feed456d9c68686fc");
}

TEST(PartToken, DoesNotDependOnTheOrderOfValues) {
  EXPECT_EQ(PartToken("abc", "src", Values{"b", std::nullopt, "a"}),
            PartToken("abc", "src", Values{std::nullopt, "a", "b"}));
}

TEST(PartToken, TellsPartsApart) {
  const std::vector<std::string> tokens = {
      PartToken("abc", "src", {}),           PartToken("abc", "src", Values{std::nullopt}),
      PartToken("abc", "src", Values{""}),   PartToken("abc", "src", Values{"null"}),
      PartToken("abc", "src", Values{"ab"}), PartToken("abc", "src", Values{"a", "b"}),
      PartToken("abc", "srca", Values{"b"}), PartToken("abd", "src", Values{"ab"})};
  EXPECT_EQ(std::set<std::string>(tokens.begin(), tokens.end()).size(), tokens.size());
}

}  // namespace
}  // namespace eider::ledger
