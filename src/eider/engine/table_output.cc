// Projection, writing, metrics and publishing.
#include "eider/engine/table_output.h"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/common/types/value.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/column_memory.h"
#include "eider/engine/file_metrics.h"
#include "eider/engine/freed_pages.h"
#include "eider/engine/parquet_copy.h"
#include "eider/engine/partitioned_output.h"
#include "eider/engine/projection.h"
#include "eider/engine/type_mapping.h"
#include "eider/engine/written.h"
#include "eider/engine/written_file.h"
#include "eider/store/object_store.h"

namespace eider::engine {
namespace {

// Row groups of some 128 MiB before compression are Iceberg's and Parquet's custom, and 122,880
// rows DuckDB's; less where memory is short, since every thread fills its own. Where the order of
// rows is kept only their number counts, so a wide row is assumed.
constexpr std::uint64_t kRowGroupBytesMax = 128ULL << 20U;
constexpr std::uint64_t kRowGroupRowsMax = 122'880;
constexpr std::uint64_t kWideRowBytes = 4096;

// An input larger than this part of the target size may become more than one file: data grows
// when it leaves a dense format, and joins and unnests make more of it. Rotating costs a lock for
// every chunk and the order of ORDER BY, so it is left out where it cannot matter.
constexpr std::uint64_t kGrowthMax = 8;

}  // namespace

ParquetOptions OptionsFor(const TableOutput& output) {
  const Query& query = output.query;
  const WriteTarget& target = output.target;
  const std::uint64_t memory_bytes = output.options.memory_limit_bytes;
  const auto threads = static_cast<std::uint64_t>(output.options.threads * output.writers);
  ParquetOptions options;
  options.folder = QueryGrants::kOutputFolder;
  options.file_prefix = target.file_prefix;
  options.codec = target.compression_codec;
  options.row_group_bytes_max = std::min(kRowGroupBytesMax, memory_bytes / threads / 4);
  options.row_group_rows_max = std::min(kRowGroupRowsMax, memory_bytes / threads / kWideRowBytes);
  const bool may_rotate = query.input.size_bytes == 0 ||
                          query.input.size_bytes > target.target_file_size_bytes / kGrowthMax;
  options.file_bytes_max = may_rotate ? target.target_file_size_bytes : 0;
  return options;
}

namespace {

// The lines of RETURN_STATS: path, rows, bytes, footer bytes, column -> (name -> text), partition.
std::vector<WrittenFile> FilesOf(duckdb::MaterializedQueryResult& result) {
  std::vector<WrittenFile> files;
  for (duckdb::idx_t row = 0; row < result.RowCount(); ++row) {
    WrittenFile& file = files.emplace_back();
    file.path = duckdb::StringValue::Get(result.GetValue(0, row));
    file.row_count = result.GetValue(1, row).GetValue<std::int64_t>();
    file.size_bytes = result.GetValue(2, row).GetValue<std::int64_t>();
    const duckdb::Value columns = result.GetValue(4, row);
    for (const duckdb::Value& entry : duckdb::MapValue::GetChildren(columns)) {
      const auto& pair = duckdb::StructValue::GetChildren(entry);
      ColumnStatistics& column = file.columns[duckdb::StringValue::Get(pair[0])];
      for (const duckdb::Value& statistic : duckdb::MapValue::GetChildren(pair[1])) {
        const auto& named = duckdb::StructValue::GetChildren(statistic);
        NoteStatistic(duckdb::StringValue::Get(named[0]), named[1], column);
      }
    }
  }
  return files;
}

// Whatever the removals meet, the error that led to them is the one to tell.
void RemovePublished(const std::vector<WrittenFile>& files, QueryGrants& grants,
                     store::ObjectStore& store) {
  for (const WrittenFile& file : files) {
    const OutputFile* const output = grants.FindOutput(file.path);
    if (output != nullptr && output->is_finished()) (void)store.Remove(output->uri());
  }
}

Result<std::vector<iceberg::DataFile>> DataFilesOf(duckdb::MaterializedQueryResult& result,
                                                   const TableOutput& output,
                                                   QuerySession& session) {
  std::vector<iceberg::DataFile> files;
  try {
    std::vector<WrittenFile> all = FilesOf(result);
    for (WrittenFile& written : all) {
      if (written.row_count == 0) continue;  // a rotation that got no rows; dropped with the rest
      auto file = DataFileOf(written, session.grants(), {output.target, output.store});
      if (!file) {
        RemovePublished(all, session.grants(), output.store);
        return std::unexpected(std::move(file).error());
      }
      files.push_back(*std::move(file));
    }
  } catch (const std::exception& error) {
    return std::unexpected(session.errors().From(error));
  }
  return files;
}

// All files or none: one that fails takes back those before it. The files get their true URIs.
Status Publish(std::vector<iceberg::DataFile>& files, QueryGrants& grants, const TableOutput& of) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    OutputFile* output = grants.FindOutput(files[i].file_path);
    Status finished = of.target.finishes_soon ? output->FinishSoon() : output->Finish();
    if (finished) continue;
    // Whatever this removal meets, the error that led to it is the one to tell.
    for (std::size_t k = 0; k <= i; ++k) {
      (void)of.store.Remove(grants.FindOutput(files[k].file_path)->uri());
    }
    return Fail("cannot write a data file of the table", std::move(finished).error());
  }
  for (iceberg::DataFile& file : files) {
    file.file_path = grants.FindOutput(file.file_path)->uri().ToString();
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> Expressions(const QueryPlan& plan, const TableOutput& output) {
  const WriteTarget& target = output.target;
  return PlanProjection(plan.columns(), target.schema,
                        {target.table_name, output.query.input.uri.ToString()},
                        output.query.rescue);
}

Status CheckFit(const QueryPlan& plan, const TableOutput& output) {
  EIDER_CHECK(Expressions(plan, output));
  return {};
}

Result<std::vector<iceberg::DataFile>> WriteTable(QueryPlan& plan, QuerySession& session,
                                                  const TableOutput& output) {
  const WriteTarget& target = output.target;
  session.grants().AllowWrite(target.data_location);
  if (plan.columns().size() >= kManyColumns) ReturnFreedPages();
  EIDER_ASSIGN(const auto expressions, Expressions(plan, output));
  EIDER_CHECK(session.CheckHints(target.schema));
  EIDER_CHECK(CheckColumnMemory(plan, output.options, session.grants().InputsText()));
  const bool is_in_order = !target.spec.fields.empty() || !target.sort_order.fields.empty();
  if (is_in_order) return WritePartitions(plan, expressions, session, output);
  EIDER_ASSIGN(auto statement, plan.WriteParquet(expressions, WrittenSchema(target.schema),
                                                 OptionsFor(output), session.errors()));
  EIDER_ASSIGN(auto result, session.Execute(std::move(statement)));
  EIDER_ASSIGN(auto files, DataFilesOf(*result, output, session));
  EIDER_CHECK(Publish(files, session.grants(), output));
  return files;
}

void RemoveFiles(store::ObjectStore& store, const std::vector<iceberg::DataFile>& files) {
  for (const iceberg::DataFile& file : files) {
    if (const auto uri = Uri::Parse(file.file_path)) (void)store.Remove(*uri);
  }
}

}  // namespace eider::engine
