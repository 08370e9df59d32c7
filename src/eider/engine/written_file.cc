#include "eider/engine/written_file.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/common/types/value.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/file_metrics.h"
#include "eider/engine/parquet_footer.h"
#include "eider/engine/parquet_metadata.h"
#include "eider/engine/query_grants.h"
#include "eider/store/object_store.h"

namespace eider::engine {
namespace {

// A footer that is longer than what was kept of its file (20,000 columns have one of some MiB) is
// read from the store, which publishes the file for that.
Result<std::vector<RowGroupFacts>> RowGroupsOf(OutputFile& output, store::ObjectStore& store) {
  EIDER_ASSIGN(const std::uint32_t footer, ParquetFooterLength(output.tail()));
  if (footer + kParquetTrailerBytes <= output.tail().size()) {
    return ReadParquetFooter(output.tail());
  }
  EIDER_CHECK(output.Finish());
  EIDER_ASSIGN(const auto reader, store.Open(output.uri()));
  EIDER_ASSIGN(const std::string tail, ReadParquetEnd(*reader));
  return ReadParquetFooter(tail);
}

}  // namespace

void NoteStatistic(const std::string& name, const duckdb::Value& value, ColumnStatistics& column) {
  if (value.IsNull()) return;
  const std::string text = value.ToString();
  if (name == "min") column.minimum = text;
  if (name == "max") column.maximum = text;
  if (name == "column_size_bytes") column.size_bytes = std::stoll(text);
  if (name == "num_values") column.value_count = std::stoll(text);
  if (name == "null_count") column.null_count = std::stoll(text);
}

Result<iceberg::DataFile> DataFileOf(WrittenFile& written, QueryGrants& grants,
                                     const WrittenFor& of) {
  OutputFile* const output = grants.FindOutput(written.path);
  if (output == nullptr || static_cast<std::int64_t>(output->size_bytes()) != written.size_bytes) {
    return Fail(Code::kInternal,
                fmt::format("{} has another size than was written: DuckDB says {}, the store got "
                            "{}",
                            written.path, written.size_bytes,
                            output == nullptr ? 0 : output->size_bytes()));
  }
  const WriteTarget& target = of.target;
  EIDER_ASSIGN(written.row_groups, RowGroupsOf(*output, of.store));
  auto file = ToDataFile(written, {target.schema, target.metrics_modes, target.table_name});
  if (!file) {
    Error error = std::move(file).error();
    error.message += "; file " + grants.InputsText();
    return std::unexpected(std::move(error));
  }
  return file;
}

}  // namespace eider::engine
