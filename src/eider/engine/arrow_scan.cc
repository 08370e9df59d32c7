#include "eider/engine/arrow_scan.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <duckdb/common/exception.hpp>
#include <duckdb/common/exception/binder_exception.hpp>
#include <duckdb/function/table/arrow.hpp>
#include <duckdb/main/client_context_state.hpp>

#include "eider/codec/utf8.h"

namespace eider::engine {
namespace {

constexpr const char* kArrowRowsKey = "eider_arrow_rows";

struct ArrowRowsState final : duckdb::ClientContextState {
  explicit ArrowRowsState(ArrowRowsScope::Open new_stream) : open(std::move(new_stream)) {}

  ArrowRowsScope::Open open;
};

// The texts of the rows, checked: DuckDB takes those of Arrow as they are.
void CheckTexts(duckdb::Vector& values, duckdb::idx_t count, const std::string& column) {
  switch (values.GetType().InternalType()) {
    case duckdb::PhysicalType::VARCHAR: {
      if (values.GetType().id() != duckdb::LogicalTypeId::VARCHAR) return;
      duckdb::UnifiedVectorFormat format;
      values.ToUnifiedFormat(count, format);
      const auto* const texts = duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(format);
      for (duckdb::idx_t row = 0; row < count; ++row) {
        const auto place = format.sel->get_index(row);
        if (!format.validity.RowIsValid(place)) continue;
        if (codec::IsUtf8({texts[place].GetData(), texts[place].GetSize()})) continue;
        throw duckdb::InvalidInputException(
            "the plug-in gives a text that is not UTF-8, in column %s", column);
      }
      return;
    }
    case duckdb::PhysicalType::STRUCT:
      values.Flatten(count);
      for (auto& child : duckdb::StructVector::GetEntries(values))
        CheckTexts(*child, count, column);
      return;
    case duckdb::PhysicalType::LIST:
      values.Flatten(count);
      return CheckTexts(duckdb::ListVector::GetEntry(values),
                        duckdb::ListVector::GetListSize(values), column);
    case duckdb::PhysicalType::ARRAY:
      values.Flatten(count);
      return CheckTexts(duckdb::ArrayVector::GetEntry(values),
                        count * duckdb::ArrayType::GetSize(values.GetType()), column);
    default:
      return;
  }
}

struct ArrowRowsData final : duckdb::ArrowScanFunctionData {
  using ArrowScanFunctionData::ArrowScanFunctionData;

  duckdb::vector<duckdb::string> names;
};

struct Scan : duckdb::ArrowTableFunction {
  static duckdb::unique_ptr<duckdb::ArrowArrayStreamWrapper> Open(
      std::uintptr_t state, duckdb::ArrowStreamParameters& /*parameters*/) {
    return reinterpret_cast<ArrowRowsState*>(state)->open();
  }

  static duckdb::unique_ptr<duckdb::FunctionData> Bind(duckdb::ClientContext& context,
                                                       duckdb::TableFunctionBindInput& /*input*/,
                                                       duckdb::vector<duckdb::LogicalType>& types,
                                                       duckdb::vector<duckdb::string>& names) {
    const auto state = context.registered_state->Get<ArrowRowsState>(kArrowRowsKey);
    if (!state) throw duckdb::BinderException("no rows come as Arrow arrays here");
    auto data =
        duckdb::make_uniq<ArrowRowsData>(Open, reinterpret_cast<std::uintptr_t>(state.get()));
    const auto stream = state->open();
    stream->GetSchema(data->schema_root);
    PopulateArrowTableSchema(context, data->arrow_table, data->schema_root.arrow_schema);
    names = data->arrow_table.GetNames();
    data->names = names;
    types = data->arrow_table.GetTypes();
    if (types.empty()) throw duckdb::BinderException("the plug-in gives rows without columns");
    data->all_types = types;
    data->projection_pushdown_enabled = false;
    return data;
  }

  static void Rows(duckdb::ClientContext& context, duckdb::TableFunctionInput& input,
                   duckdb::DataChunk& output) {
    ArrowScanFunction(context, input, output);
    const auto& names = input.bind_data->Cast<ArrowRowsData>().names;
    for (std::size_t i = 0; i < output.data.size(); ++i) {
      CheckTexts(output.data[i], output.size(), names[i]);
    }
  }

  static duckdb::TableFunction Function() {
    duckdb::TableFunction function(kArrowRows, {}, Rows, Bind, ArrowScanInitGlobal,
                                   ArrowScanInitLocal);
    function.cardinality = ArrowScanCardinality;
    function.get_partition_data = ArrowGetPartitionData;
    return function;
  }
};

}  // namespace

duckdb::TableFunction ArrowRowsFunction() {
  return Scan::Function();
}

ArrowRowsScope::ArrowRowsScope(duckdb::ClientContext& context, Open open) : context_(context) {
  context_.registered_state->Insert(kArrowRowsKey,
                                    duckdb::make_shared_ptr<ArrowRowsState>(std::move(open)));
}

ArrowRowsScope::~ArrowRowsScope() {
  context_.registered_state->Remove(kArrowRowsKey);
}

}  // namespace eider::engine
