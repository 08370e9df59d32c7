// The end of a plan whose rows go to code of this room instead of a file.
//
// DuckDB's copy-to-file node calls it from all its threads, so that rows are taken where they come
// to be, without a result in between.
#pragma once

#include <cstdint>
#include <memory>

#include <duckdb/common/types/data_chunk.hpp>
#include <duckdb/function/copy_function.hpp>
#include <duckdb/planner/logical_operator.hpp>

namespace eider::engine {

// Runs inside of a query: it fails by throwing an exception of DuckDB's.
class RowSink {
 public:
  // What one thread takes. Used by one thread at a time.
  class Worker {
   public:
    virtual ~Worker() = default;

    // The vectors of `rows` are the caller's again afterwards.
    virtual void Take(duckdb::DataChunk& rows) = 0;

    // After the last rows, when all went well.
    virtual void Finish() = 0;
  };

  virtual ~RowSink() = default;

  // Safe for concurrent calls from several threads.
  virtual std::unique_ptr<Worker> NewWorker() = 0;
};

enum class RowOrder : std::uint8_t {
  kAny,   // many workers take them
  kKept,  // one worker takes them as they come
};

// The mode of a copy-to-file node for RowOrder::kKept: one thread writes.
duckdb::CopyFunctionExecutionMode InOrder(bool preserve_insertion_order, bool supports_batch_index);

// A plan that gives all rows of `rows`, whose operator types are resolved, to the sink, which is
// borrowed. Its own result is their number.
duckdb::unique_ptr<duckdb::LogicalOperator> PourInto(
    RowSink& sink, RowOrder order, duckdb::unique_ptr<duckdb::LogicalOperator> rows);

}  // namespace eider::engine
