// A file of 4,000,000 rows into one table, and into ten by the values of a column.
#include <stdlib.h>

#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <duckdb/main/connection.hpp>
#include <duckdb/main/database.hpp>
#include <duckdb/main/materialized_query_result.hpp>

#include "eider/base/result.h"
#include "eider/engine/sql_engine.h"
#include "eider/store/local_store.h"

namespace eider::engine {
namespace {

constexpr const char* kRows =
    "SELECT range AS id, (random() * 50000)::INTEGER AS customer, "
    "(random() * 10000)::DECIMAL(9, 2) AS amount, "
    "['new', 'paid', 'sent', 'returned'][1 + (random() * 3)::INTEGER] AS state, "
    "'shop ' || floor(random() * 10)::INTEGER AS shop, "
    "TIMESTAMP '2024-01-01' + INTERVAL (range) SECOND AS ordered_at FROM range(4000000)";
constexpr const char* kSql = "SELECT * FROM read_parquet('{s3_input_path}') WHERE id % 10 <> 3";
constexpr int kShops = 10;

template <typename T>
T Must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

// The file and an engine; gone at the end of the benchmark.
class Shop {
 public:
  Shop() {
    std::string name = (std::filesystem::temp_directory_path() / "eider-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    root_ = name;
    for (const char* folder : {"in", "lake"}) std::filesystem::create_directory(root_ / folder);
    duckdb::DuckDB database(nullptr);
    duckdb::Connection connection(database);
    const std::string path = (root_ / "in/orders.parquet").string();
    const auto made = connection.Query("COPY (" + std::string(kRows) + ") TO '" + path + "'");
    if (made->HasError()) throw std::runtime_error(made->GetError());
    store_ = std::make_unique<store::LocalStore>(std::map<std::string, std::string>{
        {"in", (root_ / "in").string()}, {"lake", (root_ / "lake").string()}});
    EngineOptions options;
    options.temp_directory = root_.string();
    engine_ = Must(OpenDuckDb(*store_, options));
    input_.uri = {"s3", "in", "orders.parquet"};
    input_.size_bytes = std::filesystem::file_size(path);
    schema_ = Must(engine_->Describe({kSql, input_})).schema;
  }

  ~Shop() {
    engine_.reset();
    std::filesystem::remove_all(root_);
  }

  Shop(const Shop&) = delete;
  Shop& operator=(const Shop&) = delete;

  auto Values() { return Must(engine_->DistinctValues({input_}, "shop", kShops, {})); }

  WriteTarget Target(const std::string& table) const {
    return {.table_name = table,
            .schema = schema_,
            .data_location = {"s3", "lake", table},
            .file_prefix = "run"};
  }

  void IntoOneTable() { Must(engine_->Run({kSql, input_}, Target("all"), {})); }

  void IntoATableForEachShop() {
    std::vector<PartQuery> parts;
    for (const auto& value : Values()) {
      Query query{.sql = kSql, .input = input_, .part = RowFilter{"shop", {value}}};
      parts.push_back({std::move(query), Target(value.value_or("none"))});
    }
    if (parts.size() != kShops) throw std::runtime_error("other shops than there should be");
    Must(engine_->RunParts(parts, {}));
  }

 private:
  std::filesystem::path root_;
  std::unique_ptr<store::LocalStore> store_;
  std::unique_ptr<SqlEngine> engine_;
  FileRef input_;
  iceberg::Schema schema_;
};

void BM_OneTable(benchmark::State& state) {
  Shop shop;
  for (auto _ : state) shop.IntoOneTable();
}

void BM_TenTables(benchmark::State& state) {
  Shop shop;
  for (auto _ : state) shop.IntoATableForEachShop();
}

void BM_DistinctValues(benchmark::State& state) {
  Shop shop;
  for (auto _ : state) benchmark::DoNotOptimize(shop.Values());
}

BENCHMARK(BM_OneTable)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(BM_TenTables)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(BM_DistinctValues)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace eider::engine
