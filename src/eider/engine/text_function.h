// The function of SQL by which a projection converts texts of a file without any loss.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <duckdb/main/connection.hpp>

#include "eider/iceberg/type.h"

namespace eider::engine {

// Makes the function known to the connection's database. Throws DuckDB's exceptions.
void RegisterTextFunction(duckdb::Connection& connection);

// The SQL that makes values of `type` of the texts that `value` gives; nothing for types that no
// text of a CSV or JSON column stands for (binary, nested ones). A text that is no such value
// raises TextFault's message with `source` and `what`.
std::optional<std::string> TextConversion(const std::string& value, const iceberg::Type& type,
                                          std::size_t source, const std::string& what);

// What a text that does not fit raised.
struct TextFault {
  std::size_t source = 0;  // the result's column
  std::string what;
  std::string value;
};

// Nothing when the message of an error is another.
std::optional<TextFault> ReadTextFault(std::string_view message);

}  // namespace eider::engine
