// Texts as literals of SQL.
#pragma once

#include <string>
#include <string_view>

namespace eider::engine {

// DuckDB knows no escape but the doubled quote.
inline std::string SqlLiteral(std::string_view text) {
  std::string quoted = "'";
  for (const char letter : text) {
    if (letter == '\'') quoted += '\'';
    quoted += letter;
  }
  return quoted + "'";
}

}  // namespace eider::engine
