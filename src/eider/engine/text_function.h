// The functions of SQL by which a projection converts texts of a file without any loss.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb/function/scalar_function.hpp>

#include "eider/iceberg/type.h"
#include "eider/records/value_type.h"

namespace eider::engine {

std::vector<duckdb::ScalarFunction> TextFunctions();

// The SQL that makes values of `type` of the texts that `value` gives; nothing for types that no
// text of a CSV or JSON column stands for (binary, nested ones). A text that is no such value
// raises TextFault's message with `source` and `what`.
std::optional<std::string> TextConversion(const std::string& value, const iceberg::Type& type,
                                          std::size_t source, const std::string& what);

// SQL: whether the text that `value` gives is a value of the type; null of null. Unlike an error
// that TRY catches it costs the same whether it is one or not.
std::string TextFits(const std::string& value, const records::ValueType& type);

// What the texts of values of the table's type are; nothing for types that no text of a CSV or JSON
// column stands for.
std::optional<records::ValueType> FormOf(const iceberg::Type& type);

// The table's type of such values.
iceberg::Type TypeOf(const records::ValueType& type);

// What a text is said to be, and the column that it goes to.
struct TextTarget {
  const records::ValueType& hint;
  const iceberg::Type& type;
  std::size_t source = 0;  // the result's column
  std::string column = {};
  std::string_view table = {};
};

// The same by way of the hint: values of its type, which become those of `target.type` where they
// lose nothing by it.
std::optional<std::string> HintedConversion(const std::string& value, const TextTarget& target);

// What a text that does not fit raised.
struct TextFault {
  std::size_t source = 0;  // the result's column
  std::string what;
  std::string value;
};

// Nothing when the message of an error is another.
std::optional<TextFault> ReadTextFault(std::string_view message);

}  // namespace eider::engine
