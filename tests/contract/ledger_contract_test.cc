// What every ledger promises, over each implementation.
#include "ledger_contract.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eider::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(LedgerContract, AnswersInOrderAndClaimsEachFile) {
  const std::vector<FileRef> files = {File("b"), File("a")};
  const auto outcomes = ledger_.TryClaim(files, {});
  ASSERT_EQ(outcomes->size(), 2U);
  EXPECT_EQ(std::get<Claim>(outcomes->at(0)).file.uri.key, "b");
  EXPECT_EQ(std::get<Claim>(outcomes->at(1)).file.uri.key, "a");
  EXPECT_NE(std::get<Claim>(outcomes->at(0)).claim_id, std::get<Claim>(outcomes->at(1)).claim_id);
  EXPECT_NE(std::get<Claim>(outcomes->at(0)).commit_token,
            std::get<Claim>(outcomes->at(1)).commit_token);
}

TEST_P(LedgerContract, NoFilesNoOutcomes) {
  EXPECT_THAT(*ledger_.TryClaim({}, {}), IsEmpty());
  EXPECT_TRUE(ledger_.Finish({}));
}

TEST_P(LedgerContract, SameFileTwiceInOneCallIsClaimedOnce) {
  const std::vector<FileRef> files = {File("a"), File("a"), File("a", "other content")};
  const auto outcomes = ledger_.TryClaim(files, {});
  EXPECT_TRUE(std::holds_alternative<Claim>(outcomes->at(0)));
  EXPECT_TRUE(std::holds_alternative<HeldByAnother>(outcomes->at(1)));
  EXPECT_TRUE(std::holds_alternative<Claim>(outcomes->at(2)));
}

TEST_P(LedgerContract, SameLoadedFileTwiceInOneForcedCallIsClaimedOnce) {
  MustFinish(MustClaim(File("a")), kLoaded);
  const std::vector<FileRef> files = {File("a"), File("a")};
  const auto outcomes = ledger_.TryClaim(files, {.force = true});
  EXPECT_TRUE(std::holds_alternative<Claim>(outcomes->at(0)));
  EXPECT_TRUE(std::holds_alternative<HeldByAnother>(outcomes->at(1)));
}

TEST_P(LedgerContract, RefusesALeaseThatIsOverAtOnce) {
  const FileRef file = File("a");
  const auto outcomes = ledger_.TryClaim({&file, 1}, {.lease = Milliseconds(0)});
  ASSERT_FALSE(outcomes);
  EXPECT_EQ(outcomes.error().code, Code::kInvalid);
}

TEST_P(LedgerContract, ClaimIsHeldUntilTheLeaseEnds) {
  const Claim first = MustClaim(File("a"), {.lease = Milliseconds(1'000)});
  const auto held = TryOne(File("a"));
  ASSERT_TRUE(std::holds_alternative<HeldByAnother>(held));
  EXPECT_EQ(std::get<HeldByAnother>(held).lease_expires, kStart + Milliseconds(1'000));
  EXPECT_FALSE(std::get<HeldByAnother>(held).owner.empty());
  fixture_->clock.Advance(Milliseconds(1'000));
  const Claim second = MustClaim(File("a"));
  EXPECT_EQ(second.interrupted_since, kStart);
  EXPECT_EQ(second.commit_token, first.commit_token);
  EXPECT_NE(second.claim_id, first.claim_id);
}

TEST_P(LedgerContract, RenewedClaimIsHeldLonger) {
  const Claim claim = MustClaim(File("a"), {.lease = Milliseconds(1'000)});
  fixture_->clock.Advance(Milliseconds(900));
  EXPECT_THAT(*ledger_.Renew({&claim, 1}, Milliseconds(1'000)), IsEmpty());
  fixture_->clock.Advance(Milliseconds(900));
  EXPECT_TRUE(std::holds_alternative<HeldByAnother>(TryOne(File("a"))));
}

TEST_P(LedgerContract, RenewNamesTheClaimsThatAreLost) {
  const Claim lost = MustClaim(File("a"), {.lease = Milliseconds(1'000)});
  const Claim kept = MustClaim(File("b"), {.lease = Milliseconds(9'000)});
  fixture_->clock.Advance(Milliseconds(1'000));
  const Claim taker = MustClaim(File("a"));
  const std::vector<Claim> claims = {lost, kept, taker};
  EXPECT_THAT(*ledger_.Renew(claims, Milliseconds(1'000)), ElementsAre(lost.claim_id));
}

TEST_P(LedgerContract, LoadedFileIsNotClaimedAgain) {
  MustFinish(MustClaim(File("a")), kLoaded);
  fixture_->clock.Advance(Milliseconds(1'000'000));
  const auto outcome = TryOne(File("a"));
  ASSERT_TRUE(std::holds_alternative<AlreadyLoaded>(outcome));
  EXPECT_EQ(std::get<AlreadyLoaded>(outcome).target_table, "bronze.orders");
  EXPECT_EQ(std::get<AlreadyLoaded>(outcome).snapshot_id, 77);
  MustClaim(File("a", "new content"));
}

TEST_P(LedgerContract, ForcedLoadHasATokenOfItsOwn) {
  const Claim first = MustClaim(File("a"));
  MustFinish(first, kLoaded);
  const Claim forced = MustClaim(File("a"), {.force = true});
  EXPECT_EQ(forced.commit_token, CommitToken(File("a"), 1));
  EXPECT_FALSE(forced.interrupted_since);
  ASSERT_TRUE(ledger_.Release(forced, kLoaded, Error{Code::kInvalid, "broken"}));
  EXPECT_EQ(MustClaim(File("a")).commit_token, forced.commit_token);
}

TEST_P(LedgerContract, FailedFileIsClaimedAgainAsIfNew) {
  const Claim first = MustClaim(File("a"));
  ASSERT_TRUE(ledger_.Release(first, {"src", "bronze.orders", {}, 0},
                              Error{Code::kInvalid, "column x is missing"}));
  const auto failed = History().front();
  EXPECT_EQ(failed.state, State::kFailed);
  EXPECT_EQ(failed.error, "column x is missing");
  EXPECT_EQ(failed.result.target_table, "bronze.orders");
  EXPECT_EQ(failed.result.snapshot_id, std::nullopt);
  EXPECT_EQ(failed.finished_at, kStart);
  const Claim second = MustClaim(File("a"));
  EXPECT_FALSE(second.interrupted_since);
  EXPECT_EQ(second.commit_token, first.commit_token);
  EXPECT_EQ(History().front().attempts, 2);
  EXPECT_EQ(History().front().error, "");
}

TEST_P(LedgerContract, CountsTheClaimsThatBrokeOffUntilTheFileIsLoaded) {
  EXPECT_EQ(MustClaim(File("a"), {.lease = Milliseconds(1)}).broken_off, 0);
  fixture_->clock.Advance(Milliseconds(1));
  EXPECT_EQ(MustClaim(File("a"), {.lease = Milliseconds(1)}).broken_off, 1);
  fixture_->clock.Advance(Milliseconds(1));
  const Claim third = MustClaim(File("a"));
  EXPECT_EQ(third.broken_off, 2);
  ASSERT_TRUE(ledger_.Release(third, {}, Error{Code::kInvalid, "bad"}));
  EXPECT_EQ(History().front().broken_off, 2);
  EXPECT_EQ(History().front().error_code, "invalid");
  const Claim fourth = MustClaim(File("a"));
  EXPECT_EQ(fourth.broken_off, 2);
  MustFinish(fourth, kLoaded);
  EXPECT_EQ(History().front().broken_off, 0);
  EXPECT_EQ(History().front().error_code, "");
  EXPECT_EQ(MustClaim(File("a"), {.force = true}).broken_off, 0);
}

TEST_P(LedgerContract, RemembersThatTheReaderCrashed) {
  LoadResult result{"src", "bronze.orders", {}, 0};
  result.sql_hash = "hash";
  result.program = "eider 9, DuckDB 9";
  const Error crash{Code::kReaderCrashed, "signal 11"};
  ASSERT_TRUE(ledger_.Release(MustClaim(File("a")), result, crash));
  EXPECT_EQ(History().front().error_code, "READER_CRASHED");
  EXPECT_EQ(History().front().result.program, "eider 9, DuckDB 9");
  const Claim again = MustClaim(File("a"));
  EXPECT_EQ(again.crash, (ReaderCrash{"signal 11", "hash", "eider 9, DuckDB 9"}));
  ASSERT_TRUE(ledger_.Release(again, result, crash));
  EXPECT_FALSE(MustClaim(File("a"), {.force = true}).crash);
  EXPECT_FALSE(MustClaim(File("a", "new content")).crash);
}

TEST_P(LedgerContract, LostClaimCannotReleaseButItsFinishCounts) {
  const Claim lost = MustClaim(File("a"), {.lease = Milliseconds(1)});
  fixture_->clock.Advance(Milliseconds(1));
  const Claim holder = MustClaim(File("a"));
  ASSERT_TRUE(ledger_.Release(lost, {}, Error{Code::kInvalid, "too late"}));
  EXPECT_EQ(History().front().state, State::kClaimed);
  MustFinish(lost, kLoaded);
  EXPECT_TRUE(std::holds_alternative<AlreadyLoaded>(TryOne(File("a"))));
  ASSERT_TRUE(ledger_.Release(holder, {}, Error{Code::kInvalid, "found nothing"}));
  EXPECT_EQ(History().front().state, State::kLoaded);
}

TEST_P(LedgerContract, FinishRecordsAllFilesOfACommit) {
  const std::vector<Ledger::Finished> finished = {{MustClaim(File("a")), kLoaded},
                                                  {MustClaim(File("b")), {"src", "", {}, 0}}};
  ASSERT_TRUE(ledger_.Finish(finished));
  const auto records = History({.state = State::kLoaded});
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].result.snapshot_id, 77);
  EXPECT_EQ(records[0].result.rows, 9);
  EXPECT_EQ(records[1].result.snapshot_id, std::nullopt);
}

TEST_P(LedgerContract, HistoryIsNewestFirstFilteredAndLimited) {
  for (const char* key : {"in/1", "in/2", "in_3", "out/4"}) {
    fixture_->clock.Advance(Milliseconds(10));
    MustClaim(File(key));
  }
  MustFinish(std::get<Claim>(TryOne(File("in/5"))), {"src", "silver.t", 5, 1});
  EXPECT_THAT(Keys({.limit = 2}), ElementsAre("in/5", "out/4"));
  EXPECT_THAT(Keys({}), ElementsAre("in/5", "out/4", "in_3", "in/2", "in/1"));
  EXPECT_THAT(Keys({.uri_prefix = "s3://src/in/"}), ElementsAre("in/5", "in/2", "in/1"));
  EXPECT_THAT(Keys({.uri_prefix = "s3://src/in_"}), ElementsAre("in_3"));
  EXPECT_THAT(Keys({.uri_prefix = "S3://src/in/"}), IsEmpty());
  EXPECT_THAT(Keys({.state = State::kLoaded}), ElementsAre("in/5"));
  EXPECT_THAT(Keys({.target_table = "silver.t"}), ElementsAre("in/5"));
  EXPECT_THAT(Keys({.state = State::kFailed, .target_table = "silver.t"}), IsEmpty());
  MustFinish(std::get<Claim>(TryOne(File("in/6"))), {"src", "silver.t", {}, 0});
  EXPECT_THAT(Keys({.target_table = "silver.t", .only_with_rows = true}), ElementsAre("in/5"));
  EXPECT_THAT(Keys({.limit = 0}), IsEmpty());
  EXPECT_THAT(Keys({.limit = -1}), IsEmpty());
}

TEST_P(LedgerContract, HistoryIsFilteredByRouteErrorAndTimeAndReadByPages) {
  const TimePoint start = fixture_->clock.Now();
  for (const char* key : {"a", "b", "c", "d"}) {
    fixture_->clock.Advance(Milliseconds(1'000));
    const Claim claim = MustClaim(File(key));
    LoadResult result;
    result.route = key == std::string("d") ? "other" : "orders";
    result.target_table = "silver.t";
    const Code code = key == std::string("b") ? Code::kUnavailable : Code::kCorrupt;
    ASSERT_TRUE(ledger_.Release(claim, result, {code, fmt::format("Line {} of it", key)}));
  }
  EXPECT_THAT(Keys({.route = "orders"}), ElementsAre("c", "b", "a"));
  EXPECT_THAT(Keys({.route = "order"}), IsEmpty());
  EXPECT_THAT(Keys({.error_code = "corrupt"}), ElementsAre("d", "c", "a"));
  EXPECT_THAT(Keys({.error_text = "line C"}), ElementsAre("c"));
  EXPECT_THAT(Keys({.error_text = "%"}), IsEmpty());
  EXPECT_THAT(Keys({.since = start + Milliseconds(2'000), .until = start + Milliseconds(4'000)}),
              ElementsAre("c", "b"));
  EXPECT_THAT(Keys({.limit = 2, .skip = 1}), ElementsAre("c", "b"));
  EXPECT_THAT(Keys({.limit = 2, .skip = 4}), IsEmpty());
  PartRecord part;
  part.route = "lines";
  part.target_table = "silver.lines";
  ASSERT_TRUE(ledger_.RecordParts(MustClaim(File("e")), {{part}}));
  EXPECT_THAT(Keys({.route = "lines"}), ElementsAre("e"));
}

TEST_P(LedgerContract, ListsFilesInTheOrderOfTheirUrisByPages) {
  FileRef newer = File("in/b");
  newer.etag = "newer";
  const std::vector<FileRef> files = {File("in/c"), File("in/b"), newer,
                                      File("in/a"), File("in0"),  File("i")};
  ASSERT_TRUE(ledger_.Announce(files));
  const std::string prefix = "s3://src/in/";
  std::vector<std::string> keys;
  HistoryPlace after;
  while (true) {
    const auto page = ledger_.ListByUri(prefix, after, 2);
    ASSERT_TRUE(page) << page.error().message;
    if (page->empty()) break;
    ASSERT_LE(page->size(), 2U);
    for (const LoadRecord& record : *page) keys.push_back(record.file.uri.key);
    after = {page->back().file.uri.ToString(), page->back().file.Version()};
  }
  EXPECT_THAT(keys, ElementsAre("in/a", "in/b", "in/b", "in/c"));
  EXPECT_EQ(ledger_.ListByUri("", {}, 100)->size(), 6U);
}

TEST_P(LedgerContract, CountsFilesByStateRouteAndTable) {
  const TimePoint start = fixture_->clock.Now();
  MustFinish(MustClaim(File("a")), {"orders", "silver.t", 5, 10});
  fixture_->clock.Advance(Milliseconds(1'000));
  MustFinish(MustClaim(File("b")), {"orders", "silver.t", 6, 20});
  ASSERT_TRUE(ledger_.Release(MustClaim(File("c")), {}, {Code::kCorrupt, "bad"}));
  const TimePoint end = fixture_->clock.Now();
  const std::uint64_t size = File("a").size_bytes;
  const HistoryCount failed = {State::kFailed, "", "", 1, 0, size, end, end};
  const HistoryCount loaded = {State::kLoaded, "orders", "silver.t", 2, 30, 2 * size, start, end};
  EXPECT_THAT(*ledger_.Count({}), ElementsAre(failed, loaded));
  EXPECT_THAT(*ledger_.Count({.state = State::kFailed, .limit = 0}), ElementsAre(failed));
  EXPECT_THAT(*ledger_.Count({.uri_prefix = "s3://none/"}), IsEmpty());
}

TEST_P(LedgerContract, AForgottenFileIsLoadedAgainUnderANewToken) {
  const FileRef file = File("a");
  const Claim first = MustClaim(file);
  MustFinish(first, {"src", "silver.t", 5, 1});
  ASSERT_TRUE(ledger_.Forget({&file, 1}, "its rows were deleted"));
  const LoadRecord record = History().front();
  EXPECT_EQ(record.state, State::kSkipped);
  EXPECT_EQ(record.error, "its rows were deleted");
  const Claim again = MustClaim(file);
  EXPECT_NE(again.commit_token, first.commit_token);
  const Status refused = ledger_.Forget({&file, 1}, "why not");
  ASSERT_FALSE(refused);  // it is in work
  EXPECT_EQ(refused.error().code, Code::kConflict);
  const FileRef unknown = File("never seen");
  EXPECT_TRUE(ledger_.Forget({&unknown, 1}, "why not"));
}

TEST_P(LedgerContract, AnnouncedFilesWaitInTheirOrderUntilTheyAreClaimed) {
  const FileRef late = File("late");
  const FileRef early = File("early");
  ASSERT_TRUE(ledger_.Announce({&early, 1}));
  fixture_->clock.Advance(Milliseconds(10));
  ASSERT_TRUE(ledger_.Announce({&late, 1}));
  EXPECT_THAT(Waiting(), ElementsAre("early", "late"));
  EXPECT_THAT(Waiting(1), ElementsAre("early"));
  EXPECT_THAT(Keys({.state = State::kWaiting}), ElementsAre("late", "early"));
  const Claim claim = MustClaim(early, {.lease = Milliseconds(1'000)});
  EXPECT_EQ(claim.interrupted_since, std::nullopt);
  EXPECT_THAT(Waiting(), ElementsAre("late"));
  ASSERT_TRUE(ledger_.Announce({&early, 1}));  // it is in work
  EXPECT_THAT(Waiting(), ElementsAre("late"));
  fixture_->clock.Advance(Milliseconds(1'000));
  EXPECT_THAT(Waiting(), ElementsAre("early", "late"));  // whoever had it is gone
  MustFinish(MustClaim(early), {"src", "silver.t", 5, 1});
  ASSERT_TRUE(ledger_.Announce({&early, 1}));
  EXPECT_THAT(Waiting(), ElementsAre("late"));
  EXPECT_THAT(Keys({.state = State::kLoaded}), ElementsAre("early"));
}

TEST_P(LedgerContract, AFailedFileThatIsAnnouncedWaitsAgainWithAllThatIsKnownOfIt) {
  const FileRef file = File("a");
  const Claim claim = MustClaim(file);
  ASSERT_TRUE(ledger_.Release(claim, {}, {Code::kUnavailable, "no network"}));
  EXPECT_THAT(Waiting(), IsEmpty());
  ASSERT_TRUE(ledger_.Announce({&file, 1}));
  EXPECT_THAT(Waiting(), ElementsAre("a"));
  const LoadRecord record = History().front();
  EXPECT_EQ(record.state, State::kWaiting);
  EXPECT_EQ(record.error, "no network");
  EXPECT_EQ(record.attempts, 1);
  EXPECT_TRUE(record.finished_at);
  EXPECT_EQ(MustClaim(file).commit_token, claim.commit_token);
}

TEST_P(LedgerContract, ThatAReaderCrashedIsKnownAfterAnAnnouncement) {
  const FileRef file = File("a");
  ASSERT_TRUE(ledger_.Release(MustClaim(file), {}, {Code::kReaderCrashed, "it crashed"}));
  ASSERT_TRUE(ledger_.Announce({&file, 1}));
  const Claim again = MustClaim(file);
  ASSERT_TRUE(again.crash);
  EXPECT_EQ(again.crash->message, "it crashed");
}

TEST_P(LedgerContract, KnowsOfBrokenClaimsAndOfReadersThatCrashed) {
  MustClaim(File("a"), {.lease = Milliseconds(1'000)});
  fixture_->clock.Advance(Milliseconds(1'000));
  const Claim second = MustClaim(File("a"));
  EXPECT_EQ(second.broken_off, 1);
  EXPECT_FALSE(second.crash);
  LoadResult result;
  result.sql_hash = "5ca1ab1e";
  result.program = "eider 1";
  ASSERT_TRUE(ledger_.Release(second, result, {Code::kReaderCrashed, "signal 11"}));
  const auto failed = ledger_.Query({.state = State::kFailed});
  ASSERT_EQ(failed->size(), 1U);
  EXPECT_EQ(failed->front().error_code, "READER_CRASHED");
  EXPECT_EQ(failed->front().broken_off, 1);
  const Claim third = MustClaim(File("a"));
  EXPECT_EQ(third.broken_off, 1);
  EXPECT_EQ(third.crash, (ReaderCrash{"signal 11", "5ca1ab1e", "eider 1"}));
  MustFinish(third, kLoaded);
  const auto loaded = ledger_.Query({.state = State::kLoaded});
  EXPECT_EQ(loaded->front().error_code, "");
  EXPECT_EQ(loaded->front().broken_off, 0);
}

TEST_P(LedgerContract, KeepsWhatWasCountedAndWhereAnErrorLies) {
  const RowCounts counts{.read = 9, .filtered = 2, .rejected = 1};
  LoadResult result{"src", "bronze.orders", 77, 7};
  result.counts = counts;
  result.readers = "read_csv(delim = ';')";
  MustFinish(MustClaim(File("a")), result);
  EXPECT_EQ(ledger_.Query({})->front().result.counts, counts);
  EXPECT_EQ(ledger_.Query({})->front().result.readers, "read_csv(delim = ';')");

  const FilePlace place{.line = 3, .column = "n\xff", .value = "many"};
  const Claim bad = MustClaim(File("b"));
  ASSERT_TRUE(ledger_.Release(bad, {}, {Code::kInvalid, "line 3", place}));
  const auto failed = ledger_.Query({.state = State::kFailed});
  ASSERT_EQ(failed->size(), 1U);
  EXPECT_EQ(failed->front().error_place, place);
  EXPECT_EQ(failed->front().result.counts, RowCounts());
  MustFinish(MustClaim(File("b")), result);
  EXPECT_EQ(ledger_.Query({.uri_prefix = "s3://src/b"})->front().error_place, FilePlace());
}

// Bytes of keys that would break a query put together from text, or a pattern.
TEST_P(LedgerContract, KeysAreBytes) {
  const std::vector<std::string> keys = {"it's", "100%", "a_b*[?]", "\xf0\x9f\xa6\x86", "\xff\xfe"};
  for (const std::string& key : keys) MustFinish(MustClaim(File(key, key)), kLoaded);
  for (const std::string& key : keys) {
    EXPECT_TRUE(std::holds_alternative<AlreadyLoaded>(TryOne(File(key, key)))) << key;
    EXPECT_THAT(Keys({.uri_prefix = "s3://src/" + key}), ElementsAre(key));
  }
}

TEST_P(LedgerContract, EightClientsClaimEachOf200FilesOnce) {
  std::vector<FileRef> files;
  for (int i = 0; i < 200; ++i) files.push_back(File("f" + std::to_string(i)));
  std::vector<std::vector<std::string>> claimed(8);
  std::vector<Ledger*> clients;
  for (std::size_t i = 0; i < claimed.size(); ++i) clients.push_back(&fixture_->Client());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < claimed.size(); ++i) {
      threads.emplace_back([&, i] {
        for (std::size_t first = 0; first < files.size(); first += 20) {
          const std::span<const FileRef> batch(files.data() + first, 20);
          const auto outcomes = clients[i]->TryClaim(batch, {});
          ASSERT_TRUE(outcomes) << outcomes.error().message;
          for (const ClaimOutcome& outcome : *outcomes) {
            const auto* claim = std::get_if<Claim>(&outcome);
            if (claim != nullptr) claimed[i].push_back(claim->file.uri.key);
          }
        }
      });
    }
  }
  std::map<std::string, int> times;
  for (const auto& keys : claimed) {
    for (const std::string& key : keys) ++times[key];
  }
  EXPECT_EQ(times.size(), files.size());
  for (const auto& [key, count] : times) EXPECT_EQ(count, 1) << key;
}

INSTANTIATE_TEST_SUITE_P(All, LedgerContract, AllLedgers(), NameOfLedger);

}  // namespace
}  // namespace eider::ledger
