// Reading and writing files like Iceberg's manifests: 10,000 entries, statistics of 20 columns
// each.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/avro_reader.h"
#include "eider/codec/avro_value.h"
#include "eider/codec/avro_writer.h"

namespace eider::codec {
namespace {

constexpr int kEntries = 10'000;
constexpr int kColumns = 20;

std::string MapSchema(std::string_view name, std::string_view value) {
  return fmt::format(R"({{"name": "{0}", "type": ["null", {{"type": "array", "logicalType": "map",
    "items": {{"type": "record", "name": "kv_{0}", "fields": [{{"name": "key", "type": "int"}},
    {{"name": "value", "type": "{1}"}}]}}}}]}})",
                     name, value);
}

std::string Schema() {
  return fmt::format(
      R"({{"type": "record", "name": "manifest_entry", "fields": [
        {{"name": "status", "type": "int"}}, {{"name": "snapshot_id", "type": ["null", "long"]}},
        {{"name": "data_file", "type": {{"type": "record", "name": "r2", "fields": [
          {{"name": "file_path", "type": "string"}}, {{"name": "record_count", "type": "long"}},
          {}, {}, {}, {}, {}]}}}}]}})",
      MapSchema("column_sizes", "long"), MapSchema("value_counts", "long"),
      MapSchema("null_value_counts", "long"), MapSchema("lower_bounds", "bytes"),
      MapSchema("upper_bounds", "bytes"));
}

AvroValue Entry(std::int64_t n) {
  AvroArray counts;
  AvroArray bounds;
  for (int column = 0; column < kColumns; ++column) {
    counts.items.emplace_back(AvroRecord{{column, n * column}});
    bounds.items.emplace_back(AvroRecord{{column, fmt::format("bound {:08}", n)}});
  }
  return AvroRecord{
      {1, AvroValue(),
       AvroRecord{{fmt::format("s3://warehouse/db/table/data/00000-0-{:032}.parquet", n), n, counts,
                   counts, counts, bounds, bounds}}}};
}

std::string File() {
  auto writer = AvroWriter::Create(Schema(), {});
  if (!writer) std::abort();
  for (int i = 0; i < kEntries; ++i) {
    if (!writer->Append(Entry(i))) std::abort();
  }
  return *std::move(*writer).Finish();
}

void BM_WriteManifest(benchmark::State& state) {
  const AvroValue entry = Entry(1);
  const std::string schema = Schema();
  for (auto _ : state) {
    auto writer = AvroWriter::Create(schema, {});
    for (int i = 0; i < kEntries; ++i) {
      if (!writer->Append(entry)) std::abort();
    }
    benchmark::DoNotOptimize(std::move(*writer).Finish());
  }
  state.SetItemsProcessed(state.iterations() * kEntries);
}

void BM_ReadManifest(benchmark::State& state) {
  const std::string file = File();
  for (auto _ : state) {
    auto reader = AvroReader::Open(file);
    int entries = 0;
    while (auto entry = *reader->Next()) {
      benchmark::DoNotOptimize(*entry);
      ++entries;
    }
    if (entries != kEntries) std::abort();
  }
  state.SetItemsProcessed(state.iterations() * kEntries);
}

BENCHMARK(BM_WriteManifest)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_ReadManifest)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace eider::codec
