#include "eider/engine/parquet_copy.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_entry/copy_function_catalog_entry.hpp>
#include <duckdb/common/types/value.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/type.h"

namespace eider::engine {
namespace {

using duckdb::Value;

// {__duckdb_field_id: 5, a: 6, b: {__duckdb_field_id: 7, element: 8}}
Value FieldIdsOf(const std::vector<iceberg::Field>& fields, int own_id) {
  duckdb::child_list_t<Value> ids;
  if (own_id != 0) ids.emplace_back("__duckdb_field_id", Value::INTEGER(own_id));
  for (const iceberg::Field& field : fields) {
    ids.emplace_back(field.name, field.type.IsPrimitive()
                                     ? Value::INTEGER(field.id)
                                     : FieldIdsOf(field.type.fields, field.id));
  }
  return Value::STRUCT(std::move(ids));
}

duckdb::vector<duckdb::string> NamesOf(const iceberg::Schema& schema) {
  duckdb::vector<duckdb::string> names;
  for (const iceberg::Field& field : schema.fields) names.push_back(field.name);
  return names;
}

}  // namespace

Status CheckCodec(const std::string& codec) {
  constexpr auto kCodecs =
      std::to_array<std::string_view>({"zstd", "snappy", "gzip", "lz4", "uncompressed", "brotli"});
  if (std::ranges::find(kCodecs, codec) != kCodecs.end()) return {};
  return Fail(Code::kUnsupported,
              fmt::format("table property write.parquet.compression-codec has a value that Eider "
                          "cannot write: {}",
                          codec));
}

ParquetCopy BindParquetCopy(duckdb::ClientContext& context, const iceberg::Schema& schema,
                            const duckdb::vector<duckdb::LogicalType>& types,
                            const ParquetOptions& options) {
  auto& catalog = duckdb::Catalog::GetSystemCatalog(context);
  auto& function =
      catalog.GetEntry<duckdb::CopyFunctionCatalogEntry>(context, DEFAULT_SCHEMA, "parquet")
          .function;
  auto info = duckdb::make_uniq<duckdb::CopyInfo>();
  info->format = "parquet";
  info->options["compression"] = {Value(options.codec)};
  info->options["field_ids"] = {FieldIdsOf(schema.fields, 0)};
  info->options["row_group_size"] = {Value::UBIGINT(options.row_group_rows_max)};
  info->options["row_group_size_bytes"] = {Value::UBIGINT(options.row_group_bytes_max)};
  info->options["geoparquet_version"] = {Value("NONE")};
  duckdb::CopyFunctionBindInput input(*info, function.function_info);
  input.file_extension = function.extension;
  auto bind_data = function.copy_to_bind(context, input, NamesOf(schema), types);
  return {function, std::move(bind_data), std::move(info)};
}

}  // namespace eider::engine
