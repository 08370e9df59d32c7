// The ledgers that the contract is held against, and what its tests share. A further ledger joins
// with one line at the end.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "dynamodb_test_table.h"
#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/random.h"
#include "eider/ledger/dynamodb_ledger.h"
#include "eider/ledger/ledger.h"
#include "eider/ledger/postgres_ledger.h"
#include "eider/ledger/sqlite_ledger.h"
#include "eider/ledger/testing/memory_ledger.h"
#include "postgres_schema.h"

namespace eider::ledger {

inline const TimePoint kStart{Milliseconds(1'700'000'000'000)};

inline FileRef File(const std::string& key, const std::string& etag = "e") {
  return {{"s3", "src", key}, "", etag, 10, ""};
}

inline const LoadResult kLoaded{"src", "bronze.orders", 77, 9};

// One ledger, as many clients of it as a test wants.
class Fixture {
 public:
  virtual ~Fixture() = default;
  virtual Ledger& Client() = 0;

  // What a test of it would need and this machine has not; empty: nothing.
  virtual std::string missing() const { return ""; }

  ManualClock clock{kStart};
  SeededRandom random{7};
};

class MemoryFixture final : public Fixture {
 public:
  Ledger& Client() override { return *ledger_; }

 private:
  std::unique_ptr<Ledger> ledger_ = NewMemoryLedger(clock, random);
};

class SqliteFixture final : public Fixture {
 public:
  SqliteFixture() {
    std::string pattern = std::filesystem::temp_directory_path() / "eider-ledger-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }

  ~SqliteFixture() override {
    clients_.clear();
    std::filesystem::remove_all(folder_);
  }

  Ledger& Client() override {
    auto ledger = OpenSqliteLedger(folder_ / "ledger.db", clock, random);
    EXPECT_TRUE(ledger) << ledger.error().message;
    clients_.push_back(*std::move(ledger));
    return *clients_.back();
  }

 private:
  std::filesystem::path folder_;
  std::vector<std::unique_ptr<Ledger>> clients_;
};

class PostgresFixture final : public Fixture {
 public:
  std::string missing() const override { return schema_.missing(); }

  Ledger& Client() override {
    auto ledger =
        OpenPostgresLedger({.uri = schema_.uri(), .owner = "one of several"}, clock, random);
    EXPECT_TRUE(ledger) << ledger.error().message;
    clients_.push_back(*std::move(ledger));
    return *clients_.back();
  }

 private:
  postgres::TestSchema schema_;
  std::vector<std::unique_ptr<Ledger>> clients_;
};

class DynamoDbFixture final : public Fixture {
 public:
  std::string missing() const override {
    return table_.is_there() ? "" : "EIDER_TEST_DYNAMODB_ENDPOINT is not set";
  }

  Ledger& Client() override {
    clients_.push_back(OpenDynamoDbLedger(
        {.table = table_.name(), .region = table_.region(), .owner = "one of several"},
        {table_.service(), clock, random}));
    return *clients_.back();
  }

 private:
  aws::DynamoDbTestTable table_{"file"};
  std::vector<std::unique_ptr<Ledger>> clients_;
};

struct Implementation {
  std::string name;
  std::function<std::unique_ptr<Fixture>()> make;
};

class LedgerContract : public testing::TestWithParam<Implementation> {
 protected:
  void SetUp() override {
    if (const std::string missing = fixture_->missing(); !missing.empty()) GTEST_SKIP() << missing;
  }

  ClaimOutcome TryOne(const FileRef& file, const ClaimOptions& options = {}) {
    auto outcomes = ledger_.TryClaim({&file, 1}, options);
    EXPECT_TRUE(outcomes) << outcomes.error().message;
    return outcomes->front();
  }

  Claim MustClaim(const FileRef& file, const ClaimOptions& options = {}) {
    const ClaimOutcome outcome = TryOne(file, options);
    EXPECT_TRUE(std::holds_alternative<Claim>(outcome)) << "outcome " << outcome.index();
    return std::holds_alternative<Claim>(outcome) ? std::get<Claim>(outcome) : Claim{};
  }

  void MustFinish(const Claim& claim, const LoadResult& result) {
    const Ledger::Finished finished{claim, result};
    const Status status = ledger_.Finish({&finished, 1});
    EXPECT_TRUE(status) << status.error().message;
  }

  std::vector<LoadRecord> History(const HistoryFilter& filter = {}) {
    auto records = ledger_.Query(filter);
    EXPECT_TRUE(records) << records.error().message;
    return *std::move(records);
  }

  std::vector<std::string> Keys(const HistoryFilter& filter) {
    std::vector<std::string> keys;
    for (const LoadRecord& record : History(filter)) keys.push_back(record.file.uri.key);
    return keys;
  }

  std::vector<std::string> Waiting(int limit = 100) {
    const auto records = ledger_.FindWaiting(limit);
    EXPECT_TRUE(records) << records.error().message;
    std::vector<std::string> keys;
    for (const LoadRecord& record : *records) keys.push_back(record.file.uri.key);
    return keys;
  }

  std::unique_ptr<Fixture> fixture_ = GetParam().make();
  std::unique_ptr<Ledger> nothing_ = NewMemoryLedger(fixture_->clock, fixture_->random);
  Ledger& ledger_ = fixture_->missing().empty() ? fixture_->Client() : *nothing_;
};

inline auto AllLedgers() {
  return testing::Values(
      Implementation{"Memory", [] { return std::make_unique<MemoryFixture>(); }},
      Implementation{"Sqlite", [] { return std::make_unique<SqliteFixture>(); }},
      Implementation{"Postgres", [] { return std::make_unique<PostgresFixture>(); }},
      Implementation{"DynamoDb", [] { return std::make_unique<DynamoDbFixture>(); }});
}

inline std::string NameOfLedger(const testing::TestParamInfo<Implementation>& tested) {
  return tested.param.name;
}

}  // namespace eider::ledger
