// A thousand small files into a table by one query, and DuckDB's own way with the same files.
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
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/sql_engine.h"
#include "eider/store/local_store.h"

namespace eider::engine {
namespace {

constexpr int kFiles = 1000;
constexpr const char* kSql = "SELECT * FROM '{s3_input_path}'";

// The files and an engine; gone at the end of the benchmark.
class SmallFiles {
 public:
  // `kind` is how they end: "parquet" or "csv".
  explicit SmallFiles(const std::string& kind)
      : kind_(kind), database_(nullptr), connection_(database_) {
    std::string name = (std::filesystem::temp_directory_path() / "eider-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    root_ = name;
    for (const char* folder : {"in", "lake"}) std::filesystem::create_directory(root_ / folder);
    for (int i = 0; i < kFiles; ++i) {
      const std::string key = fmt::format("{}.{}", i, kind);
      paths_.push_back((root_ / "in" / key).string());
      Plain(
          fmt::format("COPY (SELECT range AS id, 'name ' || range AS name, range * 0.5::DOUBLE AS "
                      "price FROM range({}, {})) TO '{}'",
                      i * 200, (i + 1) * 200, paths_.back()));
      InputFile& file = files_.emplace_back();
      file.file.uri = {"s3", "in", key};
      file.file.size_bytes = std::filesystem::file_size(paths_.back());
    }
    store_ = std::make_unique<store::LocalStore>(std::map<std::string, std::string>{
        {"in", (root_ / "in").string()}, {"lake", (root_ / "lake").string()}});
    EngineOptions options;
    options.temp_directory = root_.string();
    engine_ = Must(OpenDuckDb(*store_, options));
    schema_ = Must(engine_->Describe({kSql, files_.front().file})).schema;
    Plain("SET threads = 2");
    Plain("SET preserve_insertion_order = false");
  }

  ~SmallFiles() {
    engine_.reset();
    std::filesystem::remove_all(root_);
  }

  SmallFiles(const SmallFiles&) = delete;
  SmallFiles& operator=(const SmallFiles&) = delete;

  void ByOneQuery() { Must(engine_->RunGroup({kSql, files_.front().file}, files_, Target(), {})); }

  void OneByOne() {
    for (const InputFile& file : files_) Must(engine_->Run({kSql, file.file}, Target(), {}));
  }

  void ByDuckDbAlone() {
    std::string list;
    for (const std::string& path : paths_) {
      list += fmt::format("{}'{}'", list.empty() ? "" : ",", path);
    }
    Plain(
        fmt::format("COPY (SELECT * FROM read_{}([{}])) TO '{}' (FORMAT parquet, COMPRESSION zstd)",
                    kind_, list, (root_ / "lake/all.parquet").string()));
  }

 private:
  template <typename T>
  static T Must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return *std::move(result);
  }

  void Plain(const std::string& sql) {
    const auto result = connection_.Query(sql);
    if (result->HasError()) throw std::runtime_error(result->GetError());
  }

  WriteTarget Target() const {
    return {.table_name = "t",
            .schema = schema_,
            .data_location = {"s3", "lake", "t"},
            .file_prefix = "run"};
  }

  std::string kind_;
  std::filesystem::path root_;
  duckdb::DuckDB database_;
  duckdb::Connection connection_;
  std::vector<std::string> paths_;
  std::vector<InputFile> files_;
  std::unique_ptr<store::LocalStore> store_;
  std::unique_ptr<SqlEngine> engine_;
  iceberg::Schema schema_;
};

void BM_ByDuckDbAlone(benchmark::State& state, const std::string& kind) {
  SmallFiles files(kind);
  for (auto _ : state) files.ByDuckDbAlone();
}

void BM_ByOneQuery(benchmark::State& state, const std::string& kind) {
  SmallFiles files(kind);
  for (auto _ : state) files.ByOneQuery();
}

void BM_OneByOne(benchmark::State& state, const std::string& kind) {
  SmallFiles files(kind);
  for (auto _ : state) files.OneByOne();
}

BENCHMARK_CAPTURE(BM_ByDuckDbAlone, parquet, "parquet")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(BM_ByOneQuery, parquet, "parquet")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(BM_OneByOne, parquet, "parquet")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(BM_ByDuckDbAlone, csv, "csv")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(BM_ByOneQuery, csv, "csv")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(BM_OneByOne, csv, "csv")->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace eider::engine
