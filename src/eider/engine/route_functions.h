// Which of DuckDB's functions the SQL of a route may call.
//
// Everything that DuckDB has was looked at and is allowed or refused; what is in neither list is
// not called. A test fails when a new version of DuckDB brings a function without a verdict.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace eider::engine {

enum class FunctionVerdict : std::uint8_t {
  kAllowed,
  kRefused,  // looked at, and not for routes
  kUnknown,  // not in the DuckDB that was looked at; not called either
};

// Of a function, an operator or an aggregate in an expression; in any case of its letters.
FunctionVerdict VerdictOnFunction(std::string_view name);

// Of a function in FROM.
FunctionVerdict VerdictOnTableFunction(std::string_view name);

// For messages, about a name that is not allowed.
std::string WhyNoFunction(const std::string& name);
std::string WhyNoTableFunction(const std::string& name);

// Every name that has a verdict, for the test that compares them with DuckDB's catalog.
std::vector<std::string> NamesOfVerdicts();

}  // namespace eider::engine
