// What one commit costs beside its files' way over a network: the promise is that a table with 500
// snapshots pays at most twice what one with 10 pays, and that a commit on 10,000 files in 1,000
// partitions and 1,000 snapshots takes less than 20 ms.
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/catalog/memory_table_pointer.h"
#include "eider/catalog/pointer_catalog.h"
#include "eider/iceberg/append.h"
#include "eider/store/memory_store.h"

namespace eider::catalog {
namespace {

constexpr std::int64_t kStartMs = 1'700'000'000'000;
const iceberg::TableName kTable{{"bronze"}, "orders"};

// A catalog in memory with one table of ten columns; with partitions each commit adds to ten of
// them a file each, in turn.
class Lake {
 public:
  explicit Lake(int partitions = 0)
      : catalog_(CatalogOver(std::make_unique<MemoryTablePointer>())), partitions_(partitions) {
    CreateTableRequest request;
    request.name = kTable;
    for (int i = 0; i < 10; ++i) {
      request.schema.fields.push_back({i + 1,
                                       fmt::format("column_{}", i),
                                       false,
                                       iceberg::Type{iceberg::TypeKind::kString},
                                       {}});
    }
    if (partitions > 0) request.spec.fields = {{1, 1000, "part", "identity"}};
    request.properties["write.metadata.delete-after-commit.enabled"] = "true";
    state_ = catalog_->Create(request).value();
  }

  // One fast or merge append, as the pipeline does it.
  void Append() {
    std::vector<iceberg::DataFile> files;
    const int count = partitions_ > 0 ? 10 : 1;
    for (int i = 0; i < count; ++i) files.push_back(NewFile());
    iceberg::Append append(
        store_, random_,
        {.files = std::move(files), .summary = {{"eider.commit-tokens", NewUuid(random_)}}});
    const auto change = append.Prepare(*state_.metadata, kStartMs).value();
    state_ = catalog_->Commit(kTable, state_, change).value();
    (void)append.DiscardMerged();
  }

  // Loads as a cold process does: by a catalog that remembers nothing.
  void Load(benchmark::State& timed) {
    timed.PauseTiming();
    auto pointer = std::make_unique<MemoryTablePointer>();
    (void)pointer->Create(kTable, state_.metadata_location, *state_.metadata);
    catalog_ = CatalogOver(std::move(pointer));
    timed.ResumeTiming();
    state_ = catalog_->Load(kTable).value();
  }

  void Fill(std::int64_t snapshots) {
    while (std::cmp_less(state_.metadata->snapshots.size(), snapshots)) Append();
  }

 private:
  iceberg::DataFile NewFile() {
    iceberg::DataFile file;
    file.file_path = fmt::format("s3://lake/bronze/orders/data/{}-0.parquet", NewUuid(random_));
    file.record_count = 9'000;
    file.file_size_in_bytes = 150'000;
    for (int id = 1; id <= 10; ++id) file.value_counts[id] = 9'000;
    if (partitions_ > 0) file.partition = {fmt::format("part {}", files_++ % partitions_)};
    return file;
  }

  std::unique_ptr<PointerCatalog> CatalogOver(std::unique_ptr<MemoryTablePointer> pointer) {
    return std::make_unique<PointerCatalog>(std::move(pointer), Uri{"s3", "lake", ""},
                                            PointerCatalog::Deps{store_, clock_, random_});
  }

  store::MemoryStore store_;
  SystemClock clock_;
  SeededRandom random_{7};
  std::unique_ptr<PointerCatalog> catalog_;
  int partitions_;
  int files_ = 0;  // so far
  LoadedTable state_;
};

// Commits of one process, one after another: each finds the state it made remembered.
void BM_CommitOnRemembered(benchmark::State& state) {
  Lake lake;
  lake.Fill(state.range(0));
  for (auto _ : state) lake.Append();
}

// The first commit of a process.
void BM_LoadAndCommit(benchmark::State& state) {
  Lake lake;
  lake.Fill(state.range(0));
  for (auto _ : state) {
    lake.Load(state);
    lake.Append();
  }
}

// The first commit of a process on a table of 1,000 partitions, by how many snapshots of ten files.
void BM_LoadAndCommitOnPartitions(benchmark::State& state) {
  Lake lake(1'000);
  lake.Fill(state.range(0));
  for (auto _ : state) {
    lake.Load(state);
    lake.Append();
  }
}

// Few iterations, because each adds a snapshot.
BENCHMARK(BM_CommitOnRemembered)
    ->Arg(10)
    ->Arg(500)
    ->Iterations(20)
    ->Repetitions(15)
    ->ReportAggregatesOnly()
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_LoadAndCommit)
    ->Arg(10)
    ->Arg(500)
    ->Iterations(20)
    ->Repetitions(15)
    ->ReportAggregatesOnly()
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_LoadAndCommitOnPartitions)
    ->Arg(10)
    ->Arg(1'000)
    ->Iterations(20)
    ->Repetitions(5)
    ->ReportAggregatesOnly()
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace eider::catalog
