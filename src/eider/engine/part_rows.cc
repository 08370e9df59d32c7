#include "eider/engine/part_rows.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/exception.hpp>
#include <duckdb/function/table_function.hpp>
#include <duckdb/storage/buffer_manager.hpp>

#include "eider/engine/text_vector.h"

namespace eider::engine {
namespace {

using duckdb::ColumnDataCollection;
using duckdb::DataChunk;
using duckdb::idx_t;

// Strings and nested values have more bytes elsewhere.
constexpr idx_t kVariableBytes = 32;

idx_t RowBytes(const duckdb::vector<duckdb::LogicalType>& types) {
  idx_t bytes = 0;
  for (const duckdb::LogicalType& type : types) {
    const auto physical = type.InternalType();
    bytes +=
        duckdb::TypeIsConstantSize(physical) ? duckdb::GetTypeIdSize(physical) : kVariableBytes;
  }
  return bytes;
}

// ---- the scan -----------------------------------------------------------------------------------

struct ScanData final : duckdb::TableFunctionData {
  ScanData(const PartRows::Scan& part_scan, std::vector<duckdb::column_t> ids)
      : scan(part_scan), columns(std::move(ids)) {}

  duckdb::unique_ptr<FunctionData> Copy() const override {
    return duckdb::make_uniq<ScanData>(scan, columns);
  }

  bool Equals(const FunctionData& other) const override {
    return &other.Cast<ScanData>().scan == &scan;
  }

  const PartRows::Scan& scan;
  std::vector<duckdb::column_t> columns;  // the id of each column of the rows
};

struct ScanState final : duckdb::GlobalTableFunctionState {
  idx_t MaxThreads() const override { return threads_max; }

  duckdb::ColumnDataParallelScanState scan;
  std::vector<std::optional<std::size_t>> source;  // of each column that goes out, among `scanned`
  duckdb::vector<duckdb::column_t> scanned;
  std::optional<std::size_t> group;  // among `scanned`
  idx_t threads_max = 1;
};

struct ThreadState final : duckdb::LocalTableFunctionState {
  duckdb::ColumnDataLocalScanState scan;
  DataChunk rows;
};

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> BeginScan(
    duckdb::ClientContext& /*context*/, duckdb::TableFunctionInitInput& input) {
  const auto& data = input.bind_data->Cast<ScanData>();
  auto state = duckdb::make_uniq<ScanState>();
  for (const duckdb::column_t id : input.column_ids) {
    const auto found = std::ranges::find(data.columns, id);
    if (found == data.columns.end()) {
      if (id != duckdb::COLUMN_IDENTIFIER_EMPTY) {
        throw duckdb::InternalException("the rows of a part lack a column of the plan");
      }
      state->source.emplace_back();
      continue;
    }
    state->source.emplace_back(state->scanned.size());
    state->scanned.push_back(static_cast<duckdb::column_t>(found - data.columns.begin()));
  }
  if (!data.scan.is_ours.empty() || state->scanned.empty()) {
    state->group = state->scanned.size();
    state->scanned.push_back(data.scan.group_column);
  }
  data.scan.rows->InitializeScan(state->scan, state->scanned);
  state->threads_max = std::max<idx_t>(1, data.scan.rows->ChunkCount());
  return state;
}

duckdb::unique_ptr<duckdb::LocalTableFunctionState> BeginThread(
    duckdb::ExecutionContext& context, duckdb::TableFunctionInitInput& input,
    duckdb::GlobalTableFunctionState* global) {
  const auto& data = input.bind_data->Cast<ScanData>();
  auto state = duckdb::make_uniq<ThreadState>();
  duckdb::vector<duckdb::LogicalType> types;
  for (const duckdb::column_t column : global->Cast<ScanState>().scanned) {
    types.push_back(data.scan.rows->Types()[column]);
  }
  state->rows.Initialize(duckdb::Allocator::Get(context.client), types);
  return state;
}

// Keeps the rows of the part; how many they are.
idx_t SelectOurs(const PartRows::Scan& scan, std::size_t group, DataChunk& rows,
                 duckdb::SelectionVector& ours) {
  duckdb::UnifiedVectorFormat format;
  rows.data[group].ToUnifiedFormat(rows.size(), format);
  const auto* groups = duckdb::UnifiedVectorFormat::GetData<std::uint32_t>(format);
  idx_t count = 0;
  for (idx_t row = 0; row < rows.size(); ++row) {
    if (scan.is_ours[groups[format.sel->get_index(row)]]) ours.set_index(count++, row);
  }
  return count;
}

void ScanRows(duckdb::ClientContext& /*context*/, duckdb::TableFunctionInput& input,
              DataChunk& output) {
  const auto& scan = input.bind_data->Cast<ScanData>().scan;
  auto& global = input.global_state->Cast<ScanState>();
  auto& local = input.local_state->Cast<ThreadState>();
  while (scan.rows->Scan(global.scan, local.scan, local.rows)) {
    idx_t count = local.rows.size();
    duckdb::SelectionVector ours;
    if (!scan.is_ours.empty()) {
      ours.Initialize(count);
      count = SelectOurs(scan, *global.group, local.rows, ours);
      if (count == 0) continue;
    }
    for (std::size_t i = 0; i < global.source.size(); ++i) {
      if (!global.source[i]) {
        output.data[i].Reference(duckdb::Value(output.data[i].GetType()));
      } else {
        output.data[i].Reference(local.rows.data[*global.source[i]]);
      }
    }
    output.SetCardinality(local.rows.size());
    if (count < local.rows.size()) output.Slice(ours, count);
    return;
  }
  output.SetCardinality(0);
}

duckdb::unique_ptr<duckdb::NodeStatistics> Cardinality(duckdb::ClientContext& /*context*/,
                                                       const duckdb::FunctionData* data) {
  return duckdb::make_uniq<duckdb::NodeStatistics>(data->Cast<ScanData>().scan.rows->Count());
}

// Plans are copied by way of bytes; DuckDB then goes on without a copy.
void RefuseCopy(duckdb::Serializer& /*serializer*/,
                const duckdb::optional_ptr<duckdb::FunctionData> /*data*/,
                const duckdb::TableFunction& /*function*/) {
  throw duckdb::NotImplementedException("the rows of a part are not copied");
}

duckdb::unique_ptr<duckdb::FunctionData> RefuseReading(duckdb::Deserializer& /*deserializer*/,
                                                       duckdb::TableFunction& /*function*/) {
  throw duckdb::NotImplementedException("the rows of a part are not copied");
}

duckdb::TableFunction ScanFunction() {
  duckdb::TableFunction function("eider_part_rows", {}, ScanRows, nullptr, BeginScan, BeginThread);
  function.cardinality = Cardinality;
  function.projection_pushdown = true;
  function.serialize = RefuseCopy;
  function.deserialize = RefuseReading;
  function.verify_serialization = false;
  return function;
}

}  // namespace

// ---- the rows ---------------------------------------------------------------------------------

class PartRows::PartWorker final : public RowSink::Worker {
 public:
  explicit PartWorker(PartRows& rows)
      : rows_(rows),
        buckets_(rows.NewBuckets()),
        states_(buckets_.size()),
        chosen_(buckets_.size()),
        counts_(buckets_.size()),
        group_rows_(rows.groups_.size()),
        group_vector_(duckdb::LogicalType::UINTEGER) {
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      buckets_[i]->InitializeAppend(states_[i]);
      chosen_[i].Initialize(STANDARD_VECTOR_SIZE);
    }
    tagged_.InitializeEmpty(rows.types_);
    chunk_.InitializeEmpty(rows.types_);
  }

  void Take(DataChunk& incoming) override {
    const idx_t count = incoming.size();
    const auto& groups = texts_.Read(incoming.data.back(), count,
                                     [&](const auto& text) { return rows_.GroupOf(text); });
    std::ranges::fill(counts_, 0);
    auto* tags = duckdb::FlatVector::GetData<std::uint32_t>(group_vector_);
    for (idx_t row = 0; row < count; ++row) {
      const std::uint32_t group = groups[row];
      tags[row] = group;
      ++group_rows_[group];
      for (const std::size_t bucket : rows_.groups_[group].buckets) {
        chosen_[bucket].set_index(counts_[bucket]++, row);
      }
    }
    for (std::size_t i = 0; i + 1 < tagged_.ColumnCount(); ++i) {
      tagged_.data[i].Reference(incoming.data[i]);
    }
    tagged_.data.back().Reference(group_vector_);
    tagged_.SetCardinality(count);
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
      if (counts_[bucket] > 0) Append(bucket, counts_[bucket]);
    }
  }

  void Finish() override {
    states_.clear();  // they hold the last chunks in memory
    rows_.AddRows(buckets_, group_rows_);
  }

 private:
  void Append(std::size_t bucket, idx_t count) {
    if (count == tagged_.size()) {
      buckets_[bucket]->Append(states_[bucket], tagged_);
      return;
    }
    chunk_.Slice(tagged_, chosen_[bucket], count);
    buckets_[bucket]->Append(states_[bucket], chunk_);
  }

  PartRows& rows_;
  std::vector<std::unique_ptr<ColumnDataCollection>> buckets_;
  std::vector<duckdb::ColumnDataAppendState> states_;
  std::vector<duckdb::SelectionVector> chosen_;  // by bucket
  std::vector<idx_t> counts_;                    // by bucket
  std::vector<std::uint64_t> group_rows_;
  TextVectorReader<std::uint32_t> texts_;
  duckdb::Vector group_vector_;
  DataChunk tagged_;
  DataChunk chunk_;
};

PartRows::PartRows(duckdb::DatabaseInstance& database, const Options& options)
    : database_(database), types_(options.types) {
  types_.push_back(duckdb::LogicalType::UINTEGER);
  AddGroups(options.parts);
  const idx_t bucket_bytes =
      RowBytes(types_) * STANDARD_VECTOR_SIZE * static_cast<idx_t>(options.threads);
  const idx_t affordable = std::max<idx_t>(1, options.memory_bytes / bucket_bytes);
  Spread(std::min<std::size_t>(options.parts.size(), affordable), options.parts.size());
  buckets_ = NewBuckets();
  group_rows_.resize(groups_.size());
  for (std::size_t part = 0; part < scans_.size(); ++part) {
    scans_[part].rows = buckets_[bucket_of_part_[part]].get();
    scans_[part].group_column = types_.size() - 1;
  }
}

// One group for each value that a filter names, and one for all other rows.
void PartRows::AddGroups(const std::vector<const RowFilter*>& parts) {
  groups_.resize(1);
  for (std::size_t part = 0; part < parts.size(); ++part) {
    if (parts[part] == nullptr) continue;
    for (const auto& value : parts[part]->values) {
      const auto [entry, is_new] =
          group_of_value_.try_emplace(value, static_cast<std::uint32_t>(groups_.size()));
      if (is_new) groups_.emplace_back();
      auto& group_parts = groups_[entry->second].parts;
      if (std::ranges::find(group_parts, part) == group_parts.end()) group_parts.push_back(part);
    }
  }
  for (std::size_t part = 0; part < parts.size(); ++part) {
    if (parts[part] != nullptr) continue;
    for (Group& group : groups_) group.parts.push_back(part);
  }
}

void PartRows::Spread(std::size_t bucket_count, std::size_t part_count) {
  std::vector<std::size_t> parts_in(bucket_count);
  for (std::size_t part = 0; part < part_count; ++part) {
    bucket_of_part_.push_back(part % bucket_count);
    ++parts_in[part % bucket_count];
  }
  for (Group& group : groups_) {
    for (const std::size_t part : group.parts) {
      const std::size_t bucket = bucket_of_part_[part];
      if (std::ranges::find(group.buckets, bucket) == group.buckets.end()) {
        group.buckets.push_back(bucket);
      }
    }
  }
  scans_.resize(part_count);
  for (std::size_t part = 0; part < part_count; ++part) {
    if (parts_in[bucket_of_part_[part]] == 1) continue;
    for (const Group& group : groups_) {
      scans_[part].is_ours.push_back(std::ranges::find(group.parts, part) != group.parts.end());
    }
  }
}

std::vector<std::unique_ptr<ColumnDataCollection>> PartRows::NewBuckets() const {
  std::vector<std::unique_ptr<ColumnDataCollection>> buckets;
  const std::size_t count = *std::ranges::max_element(bucket_of_part_) + 1;
  auto& memory = duckdb::BufferManager::GetBufferManager(database_);
  for (std::size_t i = 0; i < count; ++i) {
    buckets.push_back(std::make_unique<ColumnDataCollection>(memory, types_));
  }
  return buckets;
}

std::unique_ptr<RowSink::Worker> PartRows::NewWorker() {
  return std::make_unique<PartWorker>(*this);
}

std::uint32_t PartRows::GroupOf(std::optional<std::string_view> value) const {
  const auto found = group_of_value_.find(value);
  return found == group_of_value_.end() ? 0 : found->second;
}

void PartRows::AddRows(std::vector<std::unique_ptr<ColumnDataCollection>>& rows,
                       const std::vector<std::uint64_t>& group_rows) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i]->Combine(*rows[i]);
  for (std::size_t i = 0; i < group_rows.size(); ++i) group_rows_[i] += group_rows[i];
}

std::optional<std::string> PartRows::FindMissingValue() const {
  for (const auto& [value, group] : group_of_value_) {
    if (group_rows_[group] == 0) return value ? "'" + *value + "'" : "null";
  }
  return std::nullopt;
}

std::uint64_t PartRows::RowsOf(std::size_t part) const {
  std::uint64_t rows = 0;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (std::ranges::find(groups_[i].parts, part) != groups_[i].parts.end()) rows += group_rows_[i];
  }
  return rows;
}

void PartRows::ReadFor(std::size_t part, const std::vector<duckdb::column_t>& columns,
                       duckdb::LogicalGet& get) const {
  get.function = ScanFunction();
  get.bind_data = duckdb::make_uniq<ScanData>(scans_[part], columns);
  // What a plan asks for that only counts rows.
  get.virtual_columns.try_emplace(duckdb::COLUMN_IDENTIFIER_EMPTY, "",
                                  duckdb::LogicalType::BOOLEAN);
}

}  // namespace eider::engine
