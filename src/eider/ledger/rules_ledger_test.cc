// Rows that give way to others: a step that is undone and run again counts once.
#include "eider/ledger/rules_ledger.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/ledger/testing/memory_ledger.h"

namespace eider::ledger {
namespace {

using testing::ElementsAre;

// The first attempt of every step is undone, as a database does whose COMMIT was in the way.
class SecondAttemptRows final : public LedgerRows, private LedgerStep {
 public:
  Status Atomically(const std::function<Status(LedgerStep&)>& work) override {
    const auto before = rows_;
    EIDER_CHECK(work(*this));
    rows_ = before;
    return work(*this);
  }

  Result<std::vector<LoadRecord>> FindWaiting(TimePoint /*now*/, int /*limit*/) override {
    return std::vector<LoadRecord>{};
  }

  Result<std::vector<LoadRecord>> FindErrands(const HistoryPlace& /*after*/,
                                              int /*limit*/) override {
    return std::vector<LoadRecord>{};
  }

  Result<std::vector<LoadRecord>> ListByUri(const std::string& /*uri_prefix*/,
                                            const HistoryPlace& /*after*/, int /*limit*/) override {
    return std::vector<LoadRecord>{};
  }

  Result<std::vector<HistoryCount>> Count(const HistoryFilter& /*filter*/) override {
    return std::vector<HistoryCount>{};
  }

  Result<std::vector<LoadRecord>> Query(const HistoryFilter& /*filter*/) override {
    std::vector<LoadRecord> records;
    for (const auto& [uri, row] : rows_) records.push_back(row.record);
    return records;
  }

 private:
  Result<std::optional<ClaimRow>> Find(const FileRef& file) override {
    const auto found = rows_.find(file.uri.ToString());
    if (found == rows_.end()) return std::nullopt;
    return found->second;
  }

  Status Store(const ClaimRow& row) override {
    rows_[row.record.file.uri.ToString()] = row;
    return {};
  }

  std::map<std::string, ClaimRow> rows_;
};

TEST(RulesLedger, StepThatWasUndoneAndRunAgainCountsOnce) {
  ManualClock clock{TimePoint(Milliseconds(1'700'000'000'000))};
  SeededRandom random{7};
  const auto ledger = NewRulesLedger(std::make_unique<SecondAttemptRows>(), {}, clock, random);
  const std::vector<FileRef> files = {{{"s3", "src", "a"}, "", "e", 1, ""},
                                      {{"s3", "src", "b"}, "", "e", 1, ""}};
  const auto outcomes = ledger->TryClaim(files, {});
  ASSERT_TRUE(outcomes);
  ASSERT_EQ(outcomes->size(), 2U);
  const Claim claim = std::get<Claim>(outcomes->front());
  const Claim lost{
      .file = files[1], .claim_id = "of another", .commit_token = "", .interrupted_since = {}};
  EXPECT_THAT(*ledger->Renew({{claim, lost}}, Milliseconds(1)), ElementsAre("of another"));
  ASSERT_TRUE(ledger->Finish({{{claim, {"src", "a.b", 7, 1}}}}));
  const auto records = ledger->Query({});
  ASSERT_EQ(records->size(), 2U);
  EXPECT_EQ(records->front().state, State::kLoaded);
  EXPECT_EQ(records->front().attempts, 1);
}

// Seen: what a killed worker had in work came to the next one when its lease had ended, five
// minutes later, though the worker's death was plain to see.
TEST(RulesLedger, WhatADeadOwnerHadInWorkWaits) {
  ManualClock clock{TimePoint(Milliseconds(1'700'000'000'000))};
  SeededRandom random{7};
  bool is_dead = false;
  const auto ledger = NewRulesLedger(
      std::make_unique<MemoryRows>(),
      {.owner = "me", .owner_is_dead = [&](std::string_view) { return is_dead; }}, clock, random);
  const std::vector<FileRef> files = {{{"s3", "src", "a"}, "", "e", 1, ""},
                                      {{"s3", "src", "b"}, "", "e", 1, ""},
                                      {{"s3", "src", "c"}, "", "e", 1, ""}};
  const auto keys = [&](int limit) {
    std::vector<std::string> found;
    for (const LoadRecord& record : ledger->FindWaiting(limit).value()) {
      found.push_back(record.file.uri.key);
    }
    return found;
  };
  ASSERT_TRUE(ledger->TryClaim({&files[0], 1}, {}));
  clock.Advance(Milliseconds(1));
  ASSERT_TRUE(ledger->Announce({&files[1], 1}));
  ASSERT_TRUE(ledger->TryClaim({&files[2], 1}, {.lease = Milliseconds(1)}));
  EXPECT_THAT(keys(10), ElementsAre("b"));
  is_dead = true;
  EXPECT_THAT(keys(10), ElementsAre("a", "b", "c"));
  EXPECT_THAT(keys(1), ElementsAre("a"));
  clock.Advance(Milliseconds(1));  // c's lease has ended as well: it is there once
  EXPECT_THAT(keys(10), ElementsAre("a", "b", "c"));
}

}  // namespace
}  // namespace eider::ledger
