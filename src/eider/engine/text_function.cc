// eider_text(value, type, fault): the letters that DuckDB casts to the type, or an error.
#include "eider/engine/text_function.h"

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <duckdb/common/exception.hpp>
#include <duckdb/common/types/data_chunk.hpp>
#include <duckdb/common/vector_operations/unary_executor.hpp>
#include <fmt/format.h>

#include "eider/engine/sql_literal.h"
#include "eider/engine/type_mapping.h"
#include "eider/iceberg/type.h"
#include "eider/records/text_value.h"

namespace eider::engine {
namespace {

constexpr const char* kFunction = "eider_text";
constexpr std::string_view kFault = "eider text fault: ";
constexpr char kEnd = '\x1f';

std::string ConstantText(duckdb::Vector& vector) {
  return duckdb::StringValue::Get(vector.GetValue(0));
}

void ConvertTexts(duckdb::DataChunk& arguments, duckdb::ExpressionState& /*state*/,
                  duckdb::Vector& result) {
  if (arguments.size() == 0) return;
  const auto type = records::ValueTypeFrom(ConstantText(arguments.data[1]));
  if (!type) throw duckdb::InternalException("eider_text of an unknown type");
  const std::string fault = ConstantText(arguments.data[2]);
  std::string changed;
  duckdb::UnaryExecutor::Execute<duckdb::string_t, duckdb::string_t>(
      arguments.data[0], result, arguments.size(), [&](duckdb::string_t text) {
        const std::string_view letters(text.GetData(), text.GetSize());
        const auto value = records::ValueText(letters, *type, changed);
        if (!value) {
          throw duckdb::InvalidInputException(
              "%s", fmt::format("{}{}{}{}", kFault, fault, kEnd, letters));
        }
        if (value->data() == letters.data() && value->size() == letters.size()) return text;
        return duckdb::StringVector::AddString(result, value->data(), value->size());
      });
  duckdb::StringVector::AddHeapReference(result, arguments.data[0]);
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
    default:
      return std::nullopt;
  }
}

}  // namespace

void RegisterTextFunction(duckdb::Connection& connection) {
  const auto text = duckdb::LogicalType::VARCHAR;
  connection.CreateVectorizedFunction(kFunction, {text, text, text}, text, ConvertTexts);
}

std::optional<std::string> TextConversion(const std::string& value, const iceberg::Type& type,
                                          std::size_t source, const std::string& what) {
  if (type.kind == iceberg::TypeKind::kString) return value;
  const auto form = FormOf(type);
  if (!form) return std::nullopt;
  return fmt::format(
      "CAST({}({}, {}, {}) AS {})", kFunction, value, SqlLiteral(records::ToText(*form)),
      SqlLiteral(fmt::format("{}{}{}", source, kEnd, what)), WriteTypeOf(type).ToString());
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
