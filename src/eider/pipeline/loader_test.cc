// The loader over rooms in memory: many files, many tables, and what groups do to neither.
#include "eider/pipeline/loader.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/catalog/memory_table_pointer.h"
#include "eider/catalog/pointer_catalog.h"
#include "eider/catalog/testing/forwarding_table_pointer.h"
#include "eider/engine/testing/pretend_engine.h"
#include "eider/ledger/testing/memory_ledger.h"
#include "eider/pipeline/load_files.h"
#include "eider/pipeline/testing/pretend_lake.h"
#include "eider/routes/memory_route_store.h"
#include "eider/store/memory_store.h"

namespace eider::pipeline {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

// Less is enough for the sanitizers.
#ifdef NDEBUG
constexpr int kMany = 20'000;
#else
constexpr int kMany = 2'000;
#endif

TEST(Loader, LoadsManyFilesOfManyTablesOnceEach) {
  PretendLake lake;
  lake.Load(Files(kMany));
  EXPECT_THAT(lake.outcomes, AllOf(SizeIs(kMany), Each(Field(&Outcome::fate, Fate::kLoaded))));
  for (int i = 0; i < kTables; ++i) {
    const std::string bucket = fmt::format("b{}", i);
    EXPECT_EQ(lake.CountRows(bucket), 3 * kMany / kTables);
    EXPECT_EQ(lake.CountTokens(bucket), kMany / kTables);
  }
}

TEST(Loader, TellsEachFileOfAGroupItsOwnRows) {
  PretendLake lake;
  std::vector<FileRef> files;
  for (int i = 1; i < 50; ++i) files.push_back(File(0, fmt::format("{:02}", i), i));
  FileRef empty = File(0, "00", 0);
  ASSERT_TRUE(lake.store.Put(empty.uri, "", store::PutMode::kReplace));  // it is looked at
  empty.etag = lake.store.Stat(empty.uri).value().etag;
  files.push_back(empty);
  lake.Load(files);
  ASSERT_THAT(lake.outcomes, SizeIs(50));
  for (const Outcome& outcome : lake.outcomes) {
    const std::int64_t rows = std::stoll(outcome.file.uri.key);
    EXPECT_EQ(outcome.fate, Fate::kLoaded);
    EXPECT_EQ(outcome.result.rows, rows);
    EXPECT_EQ(outcome.result.counts.read, rows);
    EXPECT_EQ(outcome.result.counts.filtered, 0);
    EXPECT_EQ(outcome.result.snapshot_id.has_value(), rows > 0);
  }
  // The first file makes the table, the others are one group.
  EXPECT_THAT(lake.engine.groups(), ElementsAre(49));
}

// Seen: a file that was gone at its event, whose version nobody knew, was loaded by its redrive as
// what was there by then, which its own event had brought in already.
TEST(Loader, AFileOfNoVersionIsNeverRead) {
  PretendLake lake;
  FileRef unknown = File(0, "05", 0);
  unknown.etag.clear();
  lake.Load({unknown});
  ASSERT_THAT(lake.outcomes, SizeIs(1));
  EXPECT_EQ(lake.outcomes[0].fate, Fate::kSuperseded);  // it is still gone
  ASSERT_TRUE(lake.store.Put(unknown.uri, "five!", store::PutMode::kReplace));
  lake.Load({unknown});
  ASSERT_THAT(lake.outcomes, SizeIs(1));
  EXPECT_EQ(lake.outcomes[0].fate, Fate::kSkipped);
  EXPECT_THAT(lake.outcomes[0].note, HasSubstr("its event told no version"));
  const auto records = lake.ledger->Query({});
  ASSERT_THAT(*records, SizeIs(1));
  EXPECT_EQ(records->front().state, ledger::State::kSkipped);
}

// Another process makes the table between our look and our making, and then it cannot be read.
class RacedPointer final : public catalog::ForwardingTablePointer {
 public:
  using ForwardingTablePointer::ForwardingTablePointer;

  Result<std::string> Read(const iceberg::TableName& table) override {
    if (std::exchange(is_away_, false)) return Fail(Code::kUnavailable, "no network");
    return inner().Read(table);
  }

  Status Create(const iceberg::TableName& /*table*/, const std::string& /*location*/,
                const iceberg::TableMetadata& /*metadata*/) override {
    is_away_ = true;
    return Fail(Code::kAlreadyExists, "there is a table");
  }

 private:
  bool is_away_ = false;
};

TEST(Loader, ATableThatAnotherMadeAndThatCannotBeReadJustNowMayPass) {
  PretendLake lake;
  catalog::MemoryTablePointer pointer;
  catalog::PointerCatalog catalog{std::make_unique<RacedPointer>(pointer),
                                  Uri{"file", "", "/warehouse"},
                                  {lake.store, lake.clock, lake.random}};
  const Services services{lake.router, *lake.ledger, catalog,     lake.engine,
                          lake.store,  lake.clock,   lake.random, *lake.log};
  std::vector<Outcome> outcomes;
  const FileRef file = File(0, "a");
  LoadFiles(services, {&file, 1}, lake.options,
            [&](const Outcome& outcome) { outcomes.push_back(outcome); }, {});
  ASSERT_THAT(outcomes, SizeIs(1));
  ASSERT_TRUE(outcomes[0].error);
  EXPECT_EQ(outcomes[0].error->code, Code::kUnavailable) << outcomes[0].error->message;
}

TEST(Loader, AFileThatIsHandedOnIsHeldWithTheReasonAndNotRead) {
  PretendLake lake;
  lake.options.hand_on = [](const ledger::Claim& claim,
                            const Plan& plan) -> Result<std::optional<std::string>> {
    EXPECT_EQ(plan.parts.front().route.target_table.ToString(), "bronze.b0");
    const std::string& key = claim.file.uri.key;
    if (key == "away") return Fail(Code::kUnavailable, "no queue");
    return key == "large" ? std::optional<std::string>("handed on to queue q") : std::nullopt;
  };
  lake.Load({File(0, "small", 3), File(0, "large", 5), File(0, "away", 7)});
  ASSERT_THAT(lake.outcomes, SizeIs(3));
  std::map<std::string, Outcome> by_key;
  for (const Outcome& outcome : lake.outcomes) by_key[outcome.file.uri.key] = outcome;
  EXPECT_EQ(by_key["small"].fate, Fate::kLoaded);
  EXPECT_EQ(by_key["large"].fate, Fate::kHeld);
  EXPECT_EQ(by_key["large"].note, "handed on to queue q");
  EXPECT_EQ(by_key["away"].fate, Fate::kFailed);
  EXPECT_EQ(by_key["away"].error->code, Code::kUnavailable);
  EXPECT_EQ(lake.CountRows("b0"), 3);
  const auto held = lake.ledger->Query({.state = ledger::State::kHeld});
  ASSERT_THAT(*held, SizeIs(1));
  EXPECT_EQ(held->front().error, "handed on to queue q");
  // Whoever gets it loads it.
  lake.options.hand_on = {};
  lake.Load({File(0, "large", 5)});
  EXPECT_EQ(lake.CountRows("b0"), 8);
}

TEST(Loader, AGroupHasAtMostAsManyFilesAndBytesAsItMay) {
  PretendLake lake;
  lake.options.group_files = 10;
  lake.options.group_bytes = 160;
  lake.Load(Files(1, 1));  // makes the table
  std::vector<FileRef> files;
  for (int i = 0; i < 60; ++i) files.push_back(File(0, fmt::format("small{:02}", i), 1));
  for (int i = 0; i < 30; ++i) files.push_back(File(0, fmt::format("wide{:02}", i), 10));
  files.push_back(File(0, "large", 11));  // more than a sixteenth
  lake.Load(files);
  EXPECT_THAT(lake.outcomes, AllOf(SizeIs(91), Each(Field(&Outcome::fate, Fate::kLoaded))));
  EXPECT_THAT(lake.engine.groups(), Each(Le(10)));
  EXPECT_EQ(lake.CountRows("b0"), 1 + 60 + 300 + 11);
}

TEST(Loader, ReadsEachFileAloneWhereAGroupIsOne) {
  PretendLake lake;
  lake.options.group_files = 1;
  lake.Load(Files(40));
  EXPECT_THAT(lake.engine.groups(), IsEmpty());
  EXPECT_EQ(lake.engine.runs(), 40);
}

TEST(Loader, ARouteMaySayThatItsFilesAreReadAlone) {
  PretendLake lake;
  routes::Route route = lake.routes.Find("b0").value().value();
  route.engine.group_files = 1;
  ASSERT_TRUE(lake.routes.Put(route));
  lake.Load(Files(100));
  EXPECT_EQ(lake.CountRows("b0"), 60);
  EXPECT_GE(lake.engine.runs(), 20);
}

TEST(Loader, ABadFileFailsAloneOutOfItsGroup) {
  PretendLake lake;
  std::vector<FileRef> files = Files(30);
  files[13].uri.key = "13-bad";
  lake.Load(files);
  auto fates = lake.Fates();
  EXPECT_EQ(fates.size(), 30);
  EXPECT_EQ(fates["13-bad"], Fate::kFailed);
  fates.erase("13-bad");
  for (const auto& [key, fate] : fates) EXPECT_EQ(fate, Fate::kLoaded) << key;
}

TEST(Loader, AGroupThatHangsOnOneOfItsFilesIsReadApart) {
  PretendLake lake;
  lake.Load({File(0, "first", 1)});                                   // makes the table
  lake.options.retry_until = lake.clock.Now() + Milliseconds(8'000);  // a quarter is for the group
  std::vector<FileRef> files;
  for (int i = 0; i < 20; ++i) files.push_back(File(0, fmt::format("{:02}", i)));
  files[7].uri.key = "07-slow";
  lake.Load(files);
  EXPECT_THAT(lake.outcomes, AllOf(SizeIs(20), Each(Field(&Outcome::fate, Fate::kLoaded))));
  EXPECT_EQ(lake.CountRows("b0"), 61);
  EXPECT_EQ(lake.CountTokens("b0"), 21);
}

TEST(Loader, AGroupOfWhichAnotherLoadHasCommittedAPartIsReadApart) {
  PretendLake lake;
  lake.Load({File(0, "first", 1)});  // makes the table
  std::vector<FileRef> files;
  for (int i = 0; i < 10; ++i) files.push_back(File(0, fmt::format("{:02}", i)));
  // One without our ledger, while our query runs.
  lake.engine.OnNextGroup([&] {
    const auto ledger = ledger::NewMemoryLedger(lake.clock, lake.random);
    const Services other{lake.router, *ledger,    lake.catalog, lake.engine,
                         lake.store,  lake.clock, lake.random,  *lake.log};
    LoadFiles(other, std::span(files).subspan(3, 4), lake.options, [](const Outcome&) {}, {});
  });
  lake.Load(files);
  ASSERT_THAT(lake.outcomes, SizeIs(10));
  for (const Outcome& outcome : lake.outcomes) {
    const int number = std::stoi(outcome.file.uri.key);
    EXPECT_EQ(outcome.fate, number >= 3 && number < 7 ? Fate::kSkipped : Fate::kLoaded) << number;
  }
  EXPECT_EQ(lake.CountRows("b0"), 31);
  EXPECT_EQ(lake.CountTokens("b0"), 11);
}

TEST(Loader, FilesThatAreLikeNoOtherAreReadApart) {
  PretendLake lake;
  std::vector<FileRef> files;
  for (int i = 0; i < 20; ++i) {
    files.push_back(File(0, fmt::format("{:02}{}", i, i % 4 == 3 ? "-odd" : "")));
  }
  lake.Load(files);
  EXPECT_THAT(lake.outcomes, AllOf(SizeIs(20), Each(Field(&Outcome::fate, Fate::kLoaded))));
  EXPECT_EQ(lake.CountRows("b0"), 60);
}

TEST(Loader, AQueryThatIsNoneForGroupsReadsEachFile) {
  PretendLake lake("SELECT count(*) AS id FROM '{s3_input_path}'");
  lake.Load(Files(20));
  EXPECT_THAT(lake.outcomes, AllOf(SizeIs(20), Each(Field(&Outcome::fate, Fate::kLoaded))));
  EXPECT_THAT(lake.engine.groups(), IsEmpty());
  EXPECT_EQ(lake.engine.runs(), 20);
}

TEST(Loader, TwoOfThemShareTablesAndLoadEachFileOnce) {
  PretendLake lake;
  const std::vector<FileRef> files = Files(kMany / 10);
  std::mutex mutex;
  std::multiset<Fate> fates;
  const auto take = [&](const Outcome& outcome) {
    const std::lock_guard lock(mutex);
    fates.insert(outcome.fate);
  };
  {
    Loader one(lake.services, lake.options, {});
    Loader other(lake.services, lake.options, {});
    one.Submit(files, take);
    other.Submit(files, take);
  }
  EXPECT_EQ(fates.count(Fate::kLoaded), files.size());
  EXPECT_EQ(fates.count(Fate::kSkipped), files.size());
  std::int64_t rows = 0;
  for (int i = 0; i < kTables; ++i) rows += lake.CountRows(fmt::format("b{}", i));
  EXPECT_EQ(rows, static_cast<std::int64_t>(3 * files.size()));
}

TEST(Loader, AStopInTheMiddleLeavesEveryFileWithAFate) {
  PretendLake lake;
  std::stop_source stop;
  std::size_t told = 0;
  std::size_t loaded = 0;
  LoadFiles(
      lake.services, Files(kMany / 10), lake.options,
      [&](const Outcome& outcome) {
        if (++told == 200) stop.request_stop();
        if (outcome.fate == Fate::kLoaded) ++loaded;
      },
      stop.get_token());
  EXPECT_EQ(told, kMany / 10);
  std::int64_t rows = 0;
  for (int i = 0; i < kTables; ++i) rows += lake.CountRows(fmt::format("b{}", i));
  EXPECT_EQ(rows, static_cast<std::int64_t>(3 * loaded));
}

}  // namespace
}  // namespace eider::pipeline
