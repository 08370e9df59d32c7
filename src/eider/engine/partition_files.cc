// Row groups go to whatever thread is free; a partition is in the hands of one at a time.
#include "eider/engine/partition_files.h"

#include <deque>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/file_metrics.h"
#include "eider/engine/object_file_system.h"

namespace eider::engine {

class PartitionFiles::Partition {
 public:
  Partition(iceberg::PartitionTuple of, std::string in) : tuple(std::move(of)), folder(in) {}

  const iceberg::PartitionTuple tuple;
  const std::string folder;

  // Guarded by the mutex.
  std::deque<RowGroup> waiting;
  bool is_over = false;     // no more rows come
  bool is_in_work = false;  // one thread has it

  // Of the thread that has it: the open file, if there is one.
  std::string path;
  duckdb::unique_ptr<duckdb::GlobalFunctionData> writer;
  duckdb::unique_ptr<duckdb::CopyFunctionFileStatistics> statistics;
};

PartitionFiles::PartitionFiles(Options options, ParquetCopy copy)
    : options_(std::move(options)), copy_(std::move(copy)) {
  for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { Run(); });
}

PartitionFiles::~PartitionFiles() {
  Stop();
}

void PartitionFiles::Stop() {
  {
    const Lock lock(mutex_);
    is_stopped_ = true;
  }
  changed_.notify_all();
  threads_.clear();
}

PartitionFiles::Partition* PartitionFiles::Begin(iceberg::PartitionTuple tuple,
                                                 std::string folder) {
  const Lock lock(mutex_);
  return partitions_.emplace_back(std::make_unique<Partition>(std::move(tuple), std::move(folder)))
      .get();
}

void PartitionFiles::Add(Partition* partition, RowGroup rows, bool is_last) {
  Lock lock(mutex_);
  waiting_bytes_ += rows->SizeInBytes();
  partition->waiting.push_back(std::move(rows));
  partition->is_over = is_last;
  if (!partition->is_in_work && partition->waiting.size() == 1) ready_.push_back(partition);
  changed_.notify_all();
  while (waiting_bytes_ > options_.waiting_bytes_max || threads_.empty()) {
    if (failure_) std::rethrow_exception(failure_);
    if (ready_.empty() && threads_.empty()) return;
    Wait(lock);
  }
  if (failure_) std::rethrow_exception(failure_);
}

void PartitionFiles::Finish() {
  Lock lock(mutex_);
  while (!partitions_.empty() && !failure_) Wait(lock);
  if (failure_) std::rethrow_exception(failure_);
}

// The caller helps rather than waits.
void PartitionFiles::Wait(Lock& lock) {
  if (ready_.empty()) {
    changed_.wait(lock);
  } else {
    Work(lock);
  }
}

std::vector<iceberg::DataFile> PartitionFiles::TakeFiles() {
  Stop();
  return std::move(files_);
}

void PartitionFiles::Run() {
  Lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return is_stopped_ || !ready_.empty(); });
    if (is_stopped_) return;
    Work(lock);
  }
}

// What the first partition that is ready has, with the lock released meanwhile.
void PartitionFiles::Work(Lock& lock) {
  Partition& partition = *ready_.front();
  ready_.pop_front();
  std::deque<RowGroup> groups = std::exchange(partition.waiting, {});
  for (const RowGroup& rows : groups) waiting_bytes_ -= rows->SizeInBytes();
  const bool is_over = partition.is_over;
  partition.is_in_work = true;
  lock.unlock();
  std::exception_ptr failure;
  try {
    Write(partition, std::move(groups), is_over);
  } catch (...) {
    failure = std::current_exception();
  }
  lock.lock();
  partition.is_in_work = false;
  if (failure && !failure_) failure_ = failure;
  if (is_over) {
    std::erase_if(partitions_, [&](const auto& one) { return one.get() == &partition; });
  } else if (!partition.waiting.empty()) {
    ready_.push_back(&partition);
  }
  changed_.notify_all();
}

void PartitionFiles::Write(Partition& partition, std::deque<RowGroup> groups, bool is_over) {
  for (RowGroup& rows : groups) {
    if (partition.writer == nullptr) StartFile(partition);
    auto batch = copy_.function.prepare_batch(options_.context, *copy_.bind_data, *partition.writer,
                                              std::move(rows));
    copy_.function.flush_batch(options_.context, *copy_.bind_data, *partition.writer, *batch);
    const bool is_full = copy_.function.rotate_next_file(*partition.writer, *copy_.bind_data,
                                                         options_.parquet.file_bytes_max);
    if (is_full) FinishFile(partition);
  }
  if (is_over && partition.writer != nullptr) FinishFile(partition);
}

void PartitionFiles::StartFile(Partition& partition) {
  {
    const Lock lock(mutex_);
    partition.path = fmt::format("{}/{}-{}.parquet", options_.parquet.folder,
                                 options_.parquet.file_prefix, files_begun_++);
  }
  if (!partition.folder.empty()) options_.grants.PlaceOutput(partition.path, partition.folder);
  partition.writer =
      copy_.function.copy_to_initialize_global(options_.context, *copy_.bind_data, partition.path);
  partition.statistics = duckdb::make_uniq<duckdb::CopyFunctionFileStatistics>();
  copy_.function.copy_to_get_written_statistics(options_.context, *copy_.bind_data,
                                                *partition.writer, *partition.statistics);
}

void PartitionFiles::FinishFile(Partition& partition) {
  copy_.function.copy_to_finalize(options_.context, *copy_.bind_data, *partition.writer);
  partition.writer.reset();
  WrittenFile written{
      .path = partition.path,
      .row_count = static_cast<std::int64_t>(partition.statistics->row_count),
      .size_bytes = static_cast<std::int64_t>(partition.statistics->file_size_bytes),
      .columns = {},
      .row_groups = {}};
  for (const auto& [name, statistics] : partition.statistics->column_statistics) {
    ColumnStatistics& column = written.columns[name];
    for (const auto& [statistic, value] : statistics) NoteStatistic(statistic, value, column);
  }
  auto file = DataFileOf(written, options_.grants, options_.files_of);
  if (!file) ThrowToDuckDb(options_.grants, file.error());
  OutputFile& output = *options_.grants.FindOutput(partition.path);
  file->file_path = output.uri().ToString();
  file->spec_id = options_.files_of.target.spec.spec_id;
  file->partition = partition.tuple;
  const Status finished =
      options_.files_of.target.finishes_soon ? output.FinishSoon() : output.Finish();
  if (!finished) {
    ThrowToDuckDb(options_.grants,
                  Annotate("cannot write a data file of the table", finished.error()));
  }
  options_.grants.DiscardOutput(partition.path);
  const Lock lock(mutex_);
  files_.push_back(*std::move(file));
}

}  // namespace eider::engine
