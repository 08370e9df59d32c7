#include "eider/engine/partition_sink.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/common/types/column/column_data_collection.hpp>
#include <duckdb/common/types/data_chunk.hpp>
#include <duckdb/common/types/value.hpp>
#include <duckdb/common/types/vector.hpp>
#include <duckdb/common/vector_operations/vector_operations.hpp>
#include <duckdb/storage/buffer_manager.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/object_file_system.h"
#include "eider/engine/serialized_value.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/partition.h"

namespace eider::engine {
namespace {

using duckdb::ColumnDataCollection;
using duckdb::DataChunk;
using duckdb::idx_t;
using duckdb::Value;
using duckdb::Vector;

// So many partitions are named where there are too many.
constexpr std::size_t kNamedMax = 5;

}  // namespace

class PartitionSink::KeyWorker final : public RowSink::Worker {
 public:
  explicit KeyWorker(const Options& options) : options_(options) {}

  void Take(DataChunk& rows) override {
    if (rows.size() == 0) return;
    MarkBorders(rows);
    for (idx_t begin = 0; begin < rows.size();) {
      idx_t end = begin + 1;
      while (end < rows.size() && !is_border_[end]) ++end;
      if (is_border_[begin]) BeginPartition(rows, begin);
      Append(rows, begin, end);
      begin = end;
    }
  }

  void Finish() override {
    EndPartition();
    options_.files.Finish();
  }

 private:
  std::size_t KeysBegin() const { return options_.table_columns; }

  std::size_t KeysEnd() const { return options_.table_columns + options_.keys.keys.size(); }

  // Rows whose keys are not those of the row before.
  void MarkBorders(DataChunk& rows) {
    const idx_t count = rows.size();
    is_border_.assign(count, false);
    before_.Initialize(STANDARD_VECTOR_SIZE);
    for (idx_t row = 0; row < count; ++row) before_.set_index(row, row == 0 ? 0 : row - 1);
    for (std::size_t i = KeysBegin(); i < KeysEnd(); ++i) {
      Vector keys_before(rows.data[i].GetType());
      keys_before.Slice(rows.data[i], before_, count);
      Vector differs(duckdb::LogicalType::BOOLEAN);
      duckdb::VectorOperations::DistinctFrom(rows.data[i], keys_before, differs, count);
      differs.Flatten(count);
      const bool* const flags = duckdb::FlatVector::GetData<bool>(differs);
      for (idx_t row = 0; row < count; ++row) is_border_[row] = is_border_[row] || flags[row];
    }
    is_border_[0] = partition_ == nullptr || !ContinuesPartition(rows);
    last_keys_.clear();
    for (std::size_t i = KeysBegin(); i < KeysEnd(); ++i) {
      last_keys_.push_back(rows.data[i].GetValue(count - 1));
    }
  }

  bool ContinuesPartition(DataChunk& rows) const {
    for (std::size_t i = 0; i < last_keys_.size(); ++i) {
      if (!Value::NotDistinctFrom(last_keys_[i], rows.data[KeysBegin() + i].GetValue(0)))
        return false;
    }
    return true;
  }

  void BeginPartition(DataChunk& rows, idx_t row) {
    EndPartition();
    iceberg::PartitionTuple tuple;
    for (std::size_t i = 0; i < options_.columns.size(); ++i) {
      tuple.emplace_back();
      const auto& key = options_.keys.of_columns[i];
      if (!key) continue;
      const Value value = rows.data[KeysBegin() + *key].GetValue(row);
      if (value.IsNull()) continue;
      tuple.back() = BytesOf(value, options_.keys.keys[*key].value_kind, options_.columns[i].path);
    }
    std::string path = iceberg::PartitionPath(options_.columns, tuple);
    CheckCount(path);
    partition_ = options_.files.Begin(std::move(tuple), std::move(path));
    NewRows(rows);
  }

  std::string BytesOf(const Value& value, iceberg::TypeKind kind, const std::string& column) const {
    auto bytes = SerializeValue(value, kind);
    if (bytes) return *std::move(bytes);
    Error error =
        Annotate(fmt::format("column {} of table {}", column, options_.table_name), bytes.error());
    error.message += "; file " + options_.grants.InputsText();
    ThrowToDuckDb(options_.grants, error);
  }

  void CheckCount(const std::string& path) {
    if (named_.size() < kNamedMax) named_.push_back(path);
    if (++partitions_ <= options_.partitions_max) return;
    ThrowToDuckDb(
        options_.grants,
        {Code::kInvalid,
         fmt::format("the rows are of more than {} partitions of table {}: {}, …; make the "
                     "partitions larger, give the file in parts, or raise engine.partitions_max; "
                     "file {}",
                     options_.partitions_max, options_.table_name, fmt::join(named_, ", "),
                     options_.grants.InputsText())});
  }

  void NewRows(DataChunk& rows) {
    auto types = rows.GetTypes();
    types.resize(options_.table_columns);
    rows_ = duckdb::make_uniq<ColumnDataCollection>(duckdb::BufferAllocator::Get(options_.context),
                                                    std::move(types));
    rows_->InitializeAppend(append_);
  }

  void Append(DataChunk& rows, idx_t begin, idx_t end) {
    if (rows_ == nullptr) NewRows(rows);
    DataChunk chunk;
    chunk.InitializeEmpty(rows_->Types());
    for (std::size_t i = 0; i < options_.table_columns; ++i) {
      if (begin == 0 && end == rows.size()) {
        chunk.data[i].Reference(rows.data[i]);
      } else {
        chunk.data[i].Slice(rows.data[i], begin, end);
      }
    }
    chunk.SetCardinality(end - begin);
    rows_->Append(append_, chunk);
    const bool is_full = rows_->Count() >= options_.parquet.row_group_rows_max ||
                         rows_->SizeInBytes() >= options_.parquet.row_group_bytes_max;
    if (is_full) options_.files.Add(partition_, std::move(rows_), false);
  }

  void EndPartition() {
    if (partition_ == nullptr) return;
    options_.files.Add(std::exchange(partition_, nullptr), std::move(rows_), true);
  }

  const Options& options_;
  PartitionFiles::Partition* partition_ = nullptr;  // that of the last row
  PartitionFiles::RowGroup rows_;                   // of it, not handed over yet
  duckdb::ColumnDataAppendState append_;
  std::vector<bool> is_border_;
  duckdb::SelectionVector before_;
  std::vector<Value> last_keys_;
  int partitions_ = 0;
  std::vector<std::string> named_;
};

std::unique_ptr<RowSink::Worker> PartitionSink::NewWorker() {
  return std::make_unique<KeyWorker>(options_);
}

}  // namespace eider::engine
