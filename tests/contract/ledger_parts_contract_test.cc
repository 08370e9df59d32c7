// What every ledger promises of files that go to several tables, and of those that are set aside.
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/ledger/ledger.h"
#include "ledger_contract.h"

namespace eider::ledger {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAreArray;

class LedgerPartsContract : public LedgerContract {};

PartRecord Part(const std::string& value, const std::string& table) {
  PartRecord part;
  part.route = "route-" + value;
  part.values = {value, std::nullopt};
  part.target_table = table;
  part.commit_token = "token-" + value;
  part.route_version = 3;
  part.sql_hash = "hash-" + value;
  return part;
}

TEST_P(LedgerPartsContract, PartsOutliveABrokenClaimUntilTheFileIsLoaded) {
  const Claim first = MustClaim(File("a"), {.lease = Milliseconds(1'000)});
  EXPECT_THAT(first.parts, IsEmpty());
  std::vector<PartRecord> parts = {Part("it's", "bronze.x"), Part("ñ", "bronze.y")};
  ASSERT_TRUE(ledger_.RecordParts(first, parts));
  parts[0].is_loaded = true;
  parts[0].snapshot_id = -77;
  parts[0].rows = 9;
  ASSERT_TRUE(ledger_.RecordParts(first, parts));
  fixture_->clock.Advance(Milliseconds(1'000));

  const Claim second = MustClaim(File("a"));
  EXPECT_EQ(second.parts, parts);
  EXPECT_TRUE(second.interrupted_since);
  ASSERT_TRUE(ledger_.Release(second, {"src", "", {}, 0}, Error{Code::kUnavailable, "later"}));
  EXPECT_EQ(History().front().result.parts, parts);

  const Claim third = MustClaim(File("a"));
  EXPECT_EQ(third.parts, parts);
  parts[1].is_loaded = true;
  LoadResult result = kLoaded;
  result.route_version = 4;
  result.sql_hash = "hash";
  result.parts = parts;
  MustFinish(third, result);
  const auto record = History().front();
  EXPECT_EQ(record.result.parts, parts);
  EXPECT_EQ(record.result.route_version, 4);
  EXPECT_EQ(record.result.sql_hash, "hash");
  EXPECT_THAT(MustClaim(File("a"), {.force = true}).parts, IsEmpty());
  EXPECT_THAT(History().front().result.parts, IsEmpty());
}

TEST_P(LedgerPartsContract, PartsOfALostClaimAreRefused) {
  const Claim lost = MustClaim(File("a"), {.lease = Milliseconds(1)});
  fixture_->clock.Advance(Milliseconds(1));
  const Claim holder = MustClaim(File("a"));
  const std::vector<PartRecord> parts = {Part("x", "bronze.x")};
  const Status refused = ledger_.RecordParts(lost, parts);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("s3://src/a"));
  EXPECT_THAT(History().front().result.parts, IsEmpty());
  EXPECT_TRUE(ledger_.RecordParts(holder, parts));
}

TEST_P(LedgerPartsContract, PartsThatAreTooManyAreRefusedAndTheOthersKept) {
  const Claim claim = MustClaim(File("a"));
  std::vector<PartRecord> parts = {Part("x", "bronze.x")};
  ASSERT_TRUE(ledger_.RecordParts(claim, parts));
  parts[0].values.assign(100'000, "value");
  const Status refused = ledger_.RecordParts(claim, parts);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalid);
  EXPECT_THAT(refused.error().message, HasSubstr("1 parts with 100000 values"));
  EXPECT_EQ(History().front().result.parts.front().values.size(), 2U);
}

TEST_P(LedgerPartsContract, TheLargestPartsAreKept) {
  const Claim claim = MustClaim(File("a"));
  std::vector<PartRecord> parts(700, Part(std::string(50, 'x'), "bronze.orders"));
  ASSERT_TRUE(ledger_.RecordParts(claim, parts));
  for (PartRecord& part : parts) {
    part.is_loaded = true;
    part.snapshot_id = 9'000'000'000'000'000'000;
    part.rows = 1'000'000;
  }
  ASSERT_TRUE(ledger_.RecordParts(claim, parts));
  LoadResult result = kLoaded;
  result.parts = parts;
  MustFinish(claim, result);
  EXPECT_EQ(History().front().result.parts, parts);
}

TEST_P(LedgerPartsContract, HeldAndSkippedFilesAreSeenAndClaimedAgain) {
  const Claim held = MustClaim(File("held"));
  const std::vector<PartRecord> parts = {Part("x", "bronze.x")};
  ASSERT_TRUE(ledger_.RecordParts(held, parts));
  ASSERT_TRUE(ledger_.SetAside(held, State::kHeld, {"src", "a.t", {}, 0}, "route src is disabled"));
  ASSERT_TRUE(ledger_.SetAside(MustClaim(File("skipped")), State::kSkipped, {}, "no route"));
  EXPECT_THAT(Keys({.state = State::kHeld}), ElementsAre("held"));
  EXPECT_THAT(Keys({.state = State::kSkipped}), ElementsAre("skipped"));
  const auto record = History({.state = State::kHeld}).front();
  EXPECT_EQ(record.error, "route src is disabled");
  EXPECT_EQ(record.result.target_table, "a.t");
  EXPECT_EQ(record.result.parts, parts);
  EXPECT_EQ(record.finished_at, kStart);

  const Claim again = MustClaim(File("held"));
  EXPECT_FALSE(again.interrupted_since);
  EXPECT_EQ(again.commit_token, held.commit_token);
  EXPECT_EQ(again.parts, parts);
  ASSERT_TRUE(ledger_.SetAside(held, State::kSkipped, {}, "too late"));
  EXPECT_EQ(History({.uri_prefix = "s3://src/held"}).front().state, State::kClaimed);
  EXPECT_EQ(History({.uri_prefix = "s3://src/held"}).front().attempts, 2);
  MustClaim(File("skipped"));
}

// More than DynamoDB takes in one transaction, and one whose claim another has by now.
TEST_P(LedgerPartsContract, ManyFilesAreSetAsideAtOnceAndALostClaimChangesNothing) {
  constexpr std::size_t kFiles = 120;
  std::vector<FileRef> files;
  for (std::size_t i = 0; i < kFiles; ++i) files.push_back(File(fmt::format("f{:03}", i)));
  std::vector<Ledger::Aside> aside;
  for (const FileRef& file : files) {
    const State state = aside.size() % 2 == 0 ? State::kHeld : State::kSkipped;
    aside.push_back({MustClaim(file, {.lease = Milliseconds(1'000)}),
                     state,
                     {"src", "a.t", {}, 7},
                     "reason of " + file.uri.key});
  }
  fixture_->clock.Advance(Milliseconds(1'000));
  MustClaim(files[5]);
  ASSERT_TRUE(ledger_.SetAside(aside));
  std::vector<std::string> held;
  std::vector<std::string> skipped;
  for (std::size_t i = 0; i < kFiles; ++i) {
    if (i != 5) (i % 2 == 0 ? held : skipped).push_back(files[i].uri.key);
  }
  EXPECT_THAT(Keys({.state = State::kHeld, .limit = 1'000}), UnorderedElementsAreArray(held));
  EXPECT_THAT(Keys({.state = State::kSkipped, .limit = 1'000}), UnorderedElementsAreArray(skipped));
  EXPECT_THAT(Keys({.state = State::kClaimed}), ElementsAre("f005"));
  const auto record = History({.uri_prefix = "s3://src/f119"}).front();
  EXPECT_EQ(record.error, "reason of f119");
  EXPECT_EQ(record.result.rows, 7);
}

TEST_P(LedgerPartsContract, TheSchemaChangeOfAHeldFileOutlivesABrokenClaimUntilItsEnd) {
  const HistoryFilter waiting{.only_with_schema_change = true};
  const Claim first = MustClaim(File("held"), {.lease = Milliseconds(1'000)});
  EXPECT_EQ(first.schema_change, "");
  LoadResult result{"src", "a.t", {}, 0};
  result.schema_change = R"([{"table":"a.t"}])";
  ASSERT_TRUE(ledger_.SetAside(first, State::kHeld, result, "the table would change"));
  ASSERT_TRUE(ledger_.SetAside(MustClaim(File("disabled")), State::kHeld, {}, "disabled"));
  EXPECT_THAT(Keys(waiting), ElementsAre("held"));
  EXPECT_EQ(History(waiting).front().result.schema_change, result.schema_change);

  MustClaim(File("held"), {.lease = Milliseconds(1'000)});
  fixture_->clock.Advance(Milliseconds(1'000));
  EXPECT_THAT(Keys(waiting), ElementsAre("held")) << "its claim broke off";
  const Claim again = MustClaim(File("held"));
  EXPECT_EQ(again.schema_change, result.schema_change);
  MustFinish(again, kLoaded);
  EXPECT_THAT(Keys(waiting), IsEmpty());

  const Claim other = MustClaim(File("disabled"));
  ASSERT_TRUE(ledger_.SetAside(other, State::kHeld, result, "the table would change"));
  const Claim failed = MustClaim(File("disabled"));
  ASSERT_TRUE(ledger_.Release(failed, {}, {Code::kInvalid, "bad"}));
  EXPECT_THAT(Keys(waiting), IsEmpty());
}

TEST_P(LedgerPartsContract, ASchemaChangeThatIsTooLongIsRefusedAndTheLongestKept) {
  const Claim claim = MustClaim(File("a"));
  LoadResult result;
  result.schema_change = std::string(kSchemaChangeBytesMax + 1, 'x');
  const Status refused = ledger_.SetAside(claim, State::kHeld, result, "");
  EXPECT_EQ(refused.error().code, Code::kInvalid);
  result.schema_change.pop_back();
  ASSERT_TRUE(ledger_.SetAside(claim, State::kHeld, result, ""));
  EXPECT_EQ(History().front().result.schema_change, result.schema_change);
}

TEST_P(LedgerPartsContract, OnlyHeldAndSkippedAreSetAside) {
  const Claim claim = MustClaim(File("a"));
  EXPECT_EQ(ledger_.SetAside(claim, State::kLoaded, {}, "").error().code, Code::kInternal);
  EXPECT_EQ(History().front().state, State::kClaimed);
}

TEST_P(LedgerPartsContract, HistoryOfATableHasTheFilesWithAPartInIt) {
  const Claim claim = MustClaim(File("several"));
  PartRecord sly = Part("y", "bronze.y");
  sly.values = {R"("target_table":"bronze.z")"};
  const std::vector<PartRecord> parts = {Part("it's \"x\"", "bronze.x"), sly};
  ASSERT_TRUE(ledger_.RecordParts(claim, parts));
  MustFinish(MustClaim(File("one")), {"src", "bronze.z", 77, 9});
  EXPECT_THAT(Keys({.target_table = "bronze.x"}), ElementsAre("several"));
  EXPECT_THAT(Keys({.target_table = "bronze.y"}), ElementsAre("several"));
  EXPECT_THAT(Keys({.target_table = "bronze.z"}), ElementsAre("one"));
  EXPECT_THAT(Keys({.target_table = "bronze."}), IsEmpty());
  EXPECT_THAT(Keys({.state = State::kClaimed, .target_table = "bronze.y"}), ElementsAre("several"));
  EXPECT_THAT(Keys({.state = State::kLoaded, .target_table = "bronze.y"}), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(All, LedgerPartsContract, AllLedgers(), NameOfLedger);

}  // namespace
}  // namespace eider::ledger
