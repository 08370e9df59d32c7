// The data files of the partitions of one load, written side by side.
//
// A partition's rows come as row groups, in their order; DuckDB's Parquet writer encodes them,
// those of different partitions in different threads. A file is published as soon as it is whole,
// so that few are open at any time however many partitions there are.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <duckdb/common/types/column/column_data_collection.hpp>
#include <duckdb/main/client_context.hpp>

#include "eider/engine/parquet_copy.h"
#include "eider/engine/query_grants.h"
#include "eider/engine/written_file.h"
#include "eider/iceberg/manifest.h"

namespace eider::engine {

// Begin, Add and Finish are called by one thread, inside of a query: they fail by exceptions of
// DuckDB's, also by those that another thread met. Destroyed before the query's context.
class PartitionFiles {
 public:
  using RowGroup = duckdb::unique_ptr<duckdb::ColumnDataCollection>;
  class Partition;

  struct Options {
    duckdb::ClientContext& context;
    QueryGrants& grants;
    WrittenFor files_of;
    ParquetOptions parquet;
    int threads = 0;                      // beside the caller's, which helps where they are behind
    std::uint64_t waiting_bytes_max = 0;  // of row groups that no thread has taken yet
  };

  PartitionFiles(Options options, ParquetCopy copy);
  ~PartitionFiles();
  PartitionFiles(const PartitionFiles&) = delete;
  PartitionFiles& operator=(const PartitionFiles&) = delete;

  // A new partition; lives until its last row group is written. `folder`: below the table's data.
  Partition* Begin(iceberg::PartitionTuple tuple, std::string folder);

  // Hands over the partition's next rows; with `is_last` the partition is over.
  void Add(Partition* partition, RowGroup rows, bool is_last);

  // Waits until all is written.
  void Finish();

  // What was published, by their true URIs; once no thread is at work.
  std::vector<iceberg::DataFile> TakeFiles();

 private:
  using Lock = std::unique_lock<std::mutex>;

  void Run();
  void Work(Lock& lock);
  void Write(Partition& partition, std::deque<RowGroup> groups, bool is_over);
  void StartFile(Partition& partition);
  void FinishFile(Partition& partition);
  void Wait(Lock& lock);
  void Stop();

  const Options options_;
  const ParquetCopy copy_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Partition>> partitions_;  // not over yet
  std::deque<Partition*> ready_;                        // have rows that no thread has taken
  std::uint64_t waiting_bytes_ = 0;
  std::uint64_t files_begun_ = 0;
  std::vector<iceberg::DataFile> files_;
  std::exception_ptr failure_;
  bool is_stopped_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace eider::engine
