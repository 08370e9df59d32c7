// What is removed of prepared records: never what a table has, nor what may come in yet.
#include "eider/pipeline/clean_prepared.h"

#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/file_ref.h"
#include "eider/base/uri.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/testing/prepared_lake.h"

namespace eider::pipeline {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// The records of a lake as objects of its store.
struct CleanLake : PreparedLake {
  std::vector<RecordToClean> Records() {
    std::vector<RecordToClean> records;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const Uri uri{"s3", "work", fmt::format("{}.json", i)};
      EXPECT_TRUE(store.Put(uri, texts[i], store::PutMode::kReplace));
      records.push_back({uri, ParsePrepared(texts[i], "").value()});
    }
    return records;
  }

  bool Has(const Uri& uri) { return store.Stat(uri).has_value(); }

  bool HasDataFiles(const RecordToClean& of) {
    return Has(Uri::Parse(of.record.rows.at(0).data_files.at(0).file_path).value());
  }

  ledger::LoadRecord TheFile() { return ledger->Query({}).value().at(0); }
};

TEST(CleanPrepared, WhatWasNeverCommittedGoesAndItsFileIsLoadedAgain) {
  CleanLake lake;
  lake.Prepare({File(0, "a")});
  const auto records = lake.Records();
  const auto cleaned = CleanPrepared(lake.services, records, {});
  ASSERT_TRUE(cleaned) << cleaned.error().message;
  EXPECT_EQ(cleaned->records, 1);
  EXPECT_EQ(cleaned->data_files, 1);
  EXPECT_FALSE(lake.Has(records[0].uri));
  EXPECT_FALSE(lake.HasDataFiles(records[0]));
  EXPECT_EQ(lake.TheFile().state, ledger::State::kSkipped);
  EXPECT_THAT(lake.TheFile().error, HasSubstr("eider prepare --clean"));
  lake.Load({File(0, "a")});
  EXPECT_EQ(lake.CountRows("b0"), 3);
}

TEST(CleanPrepared, OfWhatIsInOnlyTheRecordGoes) {
  CleanLake lake;
  lake.Prepare({File(0, "a")});
  lake.Commit(lake.texts);
  const auto records = lake.Records();
  const auto cleaned = CleanPrepared(lake.services, records, {});
  ASSERT_TRUE(cleaned) << cleaned.error().message;
  EXPECT_EQ(cleaned->records, 1);
  EXPECT_EQ(cleaned->data_files, 0);
  EXPECT_FALSE(lake.Has(records[0].uri));
  EXPECT_TRUE(lake.HasDataFiles(records[0]));
  EXPECT_EQ(lake.TheFile().state, ledger::State::kLoaded);
}

// The commit was killed between the table and the ledger.
TEST(CleanPrepared, OfWhatIsInAndNotInTheLedgerOnlyTheRecordGoes) {
  CleanLake lake;
  lake.Prepare({File(0, "a")});
  lake.Commit(lake.texts);
  const auto ledger = ledger::NewMemoryLedger(lake.clock, lake.random);
  const Services forgetful{lake.router, *ledger,    lake.catalog, lake.engine,
                           lake.store,  lake.clock, lake.random,  *lake.log};
  const auto records = lake.Records();
  ASSERT_TRUE(CleanPrepared(forgetful, records, {}));
  EXPECT_TRUE(lake.HasDataFiles(records[0]));
}

TEST(CleanPrepared, TheOlderOfTwoGoesAndTheFileIsHeldForTheNewer) {
  CleanLake lake;
  lake.Prepare({File(0, "a")});
  lake.Prepare({File(0, "a")});
  const auto records = lake.Records();
  ASSERT_THAT(records, SizeIs(2));
  CleanOptions options;
  options.others[IdentityOf(File(0, "a"))] = "s3://work/1.json";
  std::vector<RecordToClean> old;
  old.push_back({records[0].uri, ParsePrepared(lake.texts[0], "").value()});
  ASSERT_TRUE(CleanPrepared(lake.services, old, options));
  EXPECT_FALSE(lake.HasDataFiles(records[0]));
  EXPECT_EQ(lake.TheFile().state, ledger::State::kHeld);
  EXPECT_THAT(lake.TheFile().error, HasSubstr("s3://work/1.json"));
  lake.Commit({lake.texts[1]});
  EXPECT_EQ(lake.CountRows("b0"), 3);
}

// Seen: files of records that stayed were SKIPPED, as if they had been removed.
TEST(CleanPrepared, WhereItFailsFilesOfRecordsThatStayAreHeldForThem) {
  CleanLake lake;
  lake.Prepare({File(0, "a")});
  lake.Prepare({File(1, "b")});
  auto records = lake.Records();
  ASSERT_THAT(records, SizeIs(2));
  records[1].record.rows.at(0).data_files.at(0).file_path = "no URI";
  EXPECT_FALSE(CleanPrepared(lake.services, records, {}));
  EXPECT_FALSE(lake.Has(records[0].uri));
  EXPECT_TRUE(lake.Has(records[1].uri));
  const auto skipped = lake.ledger->Query({.state = ledger::State::kSkipped}).value();
  ASSERT_THAT(skipped, SizeIs(1));
  EXPECT_EQ(skipped[0].file.uri.key, "a");
  const auto held = lake.ledger->Query({.state = ledger::State::kHeld}).value();
  ASSERT_THAT(held, SizeIs(1));
  EXPECT_EQ(held[0].file.uri.key, "b");
  EXPECT_THAT(held[0].error, HasSubstr("s3://work/1.json"));
  lake.Commit({lake.texts[1]});
  EXPECT_EQ(lake.CountRows("b1"), 3);
}

TEST(CleanPrepared, WhatIsInWorkStays) {
  CleanLake lake;
  lake.Prepare({File(0, "a")});
  const FileRef file = File(0, "a");
  const auto claims = lake.ledger->TryClaim({&file, 1}, {});
  ASSERT_TRUE(std::holds_alternative<ledger::Claim>(claims->at(0)));
  const auto records = lake.Records();
  const auto cleaned = CleanPrepared(lake.services, records, {});
  ASSERT_TRUE(cleaned) << cleaned.error().message;
  EXPECT_EQ(cleaned->records, 0);
  EXPECT_EQ(cleaned->in_work, 1);
  EXPECT_TRUE(lake.Has(records[0].uri));
  EXPECT_TRUE(lake.HasDataFiles(records[0]));
}

}  // namespace
}  // namespace eider::pipeline
