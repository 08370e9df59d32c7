// A copy function that writes no file.
#include "eider/engine/row_sink.h"

#include <memory>
#include <string>
#include <utility>

#include <duckdb/execution/execution_context.hpp>
#include <duckdb/function/copy_function.hpp>
#include <duckdb/parser/parsed_data/copy_info.hpp>
#include <duckdb/planner/operator/logical_copy_to_file.hpp>

namespace eider::engine {

duckdb::CopyFunctionExecutionMode InOrder(bool /*preserve_insertion_order*/,
                                          bool /*supports_batch_index*/) {
  return duckdb::CopyFunctionExecutionMode::REGULAR_COPY_TO_FILE;
}

namespace {

// Nothing is opened under this name.
constexpr const char* kNoFile = "s3://eider-rows";

struct SinkData final : duckdb::FunctionData {
  explicit SinkData(RowSink& row_sink) : sink(row_sink) {}

  duckdb::unique_ptr<FunctionData> Copy() const override {
    return duckdb::make_uniq<SinkData>(sink);
  }

  bool Equals(const FunctionData& other) const override {
    return &other.Cast<SinkData>().sink == &sink;
  }

  RowSink& sink;
};

struct WorkerData final : duckdb::LocalFunctionData {
  explicit WorkerData(std::unique_ptr<RowSink::Worker> sink_worker)
      : worker(std::move(sink_worker)) {}

  std::unique_ptr<RowSink::Worker> worker;
};

duckdb::unique_ptr<duckdb::GlobalFunctionData> Begin(duckdb::ClientContext& /*context*/,
                                                     duckdb::FunctionData& /*data*/,
                                                     const std::string& /*path*/) {
  return duckdb::make_uniq<duckdb::GlobalFunctionData>();
}

duckdb::unique_ptr<duckdb::LocalFunctionData> BeginWorker(duckdb::ExecutionContext& /*context*/,
                                                          duckdb::FunctionData& data) {
  return duckdb::make_uniq<WorkerData>(data.Cast<SinkData>().sink.NewWorker());
}

void Take(duckdb::ExecutionContext& /*context*/, duckdb::FunctionData& /*data*/,
          duckdb::GlobalFunctionData& /*global*/, duckdb::LocalFunctionData& local,
          duckdb::DataChunk& rows) {
  local.Cast<WorkerData>().worker->Take(rows);
}

void FinishWorker(duckdb::ExecutionContext& /*context*/, duckdb::FunctionData& /*data*/,
                  duckdb::GlobalFunctionData& /*global*/, duckdb::LocalFunctionData& local) {
  local.Cast<WorkerData>().worker->Finish();
}

duckdb::CopyFunctionExecutionMode InParallel(bool /*preserve_insertion_order*/,
                                             bool /*supports_batch_index*/) {
  return duckdb::CopyFunctionExecutionMode::PARALLEL_COPY_TO_FILE;
}

duckdb::CopyFunction SinkFunction(RowOrder order) {
  duckdb::CopyFunction function("eider_rows");
  function.copy_to_initialize_global = Begin;
  function.copy_to_initialize_local = BeginWorker;
  function.copy_to_sink = Take;
  function.copy_to_combine = FinishWorker;
  function.execution_mode = order == RowOrder::kKept ? InOrder : InParallel;
  return function;
}

}  // namespace

duckdb::unique_ptr<duckdb::LogicalOperator> PourInto(
    RowSink& sink, RowOrder order, duckdb::unique_ptr<duckdb::LogicalOperator> rows) {
  auto copy = duckdb::make_uniq<duckdb::LogicalCopyToFile>(SinkFunction(order),
                                                           duckdb::make_uniq<SinkData>(sink),
                                                           duckdb::make_uniq<duckdb::CopyInfo>());
  copy->file_path = kNoFile;
  copy->use_tmp_file = false;
  copy->overwrite_mode = duckdb::CopyOverwriteMode::COPY_OVERWRITE_OR_IGNORE;
  copy->per_thread_output = false;
  copy->rotate = false;
  copy->partition_output = false;
  copy->write_partition_columns = false;
  copy->return_type = duckdb::CopyFunctionReturnType::CHANGED_ROWS;
  copy->expected_types = rows->types;
  copy->AddChild(std::move(rows));
  copy->ResolveOperatorTypes();
  return copy;
}

}  // namespace eider::engine
