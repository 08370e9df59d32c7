// Rows in the order of their partitions, cut where the next partition begins.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/common/types.hpp>
#include <duckdb/main/client_context.hpp>

#include "eider/engine/parquet_copy.h"
#include "eider/engine/partition_files.h"
#include "eider/engine/partition_keys.h"
#include "eider/engine/query_grants.h"
#include "eider/engine/row_sink.h"
#include "eider/iceberg/partition.h"

namespace eider::engine {

// Takes rows of the table's columns, and behind them the keys, by which they are in order; what
// comes behind these is not looked at. A query that has more
// partitions than it may fails.
class PartitionSink final : public RowSink {
 public:
  // Borrows all.
  struct Options {
    duckdb::ClientContext& context;
    QueryGrants& grants;
    PartitionFiles& files;
    const std::vector<iceberg::PartitionColumn>& columns;
    const PartitionKeys& keys;
    const ParquetOptions& parquet;
    std::size_t table_columns;
    std::string table_name;  // for messages
    int partitions_max;
  };

  explicit PartitionSink(Options options) : options_(std::move(options)) {}

  std::unique_ptr<Worker> NewWorker() override;

 private:
  class KeyWorker;

  const Options options_;
};

}  // namespace eider::engine
