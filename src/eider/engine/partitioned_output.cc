#include "eider/engine/partitioned_output.h"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/common/types.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/parquet_copy.h"
#include "eider/engine/partition_files.h"
#include "eider/engine/partition_keys.h"
#include "eider/engine/partition_sink.h"
#include "eider/engine/type_mapping.h"
#include "eider/iceberg/partition.h"
#include "eider/iceberg/schema.h"

namespace eider::engine {
namespace {

// Of the memory limit: row groups between the rows' order and their files.
constexpr std::uint64_t kWaitingShare = 8;

Result<ParquetCopy> BindFor(QuerySession& session, const iceberg::Schema& schema,
                            const ParquetOptions& options) {
  EIDER_CHECK(CheckCodec(options.codec));
  duckdb::vector<duckdb::LogicalType> types;
  for (const iceberg::Field& field : schema.fields) types.push_back(WriteTypeOf(field.type));
  try {
    std::optional<ParquetCopy> copy;
    session.context().RunFunctionInTransaction(
        [&] { copy = BindParquetCopy(session.context(), schema, types, options); });
    return *std::move(copy);
  } catch (const std::exception& error) {
    return std::unexpected(session.errors().From(error));
  }
}

}  // namespace

Result<std::vector<iceberg::DataFile>> WritePartitions(QueryPlan& plan,
                                                       const std::vector<std::string>& expressions,
                                                       QuerySession& session,
                                                       const TableOutput& output) {
  const WriteTarget& target = output.target;
  auto columns = iceberg::PartitionColumns(target.schema, target.spec);
  if (!columns) return Fail("table " + target.table_name, std::move(columns).error());
  const iceberg::Schema schema = WrittenSchema(target.schema);
  const PartitionKeys keys = KeysOf(*columns, schema, target.table_name);
  const std::vector<SortKey> order = SortKeysOf(target.sort_order, schema, target.table_name);
  ParquetOptions options = OptionsFor(output);
  options.file_bytes_max = target.target_file_size_bytes;
  EIDER_ASSIGN(ParquetCopy copy, BindFor(session, schema, options));
  PartitionFiles files({.context = session.context(),
                        .grants = session.grants(),
                        .files_of = {target, output.store},
                        .parquet = options,
                        .threads = output.options.threads - 1,
                        .waiting_bytes_max = output.options.memory_limit_bytes / kWaitingShare /
                                             static_cast<std::uint64_t>(output.writers)},
                       std::move(copy));
  PartitionSink sink({.context = session.context(),
                      .grants = session.grants(),
                      .files = files,
                      .columns = *columns,
                      .keys = keys,
                      .parquet = options,
                      .table_columns = schema.fields.size(),
                      .table_name = target.table_name,
                      .partitions_max = output.options.partitions_max});
  EIDER_ASSIGN(auto statement,
               plan.PourSorted(expressions, keys.keys, order, sink, session.errors()));
  const auto result = session.Execute(std::move(statement));
  std::vector<iceberg::DataFile> written = files.TakeFiles();
  if (!result) {
    RemoveFiles(output.store, written);
    return std::unexpected(result.error());
  }
  if (!order.empty()) {
    for (iceberg::DataFile& file : written) file.sort_order_id = target.sort_order.order_id;
  }
  std::ranges::sort(written, {}, &iceberg::DataFile::file_path);
  return written;
}

}  // namespace eider::engine
