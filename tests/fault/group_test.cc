// A group and the same files one by one: the same rows, tokens and history, and each file its own
// fate.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <stop_token>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/engine/testing/parquet_file.h"
#include "eider/pipeline/commit_tokens.h"
#include "eider/pipeline/load_files.h"
#include "fault_lake.h"

namespace eider::fault {
namespace {

using pipeline::Fate;
using pipeline::Outcome;
using ::testing::Le;
using ::testing::SizeIs;

// What is told of a file, without what differs from run to run.
using Told = std::tuple<Fate, std::int64_t, std::optional<std::int64_t>,
                        std::optional<std::int64_t>, std::string, std::string>;

Told ToldOf(const Outcome& outcome) {
  const ledger::LoadResult& result = outcome.result;
  return {outcome.fate,           result.rows,         result.counts.read,
          result.counts.filtered, result.target_table, result.sql_hash};
}

// One lake with the files that `put` makes, loaded by one call.
class Loaded {
 public:
  Loaded(const std::string& sql, int group_files,
         const std::function<void(const std::string& folder)>& put)
      : lake(NewFolder(), Routing::kParquet),
        ledger(lake.OpenLedger()),
        engine(lake.OpenEngine()),
        catalog(lake.CatalogOver(lake.OpenPointer())) {
    std::filesystem::create_directories(lake.folder + "/src-a");
    put(lake.folder + "/src-a");
    if (!sql.empty()) {
      routes::Route route = RouteTo("src-a", kOrders);
      route.query_sql = sql;
      EXPECT_TRUE(lake.routes.Put(route));
    }
    Load(group_files);
  }

  ~Loaded() { std::filesystem::remove_all(lake.folder); }

  void Load(int group_files) {
    const pipeline::Services services{lake.router, *ledger,    *catalog,    *engine,
                                      lake.store,  lake.clock, lake.random, *lake.log};
    pipeline::LoadOptions options;
    options.group_files = group_files;
    outcomes.clear();
    pipeline::LoadFiles(
        services, lake.AllFiles(), options,
        [&](const Outcome& outcome) { outcomes.push_back(outcome); }, std::stop_token());
  }

  std::map<std::string, Told> AllTold() const {
    std::map<std::string, Told> told;
    for (const Outcome& outcome : outcomes) told[outcome.file.uri.key] = ToldOf(outcome);
    return told;
  }

  std::set<std::string> Tokens() {
    std::set<std::string> tokens;
    const auto table = catalog->Load(kOrders).value().metadata;
    for (const iceberg::Snapshot& snapshot : table->snapshots) {
      const auto list = snapshot.summary.find(std::string(pipeline::kCommitTokensKey));
      if (list == snapshot.summary.end()) continue;
      std::stringstream text(list->second);
      for (std::string token; std::getline(text, token, ',');) tokens.insert(token);
    }
    return tokens;
  }

  std::size_t CountDataFiles() const {
    std::size_t count = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(lake.folder + "/warehouse")) {
      count += entry.path().extension() == ".parquet" ? 1 : 0;
    }
    return count;
  }

  FaultLake lake;
  std::unique_ptr<ledger::Ledger> ledger;
  std::unique_ptr<engine::SqlEngine> engine;
  std::unique_ptr<catalog::Catalog> catalog;
  std::vector<Outcome> outcomes;
};

std::string Numbered(const std::string& folder, int number) {
  return fmt::format("{}/{:03}.parquet", folder, number);
}

void PutAlike(const std::string& folder) {
  for (int i = 0; i < 40; ++i) {
    engine::WriteParquet(Numbered(folder, i),
                         fmt::format("SELECT range AS id, 'r' || range AS name "
                                     "FROM range({})",
                                     i));
  }
}

// Beside files that are alike: a broken one, empty ones, other types, other columns.
void PutOdd(const std::string& folder) {
  PutAlike(folder);
  std::ofstream(Numbered(folder, 7)) << "PAR1 this is no Parquet file PAR1";
  std::ofstream(Numbered(folder, 8));
  engine::WriteParquet(Numbered(folder, 9), "SELECT 'x' || range AS id, 'n' AS name FROM range(9)");
  engine::WriteParquet(Numbered(folder, 10),
                       "SELECT range::INTEGER AS id, 'n' AS name FROM range(10)");
  engine::WriteParquet(Numbered(folder, 11), "SELECT 'n' AS name, range AS id FROM range(11)");
  engine::WriteParquet(Numbered(folder, 12),
                       "SELECT range AS id, 'n' AS name, 1 AS extra FROM range(12)");
  engine::WriteParquet(Numbered(folder, 13), "SELECT range AS id FROM range(13)");
}

void ExpectTheSame(Loaded& alone, Loaded& grouped) {
  EXPECT_EQ(grouped.AllTold(), alone.AllTold());
  EXPECT_EQ(grouped.lake.CountRows(), alone.lake.CountRows());
}

// Tokens are made of URI, ETag and size; both lakes have other ETags.
TEST(Group, GivesWhatItsFilesGiveOneByOne) {
  Loaded alone("", 1, PutAlike);
  Loaded grouped("", 128, PutAlike);
  ExpectTheSame(alone, grouped);
  EXPECT_THAT(grouped.Tokens(), SizeIs(39));  // the first file has no rows
  EXPECT_THAT(alone.CountDataFiles(), 39);
  EXPECT_THAT(grouped.CountDataFiles(), Le(6));
}

TEST(Group, GivesWhatItsFilesGiveOneByOneWhereTheSqlFilters) {
  const std::string sql =
      "SELECT id, name FROM read_parquet('{s3_input_path}') WHERE id % 3 = 1 AND id > 5";
  Loaded alone(sql, 1, PutAlike);
  Loaded grouped(sql, 128, PutAlike);
  ExpectTheSame(alone, grouped);
  EXPECT_THAT(grouped.CountDataFiles(), Le(6));
}

TEST(Group, GivesWhatItsFilesGiveOneByOneWhereTheSqlCountsRows) {
  const std::string sql = "SELECT count(*) AS id FROM read_parquet('{s3_input_path}')";
  Loaded alone(sql, 1, PutAlike);
  Loaded grouped(sql, 128, PutAlike);
  ExpectTheSame(alone, grouped);
  EXPECT_THAT(grouped.CountDataFiles(), 40);
}

TEST(Group, ABadFileTakesNoOtherAlong) {
  Loaded alone("", 1, PutOdd);
  Loaded grouped("", 128, PutOdd);
  ExpectTheSame(alone, grouped);
  const auto told = grouped.AllTold();
  EXPECT_EQ(std::get<0>(told.at("007.parquet")), Fate::kFailed);
  EXPECT_EQ(std::get<0>(told.at("006.parquet")), Fate::kLoaded);
  EXPECT_EQ(std::get<0>(told.at("039.parquet")), Fate::kLoaded);
}

TEST(Group, FilesThatAreInAlreadyAreNotLoadedAgainWithoutALedger) {
  Loaded grouped("", 128, PutAlike);
  const std::int64_t rows = grouped.lake.CountRows();
  grouped.ledger.reset();
  std::filesystem::remove(grouped.lake.folder + "/ledger.db");
  grouped.ledger = grouped.lake.OpenLedger();
  engine::WriteParquet(Numbered(grouped.lake.folder + "/src-a", 100),
                       "SELECT 1::BIGINT AS id, 'x' AS name");
  engine::WriteParquet(Numbered(grouped.lake.folder + "/src-a", 101),
                       "SELECT 2::BIGINT AS id, 'x' AS name");
  grouped.Load(128);
  EXPECT_EQ(grouped.lake.CountRows(), rows + 2);
  EXPECT_EQ(std::ranges::count(grouped.outcomes, Fate::kSkipped, &Outcome::fate), 39);
}

}  // namespace
}  // namespace eider::fault
