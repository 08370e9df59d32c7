// The functions are volatile: DuckDB neither computes them beforehand, which would count constants
// once, nor moves them.
#include "eider/engine/rescue_function.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/common/types/data_chunk.hpp>
#include <duckdb/execution/expression_executor_state.hpp>
#include <duckdb/function/scalar_function.hpp>
#include <duckdb/main/client_context_state.hpp>

#include "eider/codec/json.h"
#include "eider/engine/row_json.h"

namespace eider::engine {

struct RescueCount::State final : duckdb::ClientContextState {
  std::mutex mutex;  // guards both
  std::uint64_t rows = 0;
  std::map<std::size_t, std::string> columns;  // by their place
};

namespace {

constexpr const char* kStateKey = "eider_rescue_count";

// The names and values of one call over many rows.
class Objects {
 public:
  explicit Objects(duckdb::DataChunk& arguments) : texts_(arguments.size()) {
    for (duckdb::idx_t i = 0; i + 1 < arguments.ColumnCount(); i += 2) {
      Add(i / 2, arguments.data[i], arguments.data[i + 1]);
    }
  }

  void WriteTo(duckdb::Vector& result) const {
    result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
    auto* const values = duckdb::FlatVector::GetData<duckdb::string_t>(result);
    for (duckdb::idx_t row = 0; row < texts_.size(); ++row) {
      if (texts_[row].empty()) {
        duckdb::FlatVector::SetNull(result, row, true);
      } else {
        values[row] = duckdb::StringVector::AddString(result, texts_[row] + "}");
      }
    }
  }

  void CountInto(RescueCount::State& state) const {
    const std::lock_guard lock(state.mutex);
    for (const std::string& text : texts_) state.rows += text.empty() ? 0 : 1;
    state.columns.insert(names_.begin(), names_.end());
  }

  bool is_empty() const { return names_.empty(); }

 private:
  void Add(std::size_t place, const duckdb::Vector& name, duckdb::Vector& values) {
    duckdb::UnifiedVectorFormat format;
    values.ToUnifiedFormat(texts_.size(), format);
    if (values.GetVectorType() == duckdb::VectorType::CONSTANT_VECTOR &&
        duckdb::ConstantVector::IsNull(values)) {
      return;
    }
    std::string key;
    for (duckdb::idx_t row = 0; row < texts_.size(); ++row) {
      const duckdb::idx_t index = format.sel->get_index(row);
      if (!format.validity.RowIsValid(index)) continue;
      if (key.empty()) {
        const std::string text = duckdb::StringValue::Get(name.GetValue(0));
        key = codec::ToJsonText(text) + ":";
        names_.emplace(place, text);
      }
      const auto& json = duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(format)[index];
      texts_[row] += texts_[row].empty() ? '{' : ',';
      texts_[row] += key;
      texts_[row].append(json.GetData(), json.GetSize());
    }
  }

  std::vector<std::string> texts_;            // without their end; empty: no name has a value
  std::map<std::size_t, std::string> names_;  // that have one
};

void MakeObjects(duckdb::DataChunk& arguments, duckdb::ExpressionState& /*state*/,
                 duckdb::Vector& result) {
  Objects(arguments).WriteTo(result);
}

void Rescue(duckdb::DataChunk& arguments, duckdb::ExpressionState& state, duckdb::Vector& result) {
  const Objects objects(arguments);
  objects.WriteTo(result);
  if (objects.is_empty()) return;
  const auto count = state.GetContext().registered_state->Get<RescueCount::State>(kStateKey);
  if (count) objects.CountInto(*count);
}

// Sets each row to what `text(index, row)` gives; null where the value is.
template <typename Text>
void MapValues(duckdb::DataChunk& arguments, duckdb::Vector& result, const Text& text) {
  duckdb::Vector& values = arguments.data[0];
  duckdb::UnifiedVectorFormat format;
  values.ToUnifiedFormat(arguments.size(), format);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  auto* const texts = duckdb::FlatVector::GetData<duckdb::string_t>(result);
  for (duckdb::idx_t row = 0; row < arguments.size(); ++row) {
    const duckdb::idx_t index = format.sel->get_index(row);
    if (format.validity.RowIsValid(index)) {
      texts[row] = duckdb::StringVector::AddString(result, text(format, index, row));
    } else {
      duckdb::FlatVector::SetNull(result, row, true);
    }
  }
}

std::string TextAt(const duckdb::UnifiedVectorFormat& format, duckdb::idx_t index) {
  return duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(format)[index].GetString();
}

void MakeJson(duckdb::DataChunk& arguments, duckdb::ExpressionState& /*state*/,
              duckdb::Vector& result) {
  const duckdb::LogicalType type = arguments.data[0].GetType();
  const bool is_text = type.id() == duckdb::LogicalTypeId::VARCHAR && !type.IsJSONType();
  MapValues(arguments, result, [&](const auto& format, duckdb::idx_t index, duckdb::idx_t row) {
    return is_text ? codec::ToJsonText(TextAt(format, index))
                   : JsonOf(arguments.data[0].GetValue(row));
  });
}

void PassJson(duckdb::DataChunk& arguments, duckdb::ExpressionState& /*state*/,
              duckdb::Vector& result) {
  MapValues(arguments, result, [](const auto& format, duckdb::idx_t index, duckdb::idx_t /*row*/) {
    std::string text = TextAt(format, index);
    return codec::Json::accept(text) ? text : codec::ToJsonText(text);
  });
}

}  // namespace

std::vector<duckdb::ScalarFunction> RescueFunctions() {
  const auto text = duckdb::LogicalType::VARCHAR;
  std::vector<duckdb::ScalarFunction> functions = {
      {"eider_json", {duckdb::LogicalType::ANY}, text, MakeJson},
      {"eider_json_text", {text}, text, PassJson},
      {"eider_json_object", {}, text, MakeObjects},
      {"eider_rescued", {}, text, Rescue}};
  for (duckdb::ScalarFunction& function : functions) {
    if (function.arguments.empty()) function.varargs = text;
    function.SetVolatile();
    function.SetFallible();
    function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  }
  return functions;
}

RescueCount::RescueCount(duckdb::ClientContext& context)
    : context_(context), state_(duckdb::make_shared_ptr<State>()) {
  context_.registered_state->Insert(kStateKey, state_);
}

RescueCount::~RescueCount() {
  context_.registered_state->Remove(kStateKey);
}

Rescued RescueCount::rescued() const {
  const std::lock_guard lock(state_->mutex);
  Rescued rescued{.rows = state_->rows};
  for (const auto& [place, name] : state_->columns) rescued.columns.push_back(name);
  return rescued;
}

}  // namespace eider::engine
