// eider_long(value, fault), and so on for the types of kPlainFunctions: the value of a text, or an
// error.
// eider_text(value, type, fault): the letters that DuckDB casts to the type, or an error.
// eider_text_again(value, type, fault, original): the same of a value that was made of a text,
// which is the one that the error names.
// eider_fits(value, type): whether it is one.
#include "eider/engine/text_function.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <duckdb/common/exception.hpp>
#include <duckdb/common/operator/cast_operators.hpp>
#include <duckdb/common/types/data_chunk.hpp>
#include <duckdb/common/vector_operations/binary_executor.hpp>
#include <duckdb/common/vector_operations/unary_executor.hpp>
#include <duckdb/function/scalar_function.hpp>
#include <fmt/format.h>

#include "eider/engine/sql_literal.h"
#include "eider/engine/type_mapping.h"
#include "eider/iceberg/type.h"
#include "eider/records/plain_value.h"
#include "eider/records/text_value.h"
#include "eider/records/value_type.h"

namespace eider::engine {
namespace {

constexpr const char* kFunction = "eider_text";
constexpr const char* kFunctionAgain = "eider_text_again";
constexpr const char* kFunctionFits = "eider_fits";
constexpr std::string_view kFault = "eider text fault: ";
constexpr char kEnd = '\x1f';

std::string ConstantText(duckdb::Vector& vector) {
  return duckdb::StringValue::Get(vector.GetValue(0));
}

[[noreturn]] void RaiseFault(const std::string& fault, std::string_view shown) {
  throw duckdb::InvalidInputException("%s", fmt::format("{}{}{}{}", kFault, fault, kEnd, shown));
}

// What the functions of values differ in: their type, and how its usual spelling is read.
struct IntValue {
  using Value = std::int32_t;
  static constexpr records::ValueType kType{records::ValueForm::kInteger, 32};

  static std::optional<Value> Read(std::string_view text) {
    const auto value = records::PlainInteger(text);
    return value && std::in_range<Value>(*value) ? std::optional(static_cast<Value>(*value))
                                                 : std::nullopt;
  }
};

struct LongValue {
  using Value = std::int64_t;
  static constexpr records::ValueType kType{records::ValueForm::kInteger, 64};
  static constexpr auto Read = records::PlainInteger;
};

struct DoubleValue {
  using Value = double;
  static constexpr records::ValueType kType{records::ValueForm::kDouble};
  static constexpr auto Read = records::PlainDouble;
};

struct BooleanValue {
  using Value = bool;
  static constexpr records::ValueType kType{records::ValueForm::kBoolean};
  static constexpr auto Read = records::PlainBoolean;
};

struct DateValue {
  using Value = duckdb::date_t;
  static constexpr records::ValueType kType{records::ValueForm::kDate};

  static std::optional<Value> Read(std::string_view text) {
    const auto days = records::PlainDate(text);
    return days ? std::optional(Value(*days)) : std::nullopt;
  }
};

struct TimestampValue {
  using Value = duckdb::timestamp_t;
  static constexpr records::ValueType kType{records::ValueForm::kTimestamp};

  static std::optional<Value> Read(std::string_view text) {
    const auto microseconds = records::PlainTimestamp(text);
    return microseconds ? std::optional(Value(*microseconds)) : std::nullopt;
  }
};

// A text of another than the usual spelling goes DuckDB's way, by the letters that it casts.
template <typename Form>
void ConvertValues(duckdb::DataChunk& arguments, duckdb::ExpressionState& /*state*/,
                   duckdb::Vector& result) {
  using Value = typename Form::Value;
  if (arguments.size() == 0) return;
  const std::string fault = ConstantText(arguments.data[1]);
  std::string changed;
  const auto convert = [&](duckdb::string_t text) {
    const std::string_view letters(text.GetData(), text.GetSize());
    if (const auto plain = Form::Read(letters)) return *plain;
    Value value{};
    const auto usual = records::ValueText(letters, Form::kType, changed);
    if (!usual ||
        !duckdb::TryCast::Operation(
            duckdb::string_t(usual->data(), static_cast<std::uint32_t>(usual->size())), value)) {
      RaiseFault(fault, letters);
    }
    return value;
  };
  duckdb::UnaryExecutor::Execute<duckdb::string_t, Value>(arguments.data[0], result,
                                                          arguments.size(), convert);
}

struct PlainFunction {
  const char* name;
  iceberg::TypeKind kind;
  duckdb::LogicalTypeId type;
  void (*convert)(duckdb::DataChunk&, duckdb::ExpressionState&, duckdb::Vector&);
};

using duckdb::LogicalTypeId;
using iceberg::TypeKind;

constexpr auto kPlainFunctions = std::to_array<PlainFunction>({
    {"eider_int", TypeKind::kInt, LogicalTypeId::INTEGER, ConvertValues<IntValue>},
    {"eider_long", TypeKind::kLong, LogicalTypeId::BIGINT, ConvertValues<LongValue>},
    {"eider_double", TypeKind::kDouble, LogicalTypeId::DOUBLE, ConvertValues<DoubleValue>},
    {"eider_boolean", TypeKind::kBoolean, LogicalTypeId::BOOLEAN, ConvertValues<BooleanValue>},
    {"eider_date", TypeKind::kDate, LogicalTypeId::DATE, ConvertValues<DateValue>},
    {"eider_timestamp", TypeKind::kTimestamp, LogicalTypeId::TIMESTAMP,
     ConvertValues<TimestampValue>},
});

void ConvertTexts(duckdb::DataChunk& arguments, duckdb::ExpressionState& /*state*/,
                  duckdb::Vector& result) {
  if (arguments.size() == 0) return;
  const auto type = records::ParseValueType(ConstantText(arguments.data[1]));
  if (!type) throw duckdb::InternalException("eider_text: " + type.error().message);
  const std::string fault = ConstantText(arguments.data[2]);
  std::string changed;
  const auto convert = [&](duckdb::string_t text, duckdb::string_t original) {
    const std::string_view letters(text.GetData(), text.GetSize());
    const auto value = records::ValueText(letters, *type, changed);
    if (!value) RaiseFault(fault, {original.GetData(), original.GetSize()});
    if (value->data() == letters.data() && value->size() == letters.size()) return text;
    return duckdb::StringVector::AddString(result, value->data(), value->size());
  };
  using duckdb::string_t;
  if (arguments.ColumnCount() == 4) {
    duckdb::BinaryExecutor::Execute<string_t, string_t, string_t>(
        arguments.data[0], arguments.data[3], result, arguments.size(), convert);
  } else {
    duckdb::UnaryExecutor::Execute<string_t, string_t>(
        arguments.data[0], result, arguments.size(),
        [&](string_t text) { return convert(text, text); });
  }
  duckdb::StringVector::AddHeapReference(result, arguments.data[0]);
}

void TellFit(duckdb::DataChunk& arguments, duckdb::ExpressionState& /*state*/,
             duckdb::Vector& result) {
  if (arguments.size() == 0) return;
  const auto type = records::ParseValueType(ConstantText(arguments.data[1]));
  if (!type) throw duckdb::InternalException("eider_fits: " + type.error().message);
  std::string changed;
  duckdb::UnaryExecutor::Execute<duckdb::string_t, bool>(
      arguments.data[0], result, arguments.size(), [&](duckdb::string_t text) {
        return records::ValueText({text.GetData(), text.GetSize()}, *type, changed).has_value();
      });
}

std::string FaultLiteral(std::size_t source, const std::string& what) {
  return SqlLiteral(fmt::format("{}{}{}", source, kEnd, what));
}

// By the letters that DuckDB casts to the type.
std::string LettersConversion(const std::string& value, const records::ValueType& type,
                              std::size_t source, const std::string& what) {
  return fmt::format("CAST({}({}, {}, {}) AS {})", kFunction, value,
                     SqlLiteral(records::ToText(type)), FaultLiteral(source, what),
                     WriteTypeOf(TypeOf(type)).ToString());
}

}  // namespace

// A function that DuckDB does not know to raise errors it calls for all entries of a Parquet file's
// dictionary, those of rows included that a filter has left out.
std::vector<duckdb::ScalarFunction> TextFunctions() {
  const auto text = duckdb::LogicalType::VARCHAR;
  std::vector<duckdb::ScalarFunction> functions = {
      {kFunction, {text, text, text}, text, ConvertTexts},
      {kFunctionAgain, {text, text, text, text}, text, ConvertTexts},
      {kFunctionFits, {text, text}, duckdb::LogicalType::BOOLEAN, TellFit}};
  for (const PlainFunction& plain : kPlainFunctions) {
    functions.push_back({plain.name, {text, text}, plain.type, plain.convert});
  }
  for (duckdb::ScalarFunction& function : functions) {
    function.SetErrorMode(duckdb::FunctionErrors::CAN_THROW_RUNTIME_ERROR);
    function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  }
  return functions;
}

std::optional<records::ValueType> FormOf(const iceberg::Type& type) {
  using records::ValueForm;
  constexpr int kIntBits = 32;
  constexpr int kLongBits = 64;
  switch (type.kind) {
    case iceberg::TypeKind::kBoolean:
      return records::ValueType{ValueForm::kBoolean};
    case iceberg::TypeKind::kInt:
      return records::ValueType{ValueForm::kInteger, kIntBits};
    case iceberg::TypeKind::kLong:
      return records::ValueType{ValueForm::kInteger, kLongBits};
    case iceberg::TypeKind::kFloat:
      return records::ValueType{ValueForm::kFloat};
    case iceberg::TypeKind::kDouble:
      return records::ValueType{ValueForm::kDouble};
    case iceberg::TypeKind::kDecimal:
      return records::ValueType{ValueForm::kDecimal, type.precision, type.scale};
    case iceberg::TypeKind::kDate:
      return records::ValueType{ValueForm::kDate};
    case iceberg::TypeKind::kTime:
      return records::ValueType{ValueForm::kTime};
    case iceberg::TypeKind::kTimestamp:
      return records::ValueType{ValueForm::kTimestamp};
    case iceberg::TypeKind::kTimestamptz:
      return records::ValueType{ValueForm::kTimestampTz};
    case iceberg::TypeKind::kUuid:
      return records::ValueType{ValueForm::kUuid};
    case iceberg::TypeKind::kString:
      return records::ValueType{ValueForm::kString};
    default:
      return std::nullopt;
  }
}

std::string TextFits(const std::string& value, const records::ValueType& type) {
  return fmt::format("{}({}, {})", kFunctionFits, value, SqlLiteral(records::ToText(type)));
}

std::optional<std::string> TextConversion(const std::string& value, const iceberg::Type& type,
                                          std::size_t source, const std::string& what) {
  if (type.kind == iceberg::TypeKind::kString) return value;
  const auto* const plain = std::ranges::find(kPlainFunctions, type.kind, &PlainFunction::kind);
  if (plain != kPlainFunctions.end()) {
    return fmt::format("{}({}, {})", plain->name, value, FaultLiteral(source, what));
  }
  const auto form = FormOf(type);
  if (!form) return std::nullopt;
  return LettersConversion(value, *form, source, what);
}

iceberg::Type TypeOf(const records::ValueType& type) {
  using records::ValueForm;
  constexpr int kIntBits = 32;
  switch (type.form) {
    case ValueForm::kBoolean:
      return {iceberg::TypeKind::kBoolean};
    case ValueForm::kInteger:
      return {type.digits == kIntBits ? iceberg::TypeKind::kInt : iceberg::TypeKind::kLong};
    case ValueForm::kDecimal: {
      iceberg::Type decimal{iceberg::TypeKind::kDecimal};
      decimal.precision = type.digits;
      decimal.scale = type.scale;
      return decimal;
    }
    case ValueForm::kDouble:
      return {iceberg::TypeKind::kDouble};
    case ValueForm::kFloat:
      return {iceberg::TypeKind::kFloat};
    case ValueForm::kDate:
      return {iceberg::TypeKind::kDate};
    case ValueForm::kTime:
      return {iceberg::TypeKind::kTime};
    case ValueForm::kTimestamp:
      return {iceberg::TypeKind::kTimestamp};
    case ValueForm::kTimestampTz:
      return {iceberg::TypeKind::kTimestamptz};
    case ValueForm::kUuid:
      return {iceberg::TypeKind::kUuid};
    case ValueForm::kString:
      break;
  }
  return {iceberg::TypeKind::kString};
}

std::optional<std::string> HintedConversion(const std::string& value, const TextTarget& target) {
  const auto form = FormOf(target.type);
  if (!form) return std::nullopt;
  const std::string hint = records::ToText(target.hint);
  const iceberg::Type hinted = TypeOf(target.hint);
  std::string of_hint = value;
  if (hinted.kind != iceberg::TypeKind::kString) {
    const std::string what = fmt::format(
        "column {} of table {}: the route's types say {}, which this value of the file is not",
        target.column, target.table, hint);
    of_hint = target.hint.format ? LettersConversion(value, target.hint, target.source, what)
                                 : *TextConversion(value, hinted, target.source, what);
  }
  if (hinted == target.type) return of_hint;
  return fmt::format(
      "CAST({}(CAST({} AS VARCHAR), {}, {}, {}) AS {})", kFunctionAgain, of_hint,
      SqlLiteral(records::ToText(*form)),
      FaultLiteral(target.source,
                   fmt::format("column {} of table {} is {}, which this value of the file, by the "
                               "route's types {}, does not fit",
                               target.column, target.table, iceberg::ToString(target.type), hint)),
      value, WriteTypeOf(target.type).ToString());
}

std::optional<TextFault> ReadTextFault(std::string_view message) {
  if (!message.starts_with(kFault)) return std::nullopt;
  message.remove_prefix(kFault.size());
  TextFault fault;
  const auto [end, error] =
      std::from_chars(message.data(), message.data() + message.size(), fault.source);
  if (error != std::errc()) return std::nullopt;
  message.remove_prefix(static_cast<std::size_t>(end - message.data()));
  const std::size_t what_end = message.find(kEnd, 1);
  if (!message.starts_with(kEnd) || what_end == std::string_view::npos) return std::nullopt;
  fault.what = message.substr(1, what_end - 1);
  fault.value = message.substr(what_end + 1);
  return fault;
}

}  // namespace eider::engine
