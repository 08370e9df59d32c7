// What a commit pays for a long-lived table: reading, changing and writing its metadata.
#include <cstdint>
#include <string>
#include <utility>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "eider/iceberg/table_change.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/table_metadata_json.h"

namespace eider::iceberg {
namespace {

constexpr std::int64_t kStartMs = 1'700'000'000'000;
constexpr std::int64_t kFirstSnapshotId = 3'051'729'675'574'597'004;

Snapshot AppendSnapshot(const TableMetadata& base) {
  const std::int64_t number = base.last_sequence_number + 1;
  Snapshot snapshot;
  snapshot.snapshot_id = kFirstSnapshotId + number;
  snapshot.parent_snapshot_id = base.current_snapshot_id;
  snapshot.sequence_number = number;
  snapshot.timestamp_ms = kStartMs + number;
  snapshot.manifest_list =
      fmt::format("{}/metadata/snap-{}-1-9c12d441-03fe-4693-9a96-a0705ddf69c1.avro", base.location,
                  snapshot.snapshot_id);
  snapshot.operation = "append";
  snapshot.schema_id = 0;
  for (const char* key :
       {"added-data-files", "added-files-size", "added-records", "changed-partition-count",
        "total-data-files", "total-delete-files", "total-equality-deletes", "total-files-size",
        "total-position-deletes", "total-records", "engine-name", "engine-version"}) {
    snapshot.summary[key] = std::to_string(10'000 * number);
  }
  snapshot.summary["eider.commit-token"] = "1f0c7e52-7a4b-4c59-9a53-0c8a5a2a4f6e";
  snapshot.summary["eider.route"] = "src-a";
  return snapshot;
}

TableMetadata Append(const TableMetadata& base) {
  Snapshot snapshot = AppendSnapshot(base);
  const std::int64_t id = snapshot.snapshot_id;
  const ChangeContext context{
      fmt::format("{}/metadata/{:05}-9c12d441-03fe-4693-9a96-a0705ddf69c1.metadata.json",
                  base.location, base.last_sequence_number),
      snapshot.timestamp_ms};
  return ApplyChange(base, {{}, {AddSnapshot{std::move(snapshot)}, MoveBranch(base, "main", id)}},
                     context)
      .value();
}

TableMetadata TableWith(std::int64_t snapshots) {
  NewTable made;
  for (int i = 0; i < 10; ++i) {
    made.schema.fields.push_back({i, fmt::format("column_{}", i), false, Type{TypeKind::kString}});
  }
  made.location = "s3://warehouse/bronze/orders";
  made.table_uuid = "9c12d441-03fe-4693-9a96-a0705ddf69c1";
  made.created_ms = kStartMs;
  TableMetadata table = MakeTableMetadata(made).value();
  for (std::int64_t i = 0; i < snapshots; ++i) table = Append(table);
  return table;
}

void BM_ParseTableMetadata(benchmark::State& state) {
  const std::string text = TableMetadataToJson(TableWith(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(ParseTableMetadata(text));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void BM_PrintTableMetadata(benchmark::State& state) {
  const TableMetadata table = TableWith(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(TableMetadataToJson(table));
}

void BM_ApplyAppend(benchmark::State& state) {
  const TableMetadata table = TableWith(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(Append(table));
}

BENCHMARK(BM_ParseTableMetadata)->Arg(10)->Arg(500)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_PrintTableMetadata)->Arg(10)->Arg(500)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_ApplyAppend)->Arg(10)->Arg(500)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace eider::iceberg
