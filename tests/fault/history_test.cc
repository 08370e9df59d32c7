// Random histories of one table against a model of it in memory: loads, schemas that grow, lost
// answers, and others that change schema, partitions, format and snapshots between and during them.
//
// EIDER_HISTORIES says how many, EIDER_HISTORY_SEED which is the first.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dice.h"
#include "eider/base/log.h"
#include "eider/catalog/memory_table_pointer.h"
#include "eider/catalog/metadata_file.h"
#include "eider/catalog/pointer_catalog.h"
#include "eider/catalog/testing/forwarding_table_pointer.h"
#include "eider/iceberg/live_files.h"
#include "eider/iceberg/table_metadata_json.h"
#include "eider/ledger/testing/memory_ledger.h"
#include "eider/pipeline/load_files.h"
#include "eider/routes/memory_route_store.h"
#include "eider/routing/strategy.h"
#include "eider/store/memory_store.h"
#include "fault_lake.h"
#include "history_model.h"
#include "scripted_pointer.h"

namespace eider::fault {
namespace {

using iceberg::TableMetadata;

const iceberg::TableName kTable{{"t"}, "t"};
constexpr int kStepsMax = 14;

// Less is enough for the sanitizers.
#ifdef NDEBUG
constexpr std::uint64_t kHistories = 60;
#else
constexpr std::uint64_t kHistories = 15;
#endif

// Lets somebody else change the table before a swap. Borrows both.
class BusyPointer final : public catalog::ForwardingTablePointer {
 public:
  BusyPointer(catalog::TablePointer& inner, std::function<void()>& before_swap)
      : ForwardingTablePointer(inner), before_swap_(before_swap) {}

  Status Swap(const catalog::PointerMove& move) override {
    if (const auto other = std::exchange(before_swap_, nullptr)) other();
    return inner().Swap(move);
  }

 private:
  std::function<void()>& before_swap_;
};

routes::RouteListing Routes() {
  routes::RouteListing listing;
  listing.routes.push_back({.partition_key = "in",
                            .target_table = kTable,
                            .query_sql = "FROM '{s3_input_path}'",
                            .schema = routes::SchemaContract::kEvolveWithWidening});
  return listing;
}

// One history. The engine outlives it and reads its store.
class History {
 public:
  History(std::uint64_t seed, store::MemoryStore& store, engine::SqlEngine& engine)
      : dice_(seed), folder_(fmt::format("/warehouse/{}", seed)), store_(store), engine_(engine) {
    options_.workers = 1;
    options_.retry = {.num_retries = 20, .min_wait = Milliseconds(0), .max_wait = Milliseconds(1)};
    const iceberg::Schema schema{.fields = {{1, "id", true, iceberg::TypeKind::kInt, {}},
                                            {2, "in", false, iceberg::TypeKind::kInt, {}},
                                            {3, "s", false, iceberg::TypeKind::kString, {}}}};
    catalog::CreateTableRequest request{.name = kTable, .schema = schema, .location = {}};
    if (dice_.OneIn(3)) request.properties["format-version"] = "3";
    if (dice_.OneIn(2)) request.properties["commit.manifest.min-count-to-merge"] = "2";
    EXPECT_TRUE(catalog_.Create(request));
  }

  void Run() {
    const std::size_t steps = 3 + dice_.Below(kStepsMax - 2);
    for (step_ = 0; step_ < static_cast<int>(steps); ++step_) {
      Step();
      if (testing::Test::HasFailure()) return;
      Check();
      if (testing::Test::HasFailure()) return;
    }
  }

  std::string Told() const { return fmt::format("{}", fmt::join(told_, "\n")); }

 private:
  void Step() {
    switch (dice_.Below(8)) {
      case 0:
        told_.emplace_back("another changes the schema");
        return ChangeByAnother([this](TableMetadata& table) { ChangeSchema(dice_, table, step_); });
      case 1:
        told_.emplace_back("another changes the partitions");
        return ChangeByAnother([this](TableMetadata& table) { ChangeSpec(dice_, table); });
      case 2:
        if (dice_.OneIn(2)) {
          told_.emplace_back("another expires snapshots");
          return ChangeByAnother([](TableMetadata& table) { ExpireSnapshots(table); });
        }
        if (dice_.OneIn(4)) {
          told_.emplace_back("another upgrades the format");
          return ChangeByAnother([](TableMetadata& table) { table.format_version = 3; });
        }
        return LoadAgain();
      case 3:
        return LoadBad();
      default:
        return LoadNew();
    }
  }

  const TableMetadata& Table() {
    state_ = catalog_.Load(kTable).value();
    return *state_.metadata;
  }

  // As an engine that knows the specification and nothing of us.
  void ChangeByAnother(const std::function<void(TableMetadata&)>& change) {
    const std::string before = pointer_.Read(kTable).value();
    const std::string bytes =
        store::ReadAll(store_, Uri::Parse(before).value(), 64U << 20U).value();
    TableMetadata table = catalog::DecodeMetadataFile(bytes).value();
    change(table);
    const auto after =
        Uri::Parse(fmt::format("file://{}/t/t/metadata/{:05}-{}.metadata.json", folder_,
                               catalog::NextMetadataVersion(before), ++others_))
            .value();
    ASSERT_TRUE(store_.Put(after, iceberg::TableMetadataToJson(table), store::PutMode::kReplace));
    ASSERT_TRUE(pointer_.Swap({kTable, before, after.ToString()}));
  }

  FileRef PutFile(const std::string& bytes) {
    FileRef file;
    file.uri = {"s3", "in", fmt::format("{}/{}.jsonl", folder_, ++files_)};
    EXPECT_TRUE(store_.Put(file.uri, bytes, store::PutMode::kReplace));
    const auto info = store_.Stat(file.uri).value();
    file.etag = info.etag;
    file.size_bytes = info.size_bytes;
    return file;
  }

  pipeline::Outcome Load(const FileRef& file) {
    std::vector<pipeline::Outcome> outcomes;
    pipeline::LoadFiles(
        services_, {&file, 1}, options_,
        [&](const pipeline::Outcome& outcome) { outcomes.push_back(outcome); }, std::stop_token());
    EXPECT_EQ(outcomes.size(), 1U);
    return outcomes.front();
  }

  std::vector<std::string> ColumnsOfNewFile() {
    std::vector<std::string> columns;
    for (const iceberg::Field& field : Table().CurrentSchema().fields) {
      if (!dice_.OneIn(4)) columns.push_back(field.name);
    }
    if (columns.empty() || dice_.OneIn(5)) columns.push_back(fmt::format("i{}", step_));
    if (dice_.OneIn(8)) columns.push_back(fmt::format("s{}", step_));
    return columns;
  }

  void LoadNew() {
    const iceberg::Schema before = Table().CurrentSchema();
    const std::vector<std::string> columns = ColumnsOfNewFile();
    std::vector<FileRow> rows;
    for (std::size_t i = 0; i < 1 + dice_.Below(5); ++i) rows.push_back(RandomRow(dice_, columns));
    for (const std::string& name : columns) {  // so that each column has a type
      while (!rows.front().contains(name)) rows.front() = RandomRow(dice_, columns);
    }
    for (std::size_t i = dice_.Below(4); i > 0; --i) {
      script_.push_back(
          dice_.OneOf(std::vector{SwapFault::kConflict, SwapFault::kUnavailable,
                                  SwapFault::kUnknownApplied, SwapFault::kUnknownLost}));
    }
    if (dice_.OneIn(3)) {
      told_.emplace_back("another changes the table before the next file's swap");
      before_swap_ = [this] {
        ChangeByAnother([this](TableMetadata& table) {
          dice_.OneIn(2) ? ChangeSchema(dice_, table, step_) : ChangeSpec(dice_, table);
        });
      };
    }
    const FileRef file = PutFile(JsonLines(rows));
    told_.push_back(fmt::format("file {}: {}", file.uri.ToString(), JsonLines(rows)));
    pipeline::Outcome outcome = Load(file);
    for (int i = 0; i < 3 && outcome.fate == pipeline::Fate::kFailed; ++i) outcome = Load(file);
    ASSERT_NE(outcome.fate, pipeline::Fate::kFailed) << outcome.error->message;
    script_.clear();
    before_swap_ = nullptr;
    // Beside another's change the file may have been first, or second.
    const iceberg::Schema& after = Table().CurrentSchema();
    if_second_ = model_;
    if_second_->Add(rows, after, after);
    model_.Add(rows, before, after);
    has_loaded_ = true;
    loaded_.push_back(file);
  }

  void LoadAgain() {
    if (loaded_.empty()) return;
    const FileRef& file = dice_.OneOf(loaded_);
    told_.push_back("again: " + file.uri.ToString());
    EXPECT_EQ(Load(file).fate, pipeline::Fate::kSkipped);
  }

  void LoadBad() {
    const FileRef file = PutFile("{\"id\": 1}\n{\"id\": ");
    told_.push_back("a file that is cut off");
    EXPECT_EQ(Load(file).fate, pipeline::Fate::kFailed);
  }

  void Check() {
    const TableMetadata& table = Table();
    EXPECT_EQ(iceberg::ParseTableMetadata(iceberg::TableMetadataToJson(table)).value(), table);
    EXPECT_GE(table.last_column_id, iceberg::HighestFieldId(table.CurrentSchema()));
    EXPECT_GE(table.last_column_id, last_column_id_);
    last_column_id_ = table.last_column_id;
    if (!has_loaded_) return;
    const auto files = iceberg::ReadLiveFiles(store_, table).value();
    CheckFiles(table, files);
    auto read = engine_.Head(files, table.CurrentSchema(), 1'000'000, {});
    ASSERT_TRUE(read) << read.error().message;
    std::ranges::sort(read->rows);
    if (if_second_ && read->rows == if_second_->RowsBy(table.CurrentSchema())) model_ = *if_second_;
    if_second_.reset();
    EXPECT_EQ(read->rows, model_.RowsBy(table.CurrentSchema()));
  }

  void CheckFiles(const TableMetadata& table, const std::vector<iceberg::DataFile>& files) {
    std::int64_t rows = 0;
    std::set<std::string> paths;
    for (const iceberg::DataFile& file : files) {
      rows += file.record_count;
      paths.insert(file.file_path);
      const iceberg::PartitionSpec* const spec = table.FindSpec(file.spec_id);
      ASSERT_NE(spec, nullptr);
      EXPECT_EQ(file.partition.size(), spec->fields.size());
    }
    EXPECT_EQ(paths.size(), files.size());
    EXPECT_EQ(rows, static_cast<std::int64_t>(model_.size()));
    const iceberg::Summary& summary = table.CurrentSnapshot()->summary;
    EXPECT_EQ(summary.at("total-records"), std::to_string(rows));
    EXPECT_EQ(summary.at("total-data-files"), std::to_string(files.size()));
    if (table.CurrentSnapshot()->first_row_id) CheckRowIds(table, files);
  }

  // Each row has an id, and none has that of another.
  static void CheckRowIds(const TableMetadata& table, const std::vector<iceberg::DataFile>& files) {
    std::map<std::int64_t, std::int64_t> ranges;  // rows by first id
    for (const iceberg::DataFile& file : files) {
      ASSERT_TRUE(file.first_row_id) << file.file_path;
      EXPECT_TRUE(ranges.emplace(*file.first_row_id, file.record_count).second);
    }
    std::int64_t next = 0;
    for (const auto& [first, rows] : ranges) {
      EXPECT_GE(first, next);
      next = first + rows;
    }
    EXPECT_LE(next, table.next_row_id);
  }

  Dice dice_;
  std::string folder_;
  store::MemoryStore& store_;
  engine::SqlEngine& engine_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<spdlog::logger> log_ = NewSilentLogger();
  routes::MemoryRouteStore routes_{Routes()};
  routing::Router router_{routes_, OptionsFor(Routing::kByBucket)};
  std::unique_ptr<ledger::Ledger> ledger_ = ledger::NewMemoryLedger(clock_, random_);
  std::deque<SwapFault> script_;
  std::function<void()> before_swap_;
  catalog::MemoryTablePointer pointer_;
  catalog::PointerCatalog catalog_{
      std::make_unique<ScriptedPointer>(std::make_unique<BusyPointer>(pointer_, before_swap_),
                                        script_),
      Uri{"file", "", folder_}, catalog::PointerCatalog::Deps{store_, clock_, random_}};
  pipeline::Services services_{router_, *ledger_, catalog_, engine_,
                               store_,  clock_,   random_,  *log_};
  pipeline::LoadOptions options_;
  catalog::LoadedTable state_;
  Model model_;
  std::optional<Model> if_second_;
  std::vector<FileRef> loaded_;
  std::vector<std::string> told_;
  int step_ = 0;
  int files_ = 0;
  int others_ = 0;
  int last_column_id_ = 0;
  bool has_loaded_ = false;
};

TEST(HistoryTest, EveryRowIsInOnceAndReadsAsItWasWritten) {
  const std::uint64_t first = NumberOf("EIDER_HISTORY_SEED", 1);
  const std::uint64_t count = NumberOf("EIDER_HISTORIES", kHistories);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    store::MemoryStore store;
    const auto engine = engine::OpenDuckDb(store, {.threads = 1}).value();
    History history(seed, store, *engine);
    history.Run();
    ASSERT_FALSE(HasFailure()) << fmt::format(
        "EIDER_HISTORY_SEED={} EIDER_HISTORIES=1 repeats it:\n{}", seed, history.Told());
  }
}

}  // namespace
}  // namespace eider::fault
